using MyDocker.Engine.Logs;
using MyDocker.Engine.Monitor;
using MyDocker.Engine.Options;
using MyDocker.Engine.Spec;
using MyDocker.Images.Store;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Netlink;
using MyDocker.Networks;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Seccomp;

namespace MyDocker.Engine.Containers;

/// <summary>From a container's record to what the runtime needs to launch it. Makes nothing; <c>--explain</c> goes the same way.</summary>
internal static class ContainerLaunch
{
    public static LaunchRequest Request(EngineRoots roots, ContainerRecord record, ProcessStdio stdio, uint firstHostId, NetworkPlan network, OwnerFallback? fallback = null, JoinedNamespaces? joined = null)
    {
        var spec = SpecBuilder.Build(record, firstHostId, joined);
        return new LaunchRequest
        {
            Id = record.Id,
            Spec = spec,
            Rootfs = new RootfsSource.Overlay(record.LayersParent, record.IsCopy ? [] : record.Layers, roots.ContainerDirectory(record.Id), Volatile: record.Options.AutoRemove),
            Directory = roots.MountPoints,
            Stdio = stdio,
            OwnFiles = OwnFiles.For(record),
            OwnerFallback = fallback,
            Seccomp = ContainerFilter.Of(roots, record),
            Cgroup = PlanCgroup(record),
            Trees = joined?.SharedMemoryMount is { } memory ? new() { [JoinedNamespaces.SharedMemory] = memory } : null,
            Network = record.Options.Network == NamespaceOption.Host || NamespaceOption.IsContainer(record.Options.Network) ? null : new NetworkSetup(network.Describe, state => RunNetwork(network, state)),
        };
    }

    /// <summary>Whether this host can still give the container what it was made with; makes nothing.</summary>
    public static void Check(EngineRoots roots, ContainerRecord record)
    {
        UserMounts.CheckSources(record.Options);
        if (record.Options.Log.Driver == LogOptions.Journald && !JournaldLog.IsThere)
        {
            throw new EngineException($"--log-driver journald: this host has no journal ({JournaldLog.SocketPath} is missing); use json-file");
        }

        PlanNetwork(record);
        PlanCgroup(record);
        ContainerFilter.Of(roots, record); // the monitor, which cannot have one compiled, finds it in the cache
    }

    /// <summary>Refuses limits that this host cannot set.</summary>
    public static CgroupPlan PlanCgroup(ContainerRecord record)
    {
        var layout = CgroupLayout.Host;
        return CgroupSetup.Plan(layout, record.CgroupPath, PauseLimits.On(layout, ResourceSelection.For(record.Options)));
    }

    /// <summary>Reads the network options again and checks them against the host as it is now.</summary>
    public static NetworkPlan PlanNetwork(ContainerRecord record)
    {
        var options = record.Options;
        var request = NetworkRequest.Parse(NamespaceOption.IsContainer(options.Network) ? null : options.Network, options.Address, options.Bridge, options.HostAddress);
        if (request.Mode != NetworkMode.Interface)
        {
            return NetworkPlan.For(new CheckedNetwork(request), record.Name, record.Id);
        }

        using var host = NetlinkSocket.Open();
        return NetworkPlan.For(NetworkValidator.Check(request, host, []), record.Name, record.Id);
    }

    /// <summary>The layers relative to the one directory that is mounted for all of them.</summary>
    public static (string Parent, List<string> Layers) LayersOf(ResolvedImage image)
    {
        if (image.LayersParent is not { } parent)
        {
            return (image.LowerDirectories[0], ["."]);
        }

        return (parent, image.LowerDirectories.Select(directory => directory[(parent.Length + 1)..]).ToList());
    }

    private static void RunNetwork(NetworkPlan network, LaunchState state)
    {
        using var host = network.HostEnd is null ? null : NetlinkSocket.Open();
        network.Run(host, state.NetworkNamespace.Number);
    }
}
