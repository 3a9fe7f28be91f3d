using MyDocker.Runtime.Containers;
using MyDocker.Runtime.Launch;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>
/// What stands before the message of a failed start: the words of runc, by which engines, their users and the scripts around
/// them tell how far it came ("unable to start container process: error during container init: error mounting: …").
/// </summary>
internal static class FailureText
{
    private const string Unable = "unable to start container process: ";

    public static string Of(Exception e, Command? command)
    {
        var init = command?.Name == "exec" ? "" : "error during container init: "; // a process of exec begins no container
        return e switch
        {
            LaunchException { IsMount: true } => $"{Unable}{init}error mounting: {e.Message}",
            LaunchException { IsChilds: true } or ContainerException { Stage: not CommandStage.None } => $"{Unable}{init}{e.Message}",
            LaunchException => $"{Unable}{e.Message}",
            _ => e.Message,
        };
    }
}
