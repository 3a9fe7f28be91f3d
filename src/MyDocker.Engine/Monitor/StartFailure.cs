using MyDocker.Engine.Containers;
using MyDocker.Runtime.Launch;

namespace MyDocker.Engine.Monitor;

/// <summary>Why a container did not start, for the person who wanted it to, with docker's exit codes.</summary>
internal static class StartFailure
{
    public static (string Message, int ExitCode) Explain(ContainerRecord record, Exception failure) => failure switch
    {
        LaunchException { IsCommand: true } command => ExecDiagnosis.Explain(record, command.Errno),
        LaunchException { InnerException: EngineException engine } => (engine.Message, engine.ExitCode),
        EngineException engine => (engine.Message, engine.ExitCode),
        _ => ($"{record.Name}: {failure.Message}", EngineException.EngineError),
    };

    /// <summary>Somebody has ended the start.</summary>
    public static bool IsInterruption(Exception failure) => failure is StartInterruptedException or LaunchException { InnerException: StartInterruptedException };
}

internal sealed class StartInterruptedException(string message, int exitCode = EngineException.EngineError) : EngineException(message, exitCode);
