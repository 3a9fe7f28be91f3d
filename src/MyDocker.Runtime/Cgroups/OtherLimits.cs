using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using V1 = MyDocker.Kernel.Cgroups.V1;
using V2 = MyDocker.Kernel.Cgroups.V2;

namespace MyDocker.Runtime.Cgroups;

/// <summary>The small ones: pids, huge pages, network classes, RDMA, and the "unified" map of v2 files.</summary>
internal static class OtherLimits
{
    public static void AddPids(LimitContext context, LinuxPids? pids)
    {
        if (pids?.Limit is { } limit)
        {
            V1.Pids.Limit(context.For(Controllers.Pids, "pids.limit", out _), limit);
        }
    }

    public static void AddHugepages(LimitContext context, List<LinuxHugepageLimit>? pages)
    {
        foreach (var page in pages ?? [])
        {
            if (page.PageSize.AsSpan().IndexOfAnyExcept("0123456789KMGB") >= 0 || page.PageSize.Length == 0)
            {
                throw new CgroupLimitException("hugepageLimits.pageSize", Controllers.Hugetlb, $"\"{page.PageSize}\" is not a page size", "give a size such as 2MB or 1GB");
            }

            var writes = context.For(Controllers.Hugetlb, "hugepageLimits", out var v2);
            if (v2)
            {
                V2.Hugetlb.Limit(writes, page.PageSize, page.Limit);
            }
            else
            {
                V1.Hugetlb.Limit(writes, page.PageSize, page.Limit);
            }
        }
    }

    public static void AddNetwork(LimitContext context, LinuxNetwork? network)
    {
        if (network?.ClassID is > 0 and var classId)
        {
            V1.NetClass.Set(context.For(Controllers.NetClass, "network.classID", out _), classId);
        }

        foreach (var priority in network?.Priorities ?? [])
        {
            V1.NetPrio.Set(context.For(Controllers.NetPrio, "network.priorities", out _), priority.Name, priority.Priority);
        }
    }

    public static void AddRdma(LimitContext context, Dictionary<string, LinuxRdma>? rdma)
    {
        foreach (var (device, limit) in rdma ?? [])
        {
            if (limit.HcaHandles is not null || limit.HcaObjects is not null)
            {
                V1.Rdma.Limit(context.For(Controllers.Rdma, "rdma", out _), device, limit.HcaHandles, limit.HcaObjects);
            }
        }
    }

    /// <summary>Files of v2 by name; the controller is the part before the first dot. Each line is a write of its own.</summary>
    public static void AddUnified(LimitContext context, Dictionary<string, string>? unified)
    {
        foreach (var (file, value) in unified ?? [])
        {
            var dot = file.IndexOf('.');
            if (dot <= 0 || file.Contains('/') || file.Contains('\0'))
            {
                throw new CgroupLimitException($"unified[\"{file}\"]", Controllers.None, "this is not the name of a cgroup file", "give a name such as memory.high");
            }

            var controller = ControllerNames.Parse(System.Text.Encoding.UTF8.GetBytes(file[..dot]));
            if (context.Cgroup.Layout.Unified is not { } hierarchy)
            {
                throw new CgroupLimitException($"unified[\"{file}\"]", controller, "invalid configuration: this host has cgroup v1 only", "use the limits of v1 (memory.limit, cpu.shares, …), or boot with cgroup v2");
            }

            var core = file.StartsWith("cgroup.", StringComparison.Ordinal);
            if (!core && (controller == Controllers.None || (hierarchy.Controllers & controller) == 0))
            {
                throw new CgroupLimitException($"unified[\"{file}\"]", controller, $"invalid configuration: {hierarchy.Mount} has no controller \"{file[..dot]}\" (see cgroup.controllers there)",
                    context.Cgroup.Layout.Mode == CgroupMode.Hybrid ? "use the limits of v1, or boot with systemd.unified_cgroup_hierarchy=1" : "load or delegate it, or leave the limit out");
            }

            var writes = context.ForUnified(controller, late: core);
            foreach (var line in value.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                writes.Add(file, line);
            }
        }
    }
}
