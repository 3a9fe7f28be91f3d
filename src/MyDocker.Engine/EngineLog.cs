using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine;

/// <summary>How much the engine says beside results and errors; the words of --log-level.</summary>
public enum LogLevel
{
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

/// <summary>Lines for who asked for more, on standard error.</summary>
public static class EngineLog
{
    /// <summary>What is below it is not said.</summary>
    public static LogLevel Level { get; set; } = LogLevel.Warn;

    public static void Write(LogLevel level, string text)
    {
        if (level >= Level)
        {
            Files.TryWrite(StandardError, Encoding.UTF8.GetBytes($"mydocker: {Name(level)}: {text}\n"));
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Info => "info",
        LogLevel.Warn => "warning",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private static Fd StandardError { get; } = new(2);
}
