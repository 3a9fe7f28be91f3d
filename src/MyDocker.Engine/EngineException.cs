namespace MyDocker.Engine;

/// <summary>Something a person asked for that cannot be done; the text says which, why, and what to do.</summary>
public class EngineException(string message, int exitCode = EngineException.EngineError) : Exception(message)
{
    /// <summary>docker's exit code for errors of the engine itself.</summary>
    public const int EngineError = 125;
    public const int NotExecutable = 126;
    public const int NotFound = 127;

    public int ExitCode { get; } = exitCode;
}

/// <summary>Another program of ours has failed and has said why, on our standard error.</summary>
public sealed class ToldException(int exitCode) : EngineException("said above", exitCode);

/// <summary>A bad value of an option: "invalid value "12q" for --memory: …".</summary>
public sealed class OptionException(string option, string value, string reason)
    : EngineException($"invalid value \"{value}\" for {option}: {reason}")
{
    public string Option { get; } = option;
}
