using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using V1 = MyDocker.Kernel.Cgroups.V1;
using V2 = MyDocker.Kernel.Cgroups.V2;

namespace MyDocker.Runtime.Cgroups;

/// <summary>linux.resources.memory (config-linux.md, "Memory"). Zero means "not set" for every size, -1 "no limit".</summary>
internal static class MemoryLimits
{
    public static void Add(LimitContext context, LinuxMemory? memory)
    {
        if (memory is null || !IsSet(memory))
        {
            return;
        }

        Check(memory);
        var writes = context.For(Controllers.Memory, "memory.limit", out var v2);
        if (v2)
        {
            AddV2(context, writes, memory);
        }
        else
        {
            AddV1(context, writes, memory);
        }
    }

    private static bool IsSet(LinuxMemory memory)
        => Given(memory.Limit) is not null || Given(memory.Swap) is not null || Given(memory.Reservation) is not null
            || Given(memory.Kernel) is not null || Given(memory.KernelTCP) is not null
            || memory.Swappiness is not null || memory.DisableOOMKiller is not null || memory.UseHierarchy is not null;

    private static void Check(LinuxMemory memory)
    {
        if (Given(memory.Limit) is < -1)
        {
            throw new CgroupLimitException("memory.limit", Controllers.Memory, $"{memory.Limit} is not a size", "give bytes, or -1 for no limit");
        }

        if (memory.Swap is > 0 && memory.Limit is > 0 && memory.Swap < memory.Limit)
        {
            throw new CgroupLimitException("memory.swap", Controllers.Memory,
                $"{memory.Swap} bytes of memory and swap together are less than the {memory.Limit} bytes of memory",
                "give at least the memory limit (then there is no swap), or -1 for no limit");
        }
    }

    private static void AddV1(LimitContext context, CgroupWrites writes, LinuxMemory memory)
    {
        // No limit of memory lifts that of memory+swap too where nothing else is said, as runc does.
        var limit = Given(memory.Limit);
        var swap = Given(memory.Swap) ?? (limit == -1 ? -1 : null);
        V1.Memory.Limit(writes, limit, swap);
        if (Given(memory.Reservation) is { } reservation)
        {
            V1.Memory.SoftLimit(writes, reservation);
        }

        if (Given(memory.Kernel) is { } kernel)
        {
            V1.Memory.KernelLimit(writes, kernel);
            context.Warn("memory.kernel has no effect: kernels since 5.16 count kernel memory in memory.limit only");
        }

        if (Given(memory.KernelTCP) is { } tcp)
        {
            V1.Memory.KernelTcpLimit(writes, tcp);
        }

        if (memory.Swappiness is { } swappiness)
        {
            V1.Memory.Swappiness(writes, swappiness <= 100 ? swappiness : throw new CgroupLimitException(
                "memory.swappiness", Controllers.Memory, $"{swappiness} is out of range", "give 0 to 100"));
        }

        if (memory.UseHierarchy is true)
        {
            V1.Memory.UseHierarchy(writes, on: true); // false is no longer possible since 5.11, and is what nobody wants
        }

        if (memory.DisableOOMKiller is { } pause && (pause || context.IsUpdate))
        {
            V1.Memory.PauseAtLimit(writes, pause);
        }
    }

    private static void AddV2(LimitContext context, CgroupWrites writes, LinuxMemory memory)
    {
        if (Given(memory.Kernel) is not null || Given(memory.KernelTCP) is not null)
        {
            // The specification does not recommend them any more, and runc ignores them everywhere: no reason to fail for it.
            context.Warn("memory.kernel and memory.kernelTCP have no effect: on cgroup v2 memory.limit includes kernel memory");
        }

        if (memory.Swappiness is not null)
        {
            throw LimitContext.OnlyOnV1("memory.swappiness", Controllers.Memory, "leave it out, or limit swap by memory.swap");
        }

        if (memory.DisableOOMKiller is true)
        {
            throw LimitContext.OnlyOnV1("memory.disableOOMKiller", Controllers.Memory, "leave it out: the kernel cannot pause at memory.max");
        }

        if (SwapMax(context, writes, memory) is { } swap)
        {
            V2.Memory.SwapMax(writes, swap);
        }

        if (Given(memory.Limit) is { } limit)
        {
            V2.Memory.Max(writes, limit);
        }

        if (Given(memory.Reservation) is { } reservation)
        {
            V2.Memory.Low(writes, reservation);
        }
    }

    /// <summary>memory+swap as swap alone, by runc's rules; null to leave it.</summary>
    private static long? SwapMax(LimitContext context, CgroupWrites writes, LinuxMemory memory)
    {
        if (Given(memory.Swap) is not { } total)
        {
            return memory.Limit == -1 ? -1 : null;
        }

        if (total < 0)
        {
            return -1;
        }

        var limit = Given(memory.Limit) ?? (context.IsUpdate ? CgroupFile.ReadLong(writes.Directory + "/memory.max") : null);
        return limit is > 0 and not CgroupFile.Unlimited && limit <= total ? total - limit
            : throw new CgroupLimitException("memory.swap", Controllers.Memory,
                limit is > 0 and not CgroupFile.Unlimited ? $"{total} bytes are less than the memory limit of {limit}" : "there is no memory limit to subtract from it",
                "on cgroup v2 give memory.limit with it");
    }

    private static long? Given(long? value) => value is 0 ? null : value;
}
