using MyDocker.Kernel.Cgroups;

namespace MyDocker.Runtime.Cgroups;

/// <summary>What the limits of one container are collected into; knows which controller is where.</summary>
internal sealed class LimitContext(Cgroup cgroup, List<CgroupStep> steps, List<CgroupStep> lateSteps, List<string> warnings, bool isUpdate)
{
    public Cgroup Cgroup => cgroup;

    /// <summary>Whether the container runs already: then no default is assumed for what is not given.</summary>
    public bool IsUpdate => isUpdate;

    /// <summary>Controllers of v1 hierarchies for which a limit was asked.</summary>
    public Controllers NeededV1 { get; private set; }

    /// <summary>The same of the v2 hierarchy.</summary>
    public Controllers NeededV2 { get; private set; }

    /// <summary>Whether something has to be set in the v2 hierarchy.</summary>
    public bool NeedsV2 { get; private set; }

    public void Warn(string text) => warnings.Add(text);

    /// <summary>Where a limit is to be written. Throws if no hierarchy has the controller.</summary>
    /// <param name="limit">the name in the OCI specification, for the error.</param>
    public CgroupWrites For(Controllers controller, string limit, out bool v2)
    {
        var hierarchy = cgroup.Layout.Of(controller) ?? throw new CgroupLimitException(limit, controller,
            "this host has no such controller", HowToGet(controller));
        v2 = hierarchy.IsV2;
        if (v2)
        {
            NeedsV2 = true;
            NeededV2 |= controller & ~ControllerNames.ImplicitOnV2;
        }
        else
        {
            NeededV1 |= controller;
        }

        return new CgroupWrites(cgroup.DirectoryIn(hierarchy), steps);
    }

    /// <summary>Writes to the v2 directory itself, before or after the join.</summary>
    public CgroupWrites ForUnified(Controllers controller, bool late)
    {
        NeedsV2 = true;
        NeededV2 |= controller & ~ControllerNames.ImplicitOnV2;
        return new CgroupWrites(cgroup.DirectoryIn(cgroup.Layout.Unified!), late ? lateSteps : steps);
    }

    /// <summary>Refuses a limit of v1 on v2.</summary>
    public static CgroupLimitException OnlyOnV1(string limit, Controllers controller, string remedy)
        => new(limit, controller, "cgroup v2 has no such limit", remedy);

    private string HowToGet(Controllers controller)
    {
        var v1 = controller.Name(v2: false);
        return cgroup.Layout.Mode == CgroupMode.V2
            ? controller is Controllers.NetClass or Controllers.NetPrio
                ? "it exists on cgroup v1 only: mark the traffic with nftables (socket cgroupv2) instead"
                : $"it is not in {cgroup.Layout.Unified!.Mount}/cgroup.controllers: boot without cgroup_disable={v1}, or delegate it to this cgroup"
            : $"if \"{v1}\" is in /proc/cgroups, mount it: mkdir /sys/fs/cgroup/{v1} && mount -t cgroup -o {v1} cgroup /sys/fs/cgroup/{v1}";
    }
}
