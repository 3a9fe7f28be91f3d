using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Info;

/// <summary>The controllers that limits need, and the files that show whether the kernel was built with a limit.</summary>
internal static class CgroupProbes
{
    private const string Area = "cgroup";

    public static IEnumerable<HostFeature> Probe(CgroupLayout layout)
    {
        if (layout.Mode == CgroupMode.None)
        {
            yield return new(Area, "cgroups", FeatureState.No, "no cgroup file system is mounted", "no limit of any kind works", "mount -t cgroup2 none /sys/fs/cgroup");
            yield break;
        }

        yield return Controller(layout, Controllers.Memory, "-m, --memory", "boot with cgroup_enable=memory");
        yield return File(layout, Controllers.Memory, "swap accounting", "memory.memsw.limit_in_bytes", "memory.swap.max", "--memory-swap has no effect: a container at its memory limit may still swap", "boot with swapaccount=1");
        yield return OomPause(layout);
        yield return Controller(layout, Controllers.Cpu, "-c, -q and --cpus", "use a kernel with CONFIG_CGROUP_SCHED");
        yield return File(layout, Controllers.Cpu, "cpu quota", "cpu.cfs_quota_us", "cpu.max", "-c, -q and --cpus do not work", "use a kernel with CONFIG_CFS_BANDWIDTH");
        yield return Controller(layout, Controllers.Cpuset, "--cpuset-cpus", "use a kernel with CONFIG_CPUSETS");
        yield return Controller(layout, Controllers.Pids, "--pids-limit", "use a kernel with CONFIG_CGROUP_PIDS");
        yield return Controller(layout, Controllers.Devices, "--device, and keeping containers from devices,", "use a kernel with CONFIG_CGROUP_DEVICE (v1) or CONFIG_CGROUP_BPF (v2)");
        yield return Controller(layout, Controllers.Freezer, "pausing containers", "use a kernel with CONFIG_CGROUP_FREEZER");
    }

    private static HostFeature Controller(CgroupLayout layout, Controllers controller, string option, string remedy)
    {
        var name = controller.Name(v2: false);
        if (layout.Of(controller) is not { } hierarchy)
        {
            return new(Area, name, FeatureState.No, "no mounted hierarchy has it", $"{option} does not work", layout.Mode == CgroupMode.V2
                ? $"{remedy}; see whether a cgroup.subtree_control above holds it back"
                : $"{remedy}; or mount it: mount -t cgroup -o {name} {name} /sys/fs/cgroup/{name}");
        }

        return hierarchy.ReadOnly
            ? new(Area, name, FeatureState.No, $"{hierarchy.Mount} is mounted read-only", $"{option} does not work", $"mount -o remount,rw {hierarchy.Mount}")
            : new(Area, name, FeatureState.Yes, $"{(hierarchy.IsV2 ? "v2" : "v1")} at {hierarchy.Mount}");
    }

    private static HostFeature OomPause(CgroupLayout layout)
    {
        const string Name = "pause at the limit (-k)";
        return layout.Of(Controllers.Memory) switch
        {
            null => new(Area, Name, FeatureState.No, "needs the memory controller", "run -k does not work", "boot with cgroup_enable=memory"),
            { IsV2: true } => new(Area, Name, FeatureState.Yes, "memory.high and a freeze by the monitor; soft by a slack, see docs/cgroups.md"),
            var hierarchy => Files.Exists($"{hierarchy.Mount}/memory.oom_control")
                ? new(Area, Name, FeatureState.Yes, "memory.oom_control")
                : new(Area, Name, FeatureState.No, "memory.oom_control is missing", "run -k does not work", "use a kernel with CONFIG_MEMCG_V1"),
        };
    }

    private static HostFeature File(CgroupLayout layout, Controllers controller, string name, string v1, string v2, string without, string remedy)
    {
        if (layout.Of(controller) is not { } hierarchy)
        {
            return new(Area, name, FeatureState.No, $"needs the {controller.Name(v2: false)} controller", without, remedy);
        }

        var file = hierarchy.IsV2 ? v2 : v1;
        return Where(layout, hierarchy, file) switch
        {
            true => new(Area, name, FeatureState.Yes, file),
            false => new(Area, name, FeatureState.No, $"{file} is missing", without, remedy),
            null => new(Area, name, FeatureState.Unknown, $"no cgroup below {hierarchy.Mount} to look for {file} in"),
        };
    }

    /// <summary>Whether cgroups have a file. The root of v2 has no limits: then another cgroup tells, null if there is none.</summary>
    private static bool? Where(CgroupLayout layout, CgroupHierarchy hierarchy, string file)
    {
        if (Files.Exists($"{hierarchy.Mount}/{file}") || Files.Exists($"{hierarchy.Directory(layout.OwnPath(hierarchy))}/{file}"))
        {
            return true;
        }

        if (!hierarchy.IsV2)
        {
            return false;
        }

        bool? seen = null;
        foreach (var name in Files.List(hierarchy.Mount))
        {
            if (Files.TryStat($"{hierarchy.Mount}/{name}", out var stat) != Errno.None || !stat.IsDirectory)
            {
                continue;
            }

            if (Files.Exists($"{hierarchy.Mount}/{name}/{file}"))
            {
                return true;
            }

            seen = false;
        }

        return seen;
    }
}
