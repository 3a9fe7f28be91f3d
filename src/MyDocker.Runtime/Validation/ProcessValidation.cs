using MyDocker.Kernel.Capabilities;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Scheduling;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Validation;

/// <summary>The process of config.json, or that of <c>exec --process</c>.</summary>
public static class ProcessValidation
{
    private const uint LargestMask = 0x1FF; // 0777

    /// <param name="process">the process.</param>
    /// <param name="path">where it stands in its document, for errors; "" for a document of its own.</param>
    /// <param name="warn">takes what is accepted without effect.</param>
    /// <exception cref="SpecException">the first field that cannot be.</exception>
    public static void Check(ProcessSpec process, string path = "", Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(process);
        var prefix = path.Length == 0 ? "" : $"{path}.";
        CheckCommand(process, prefix);
        CheckEnvironment(process.Env, prefix);
        if (process.User.Umask is > LargestMask)
        {
            throw new SpecException($"{prefix}user.umask", $"{process.User.Umask} is above 511 (0777)");
        }

        CheckLimits(process.Rlimits ?? [], prefix);
        if (process.OomScoreAdj is < -1000 or > 1000)
        {
            throw new SpecException($"{prefix}oomScoreAdj", $"{process.OomScoreAdj} is not within -1000 and 1000");
        }

        CheckScheduler(process.Scheduler, $"{prefix}scheduler");
        CheckIoPriority(process.IoPriority, $"{prefix}ioPriority");
        CheckAffinity(process.ExecCPUAffinity?.Initial, $"{prefix}execCPUAffinity.initial");
        CheckAffinity(process.ExecCPUAffinity?.Final, $"{prefix}execCPUAffinity.final");
        CheckLabels(process, prefix);
        CheckCapabilities(process.Capabilities, warn);
    }

    private static void CheckCommand(ProcessSpec process, string prefix)
    {
        if (process.Args is not { Count: > 0 } args)
        {
            throw new SpecException($"{prefix}args", "is empty; give the command to run");
        }

        if (args[0].Length == 0)
        {
            throw new SpecException($"{prefix}args[0]", "is empty; give the command to run");
        }

        Text.RefuseNul($"{prefix}args", args);
        if (!process.Cwd.StartsWith('/'))
        {
            throw new SpecException($"{prefix}cwd", process.Cwd.Length == 0 ? "is required; give an absolute path" : $"\"{process.Cwd}\" is not an absolute path");
        }

        Text.RefuseNul($"{prefix}cwd", process.Cwd);
    }

    private static void CheckEnvironment(List<string>? variables, string prefix)
    {
        for (var i = 0; i < (variables?.Count ?? 0); i++)
        {
            if (variables![i].IndexOf('=', StringComparison.Ordinal) is var end && end <= 0)
            {
                throw new SpecException($"{prefix}env[{i}]", end < 0 ? $"\"{variables[i]}\" has no \"=\"" : "has no name before its \"=\"");
            }
        }

        Text.RefuseNul($"{prefix}env", variables);
    }

    private static void CheckLimits(List<Rlimit> limits, string prefix)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < limits.Count; i++)
        {
            var limit = limits[i];
            if (ResourceLimits.NumberOf(limit.Type) < 0)
            {
                throw new SpecException($"{prefix}rlimits[{i}].type", $"unknown limit \"{limit.Type}\"; names are like RLIMIT_NOFILE");
            }

            if (!seen.Add(limit.Type))
            {
                throw new SpecException($"{prefix}rlimits[{i}].type", $"{limit.Type} is given twice");
            }

            if (limit.Soft > limit.Hard)
            {
                throw new SpecException($"{prefix}rlimits[{i}].soft", $"{limit.Soft} is above the hard limit, {limit.Hard}");
            }
        }
    }

    private static void CheckScheduler(Scheduler? scheduler, string path)
    {
        if (scheduler is null)
        {
            return;
        }

        if (SchedulerNames.PolicyOf(scheduler.Policy) is not { } policy)
        {
            throw new SpecException($"{path}.policy", scheduler.Policy.Length == 0 ? "is required" : $"unknown policy \"{scheduler.Policy}\"; names are like SCHED_BATCH");
        }

        if (scheduler.Nice is < -20 or > 19 && policy is SchedulerNames.SCHED_OTHER or SchedulerNames.SCHED_BATCH)
        {
            throw new SpecException($"{path}.nice", $"{scheduler.Nice} is not within -20 and 19");
        }

        if (scheduler.Priority is not (null or 0) && policy is not (SchedulerNames.SCHED_FIFO or SchedulerNames.SCHED_RR))
        {
            throw new SpecException($"{path}.priority", "is for SCHED_FIFO and SCHED_RR only");
        }

        if (policy != SchedulerNames.SCHED_DEADLINE && (scheduler.Runtime, scheduler.Deadline, scheduler.Period) is not (null or 0, null or 0, null or 0))
        {
            throw new SpecException($"{path}.runtime", "runtime, deadline and period are for SCHED_DEADLINE only");
        }

        if (policy == SchedulerNames.SCHED_DEADLINE)
        {
            CheckDeadline(scheduler, path);
        }

        for (var i = 0; i < (scheduler.Flags?.Count ?? 0); i++)
        {
            if (SchedulerNames.FlagOf(scheduler.Flags![i]) == 0)
            {
                throw new SpecException($"{path}.flags[{i}]", $"unknown flag \"{scheduler.Flags[i]}\"; names are like SCHED_FLAG_RESET_ON_FORK");
            }
        }
    }

    /// <summary>
    /// What the kernel asks of runtime ≤ deadline ≤ period (__checkparam_dl in kernel/sched/deadline.c), since its EINVAL does not
    /// tell which of them is wrong. A period of 0 is the deadline.
    /// </summary>
    private static void CheckDeadline(Scheduler scheduler, string path)
    {
        const ulong least = 1024, most = 1UL << 63;
        const string policy = "sched_setattr: `SCHED_DEADLINE`";
        var runtime = scheduler.Runtime ?? throw new SpecException($"{path}.runtime", $"{policy} requires `runtime`, in nanoseconds");
        var deadline = scheduler.Deadline ?? throw new SpecException($"{path}.deadline", $"{policy} requires `deadline`, in nanoseconds");
        var period = scheduler.Period is { } given and not 0 ? given : deadline;
        if (runtime == 0)
        {
            throw new SpecException($"{path}.runtime", $"{policy} runtime must be greater than 0");
        }

        if (runtime is < least or >= most)
        {
            throw new SpecException($"{path}.runtime", $"{policy} runtime {runtime} must be between {least} and {most - 1} nanoseconds");
        }

        if (runtime > deadline)
        {
            throw new SpecException($"{path}.runtime", $"{policy} runtime ({runtime}) must be <= deadline ({deadline})");
        }

        if (deadline > period)
        {
            throw new SpecException($"{path}.deadline", $"{policy} deadline ({deadline}) must be <= period ({period})");
        }
    }

    private static void CheckIoPriority(IOPriority? priority, string path)
    {
        if (priority is null)
        {
            return;
        }

        if (IoPriority.ClassOf(priority.Class) == 0)
        {
            throw new SpecException($"{path}.class", $"unknown class \"{priority.Class}\"; known are IOPRIO_CLASS_RT, IOPRIO_CLASS_BE and IOPRIO_CLASS_IDLE");
        }

        if (priority.Priority is < 0 or > IoPriority.HighestLevel)
        {
            throw new SpecException($"{path}.priority", $"{priority.Priority} is not within 0 and {IoPriority.HighestLevel}");
        }
    }

    private static void CheckAffinity(string? cpus, string path)
    {
        if (!string.IsNullOrEmpty(cpus) && NumberList.TryParse(cpus) is null)
        {
            throw new SpecException(path, $"\"{cpus}\" is no list of CPUs like 0-3,7");
        }
    }

    /// <summary>A name that nobody knows, or that came with a newer kernel, is no reason to fail: as with runc, it is told and left out.</summary>
    private static void CheckCapabilities(LinuxCapabilities? capabilities, Action<string>? warn)
    {
        if (capabilities is null || warn is null)
        {
            return;
        }

        var unknown = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var set in new[] { capabilities.Bounding, capabilities.Effective, capabilities.Inheritable, capabilities.Permitted, capabilities.Ambient })
        {
            Capability.SetOf(set, name => unknown.Add(name));
        }

        if (unknown.Count > 0)
        {
            warn($"ignoring unknown or unavailable capabilities: [{string.Join(' ', unknown)}]");
        }
    }

    private static void CheckLabels(ProcessSpec process, string prefix)
    {
        Text.RefuseNul($"{prefix}apparmorProfile", process.ApparmorProfile);
        Text.RefuseNul($"{prefix}selinuxLabel", process.SelinuxLabel);
        if (!string.IsNullOrEmpty(process.ApparmorProfile) && !SecurityModules.HasAppArmor)
        {
            throw new SpecException($"{prefix}apparmorProfile", $"\"{process.ApparmorProfile}\" is given, and this host has no AppArmor (or it is off); leave the field out");
        }

        if (!string.IsNullOrEmpty(process.SelinuxLabel) && !SecurityModules.HasSELinux)
        {
            throw new SpecException($"{prefix}selinuxLabel", $"\"{process.SelinuxLabel}\" is given, and this host has no SELinux (or it is off); leave the field out");
        }
    }
}
