using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Cgroups;

/// <summary>Whether a new memory limit of a running container would be a death sentence.</summary>
internal static class MemoryCheck
{
    /// <summary>Throws <see cref="CgroupLimitException"/> with the figures. A cgroup whose use cannot be read passes.</summary>
    public static void Refuse(Cgroup cgroup, LinuxMemory? memory)
    {
        if (memory is null || memory.CheckBeforeUpdate == false || (memory.Limit is not > 0 && memory.Swap is not > 0) || cgroup.Memory() is not { Current: > 0 } use)
        {
            return;
        }

        // As runc has it: the file cache counts, though the kernel could drop it.
        if (memory.CheckBeforeUpdate == true)
        {
            if (memory.Swap is > 0 && memory.Swap <= use.Current)
            {
                throw Rejected("memory.swap", $"rejecting memory+swap limit {memory.Swap} <= usage {use.Current}");
            }

            if (memory.Limit is > 0 && memory.Limit <= use.Current)
            {
                throw Rejected("memory.limit", $"rejecting memory limit {memory.Limit} <= usage {use.Current}");
            }
        }
        else if (memory.Limit is > 0 && use.NotReclaimable > memory.Limit)
        {
            throw Rejected("memory.limit", $"{memory.Limit} bytes is below the {use.NotReclaimable} bytes in use now ({use.Current} with file cache, peak {use.Peak})");
        }
    }

    private static CgroupLimitException Rejected(string limit, string reason)
        => new(limit, Controllers.Memory, reason, "choose a higher limit, stop some processes first, or force it (--force) and risk that processes are killed");
}
