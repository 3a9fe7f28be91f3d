using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Scheduling;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// process.scheduler, process.ioPriority, process.execCPUAffinity, linux.memoryPolicy, linux.personality: what the kernel keeps
/// with the task and execve(2) hands on.
/// </summary>
internal static unsafe class SchedulingSteps
{
    private const int BitsPerWord = 64;

    /// <summary>Late: what the set-up does is not slowed down, or hurried up, by the command's own policy.</summary>
    public static void Add(LaunchPlan plan, ProcessContext context)
    {
        AddScheduler(plan.Child, context.Process.Scheduler);
        AddIoPriority(plan.Child, context.Process.IoPriority);
        AddPersonality(plan.Child, context.Personality);
        AddMemoryPolicy(plan.Child, context.MemoryPolicy);
    }

    /// <summary>execCPUAffinity.initial: for a process that is executed in a container, before it joins the cgroups.</summary>
    public static void AddInitialAffinity(SyscallProgram child, ProcessSpec process) => AddAffinity(child, process.ExecCPUAffinity?.Initial, "initial");

    /// <summary>execCPUAffinity.final: after it has joined them, since that gives it all of the cgroup's CPUs.</summary>
    public static void AddFinalAffinity(SyscallProgram child, ProcessSpec process)
    {
        if (process.ExecCPUAffinity is { } affinity && !(string.IsNullOrEmpty(affinity.Initial) && string.IsNullOrEmpty(affinity.Final)))
        {
            AddAffinity(child, affinity.Final, "final");
        }
        else
        {
            AddReset(child);
        }
    }

    /// <summary>
    /// The child has the affinity of the runtime's caller, which may be bound to a CPU that the container's cpuset lacks. All CPUs
    /// that there ever can be: the kernel keeps to the cpuset's, also when that grows (sched_setaffinity(2)).
    /// </summary>
    public static void AddReset(SyscallProgram child)
    {
        const int MostCpus = 8192; // CONFIG_NR_CPUS at most
        var mask = child.Arena.Alloc(MostCpus / 8);
        new Span<byte>(mask, MostCpus / 8).Fill(0xff);
        child.Add("allow", "all CPUs of the cpuset", Nr.sched_setaffinity, 0, MostCpus / 8, Arg.Address(mask)).Tolerate(Errno.EINVAL, Errno.EPERM);
    }

    private static void AddScheduler(SyscallProgram child, Scheduler? scheduler)
    {
        if (scheduler is null)
        {
            return;
        }

        var attributes = child.Arena.Copy(new SchedulerAttributes
        {
            Size = SchedulerAttributes.Length,
            Policy = SchedulerNames.PolicyOf(scheduler.Policy) ?? throw new SpecException("process.scheduler.policy", $"unknown policy \"{scheduler.Policy}\""),
            Flags = (scheduler.Flags ?? []).Aggregate(0UL, (bits, flag) => bits | SchedulerNames.FlagOf(flag)),
            Nice = scheduler.Nice ?? 0,
            Priority = (uint)(scheduler.Priority ?? 0),
            Runtime = scheduler.Runtime ?? 0,
            Deadline = scheduler.Deadline ?? 0,
            Period = scheduler.Period ?? 0,
        });
        child.Add("set scheduling policy", scheduler.Policy, Nr.sched_setattr, 0, Arg.Address(attributes), 0);
    }

    private static void AddIoPriority(SyscallProgram child, IOPriority? priority)
    {
        if (priority is not null)
        {
            var value = IoPriority.Value(IoPriority.ClassOf(priority.Class), priority.Priority);
            child.Add("set io priority", $"{priority.Class} {priority.Priority}", Nr.ioprio_set, IoPriority.IOPRIO_WHO_PROCESS, 0, value);
        }
    }

    private static void AddPersonality(SyscallProgram child, LinuxPersonality? personality)
    {
        const int PER_LINUX = 0, PER_LINUX32 = 8;
        if (personality is not null)
        {
            child.Add("set personality", personality.Domain, Nr.personality, personality.Domain == "LINUX32" ? PER_LINUX32 : PER_LINUX);
        }
    }

    private static void AddMemoryPolicy(SyscallProgram child, LinuxMemoryPolicy? policy)
    {
        if (policy is null)
        {
            return;
        }

        var mode = (policy.Flags ?? []).Aggregate(MemoryPolicy.ModeOf(policy.Mode), (bits, flag) => bits | MemoryPolicy.FlagOf(flag));
        var nodes = NumberList.TryParse(policy.Nodes) ?? throw new SpecException("linux.memoryPolicy.nodes", $"\"{policy.Nodes}\" is no list like 0-3,7");
        var target = string.IsNullOrEmpty(policy.Nodes) ? policy.Mode : $"{policy.Mode} of nodes {policy.Nodes}";
        // The kernel looks at one bit less than it is told of (get_nodes in mm/mempolicy.c).
        child.Add("set memory policy", target, Nr.set_mempolicy, mode, CopyMask(child, nodes), nodes.Length == 0 ? 0 : (nodes.Length * BitsPerWord) + 1);
    }

    private static void AddAffinity(SyscallProgram child, string? cpus, string when)
    {
        if (string.IsNullOrEmpty(cpus))
        {
            return;
        }

        var mask = NumberList.TryParse(cpus) ?? throw new SpecException($"process.execCPUAffinity.{when}", $"\"{cpus}\" is no list like 0-3,7");
        child.Add($"set {when} CPU affinity", cpus, Nr.sched_setaffinity, 0, mask.Length * sizeof(ulong), CopyMask(child, mask));
    }

    private static Arg CopyMask(SyscallProgram child, ulong[] mask)
    {
        if (mask.Length == 0)
        {
            return 0;
        }

        var words = (ulong*)child.Arena.Alloc(mask.Length * sizeof(ulong));
        mask.CopyTo(new Span<ulong>(words, mask.Length));
        return Arg.Address(words);
    }
}
