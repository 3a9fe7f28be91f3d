using MyDocker.Engine.Monitor;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;

namespace MyDocker.Engine.Containers;

/// <summary>What the command line can do with containers, a verb each.</summary>
public static class ContainerCommands
{
    /// <summary>Creates a container, starts it and stays attached. Returns the exit code for the shell.</summary>
    public static int Run(EngineRoots roots, RunOptions options) => ContainerRun.Run(roots, options);

    /// <summary>The launch plan as text; makes nothing.</summary>
    public static string Explain(EngineRoots roots, RunOptions options) => ContainerRun.Explain(roots, options);

    /// <summary>Sends a signal to the container's init; KILL reaches a paused one too.</summary>
    public static void Kill(EngineRoots roots, string container, string signal)
    {
        Reconciler.Run(roots);
        if (!Signals.TryParse(signal, out var number))
        {
            throw new OptionException("-s, --signal", signal, "no such signal; use a name such as TERM, or a number");
        }

        var (record, state) = FindRunning(roots, container);
        var errno = PidFd.TryOpen(state.Pid, out var process);
        if (errno == Errno.None)
        {
            using (process)
            {
                // Only now is it certain that the number is not somebody else's by this time.
                errno = ProcessTable.IsAlive(state) ? process!.TrySend(number) : Errno.ESRCH;
            }
        }

        if (errno is not (Errno.None or Errno.ESRCH))
        {
            throw new KernelException("signal", record.Name, errno);
        }

        const int SIGKILL = 9;
        if (number == SIGKILL)
        {
            WaitForEnd(roots, record);
        }
    }

    /// <summary>Changes limits of a running container; what it had before it keeps where nothing is said.</summary>
    public static void Update(EngineRoots roots, string container, UpdateOptions options)
    {
        Reconciler.Run(roots);
        var (record, _) = FindRunning(roots, container);
        var resources = new LinuxResources();
        if (options.Memory is not null || options.MemorySwap is not null)
        {
            resources.Memory = new LinuxMemory { Limit = options.Memory, Swap = options.MemorySwap };
        }

        if (options.CpuPeriod is not null || options.CpuQuota is not null || options.CpusetCpus is not null)
        {
            resources.Cpu = new LinuxCPU { Period = options.CpuPeriod, Quota = options.CpuQuota, Cpus = options.CpusetCpus };
        }

        if (options.PidsLimit is { } pids)
        {
            resources.Pids = new LinuxPids { Limit = pids };
        }

        var cgroup = new Cgroup(CgroupLayout.Detect(), record.CgroupPath);
        var isV2Pause = record.Options.OomPause && cgroup.Layout.Of(Controllers.Memory) is { IsV2: true };
        CgroupSetup.Update(cgroup, isV2Pause ? PauseLimits.OnV2(resources) : resources, options.Force);
        Remember(roots, record, options);

        // On v1 the kernel lets the tasks go on by itself. Nobody but the monitor's pause is undone: that of a user stays.
        if (isV2Pause && options.Memory is not null && new ContainerStore(roots).LoadState(record.Id).OomPaused)
        {
            cgroup.Thaw();
        }
    }

    /// <summary>Removes a container; a running one only by force.</summary>
    public static void Remove(EngineRoots roots, string container, bool force)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        if (ProcessTable.IsAlive(store.LoadState(record.Id)))
        {
            if (!force)
            {
                throw new EngineException($"container {record.Name} is running; end it first (mydocker kill {record.Name}), or use -f", exitCode: 1);
            }

            Kill(roots, record.Id, "KILL");
        }

        if (store.TryLoad(record.Id) is not null)
        {
            ContainerRemoval.Remove(store, record);
        }
    }

    /// <summary>Containers, newest first.</summary>
    /// <param name="all">also those that do not run.</param>
    public static IReadOnlyList<ContainerSummary> List(EngineRoots roots, bool all)
    {
        Reconciler.Run(roots);
        return ContainerList.Read(roots, all);
    }

    private static (ContainerRecord Record, ContainerState State) FindRunning(EngineRoots roots, string container)
    {
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        var state = store.LoadState(record.Id);
        return ProcessTable.IsAlive(state)
            ? (record, state)
            : throw new EngineException($"container {record.Name} is not running", exitCode: 1);
    }

    /// <summary>Waits until the monitor has put everything away; its lock on the journal tells.</summary>
    private static void WaitForEnd(EngineRoots roots, ContainerRecord record)
    {
        var path = new ContainerStore(roots).JournalPath(record.Id);
        if (Files.TryOpen(path, OpenFlags.O_RDONLY, out var journal) == Errno.None)
        {
            using (journal)
            {
                Files.TryLock(journal!, wait: true);
            }
        }

        Reconciler.Run(roots);
    }

    private static void Remember(EngineRoots roots, ContainerRecord record, UpdateOptions update)
    {
        var options = record.Options;
        options.Memory = update.Memory ?? options.Memory;
        options.MemorySwap = update.MemorySwap ?? options.MemorySwap;
        options.CpuPeriod = update.CpuPeriod ?? options.CpuPeriod;
        options.CpuQuota = update.CpuQuota ?? options.CpuQuota;
        options.CpusetCpus = update.CpusetCpus ?? options.CpusetCpus;
        options.PidsLimit = update.PidsLimit ?? options.PidsLimit;
        new ContainerStore(roots).Save(record);
    }
}
