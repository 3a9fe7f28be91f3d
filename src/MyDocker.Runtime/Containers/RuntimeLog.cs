namespace MyDocker.Runtime.Containers;

/// <summary>Where the runtime's words go besides an error that ends it: set by the executable, which knows file and format.</summary>
public static class RuntimeLog
{
    /// <summary>Takes level ("warning", "debug") and message.</summary>
    public static Action<string, string>? Sink { get; set; }

    /// <summary>Somebody wants to know more: what costs time to say is said.</summary>
    public static bool IsDebug { get; set; }

    public static void Warn(string message) => Sink?.Invoke("warning", message);

    public static void Debug(string message) => Sink?.Invoke("debug", message);
}
