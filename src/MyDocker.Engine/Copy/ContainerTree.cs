using MyDocker.Engine.Commands;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Spec;
using MyDocker.Images.Layers;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Copy;

/// <summary>
/// The files of a container as the container has them, volumes included, to be read and written from the host. No process of
/// ours enters the container and nothing of it is executed or loaded (CVE-2019-14271): its root is a descriptor, below which
/// openat2(2) resolves (CVE-2018-15664).
/// </summary>
internal sealed class ContainerTree : IDisposable
{
    private readonly ResourceJournal? _journal;

    private ContainerTree(Fd root, uint firstHostId, bool isRunning, ResourceJournal? journal)
    {
        (Root, Owners, IsRunning, _journal) = (root, new ContainerOwners(firstHostId), isRunning, journal);
    }

    public Fd Root { get; }

    public ContainerOwners Owners { get; }

    public bool IsRunning { get; }

    /// <summary>
    /// Of one that runs: what its init sees. Of another: its layers and volumes, mounted for this process alone, while nobody can
    /// start it.
    /// </summary>
    public static ContainerTree Open(EngineRoots roots, ContainerStore store, ContainerRecord record)
    {
        const int Patience = 10_000;
        for (var until = Environment.TickCount64 + Patience; ;)
        {
            if (TryOpenRunning(store.LoadState(record.Id)) is { } running)
            {
                return running;
            }

            if (ContainerStart.TakeJournal(store, record.Id) is { } journal)
            {
                return OpenStopped(roots, record, journal);
            }

            if (Environment.TickCount64 > until)
            {
                throw new EngineException($"container {record.Name} is restarting; try again once it runs, or stop it", exitCode: 1);
            }

            Thread.Sleep(2);
        }
    }

    public void Dispose()
    {
        Root.Dispose();
        _journal?.Undo(alsoContainer: false, ResourceRelease.Try);
        _journal?.Dispose();
    }

    private static ContainerTree? TryOpenRunning(ContainerState state)
    {
        using var init = state.Init.TryOpen();
        if (init is null || Files.TryOpen($"/proc/{state.Pid}/root", O_PATH | O_DIRECTORY, out var root) != Errno.None)
        {
            return null;
        }

        // The number was this process's own when /proc was asked: it still is.
        if (init.TrySend(0) == Errno.None)
        {
            return new ContainerTree(root!, state.FirstHostId, isRunning: true, null);
        }

        root!.Dispose();
        return null;
    }

    private static ContainerTree OpenStopped(EngineRoots roots, ContainerRecord record, ResourceJournal journal)
    {
        try
        {
            journal.RecordCreated();
            var root = StoppedContainer.Mount(roots, record, out var firstHostId);
            return new ContainerTree(root, SpecBuilder.HasOwnUserNamespace(record.Options) ? firstHostId : 0, isRunning: false, journal);
        }
        catch
        {
            journal.Undo(alsoContainer: false, ResourceRelease.Try);
            journal.Dispose();
            throw;
        }
    }
}
