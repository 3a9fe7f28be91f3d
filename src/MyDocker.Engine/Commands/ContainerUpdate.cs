using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Monitor;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker update</c>: limits and the restart policy, of a container that runs or does not; what is not named stays.</summary>
public static class ContainerUpdate
{
    public static void Run(EngineRoots roots, string container, UpdateOptions update)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        if (update.Restart is { Policy: not RestartOption.No } && record.Options.AutoRemove)
        {
            throw new EngineException($"container {record.Name} was made with --rm, which goes with no restart policy", exitCode: 1);
        }

        var state = store.LoadState(record.Id);
        if (state.IsAlive)
        {
            var cgroup = new Cgroup(CgroupLayout.Host, record.CgroupPath);
            var isV2Pause = record.Options.OomPause && cgroup.Layout.Of(Controllers.Memory) is { IsV2: true };
            CgroupSetup.Update(cgroup, isV2Pause ? PauseLimits.OnV2(Resources(update)) : Resources(update), update.Force);

            // On v1 the kernel lets the tasks go on by itself. Nobody but the monitor's pause is undone: that of a user stays.
            if ((isV2Pause && update.Memory is not null && state.OomPaused) || (update.Unpause && cgroup.IsFrozen()))
            {
                cgroup.Thaw();
            }
        }

        record = store.Change(record.Id, changed => Remember(changed.Options, update));
        MonitorSession.Poke(roots, record.Id);
        ContainerEvents.Write(roots, record, "update");
    }

    private static LinuxResources Resources(UpdateOptions options)
    {
        var resources = new LinuxResources();
        var memory = new LinuxMemory { Limit = options.Memory, Swap = options.MemorySwap, Reservation = options.MemoryReservation };
        var cpu = new LinuxCPU
        {
            Shares = options.CpuShares,
            Period = options.CpuPeriod,
            Quota = options.CpuQuota,
            RealtimePeriod = (ulong?)options.RealtimePeriod,
            RealtimeRuntime = options.RealtimeRuntime,
            Cpus = options.CpusetCpus,
            Mems = options.CpusetMems,
        };
        resources.Memory = memory == new LinuxMemory() ? null : memory;
        resources.Cpu = cpu == new LinuxCPU() ? null : cpu;
        if (options.BlockIoWeight is { } weight)
        {
            resources.BlockIO = new LinuxBlockIO { Weight = weight };
        }

        if (options.PidsLimit is { } pids)
        {
            resources.Pids = new LinuxPids { Limit = pids };
        }

        return resources;
    }

    private static void Remember(RunOptions options, UpdateOptions update)
    {
        options.Memory = update.Memory ?? options.Memory;
        options.MemorySwap = update.MemorySwap ?? options.MemorySwap;
        options.MemoryReservation = update.MemoryReservation ?? options.MemoryReservation;
        options.CpuShares = update.CpuShares ?? options.CpuShares;
        options.RealtimePeriod = update.RealtimePeriod ?? options.RealtimePeriod;
        options.RealtimeRuntime = update.RealtimeRuntime ?? options.RealtimeRuntime;
        options.CpusetMems = update.CpusetMems ?? options.CpusetMems;
        if (update.BlockIoWeight is { } weight)
        {
            (options.BlockIo ??= new BlockIoOptions()).Weight = weight;
        }

        options.CpuPeriod = update.CpuPeriod ?? options.CpuPeriod;
        options.CpuQuota = update.CpuQuota ?? options.CpuQuota;
        options.CpusetCpus = update.CpusetCpus ?? options.CpusetCpus;
        options.PidsLimit = update.PidsLimit ?? options.PidsLimit;
        options.RestartSetting = update.Restart ?? options.RestartSetting;
    }
}
