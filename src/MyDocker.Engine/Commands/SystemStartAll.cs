using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker system start-all</c>, for the machine's start: containers whose restart policy wants them to run.</summary>
public static class SystemStartAll
{
    /// <param name="started">told each container that was started, and the error of each that could not be (null: none).</param>
    public static void Run(EngineRoots roots, Action<string, EngineException?> started)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        foreach (var container in ContainerPs.List(roots, all: true).Reverse()) // the oldest first
        {
            if (container.State is not ContainerStatus.Exited || !IsWanted(store, container.Id))
            {
                continue;
            }

            try
            {
                ContainerStart.Run(roots, container.Id);
                started(container.Name, null);
            }
            catch (EngineException e)
            {
                started(container.Name, e);
            }
        }
    }

    /// <summary>docker's rules: one that a person has stopped starts with "always" only; "on-failure" if it did not end well.</summary>
    private static bool IsWanted(ContainerStore store, string id) => store.TryLoad(id)?.Options.Restart.Policy switch
    {
        RestartOption.Always => true,
        RestartOption.UnlessStopped => !store.IsWantedStopped(id),
        RestartOption.OnFailure => !store.IsWantedStopped(id) && store.LoadState(id).ExitCode is null,
        _ => false,
    };
}
