namespace MyDocker.Engine.Logs;

/// <summary>--log-driver and --log-opt. Bounded unless told otherwise: three files of 10 MiB.</summary>
public sealed record LogOptions
{
    public const string JsonFile = "json-file";
    public const string None = "none";
    public const string Journald = "journald";

    public static LogOptions Standard { get; } = new();

    public string Driver { get; set; } = JsonFile;

    /// <summary>Bytes of one file; -1: no limit.</summary>
    public long MaxSize { get; set; } = 10 << 20;
    public int MaxFiles { get; set; } = 3;

    /// <summary>As they were given, for inspect.</summary>
    public Dictionary<string, string> Given { get; set; } = [];
}
