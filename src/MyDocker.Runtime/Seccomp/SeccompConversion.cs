using MyDocker.Kernel.Seccomp;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Seccomp.SeccompAction;
using static MyDocker.Kernel.Seccomp.SeccompCall;

namespace MyDocker.Runtime.Seccomp;

/// <summary>A profile that cannot be used; the message begins with the JSON path of what is wrong.</summary>
public sealed class SeccompProfileException(string path, string problem) : Exception($"{path}: {problem}")
{
    /// <summary>For example "linux.seccomp.syscalls[3].args[0].op".</summary>
    public string Path { get; } = path;
}

/// <summary>Reads the names of a profile (config-linux.md, "Seccomp") the way runc does.</summary>
public static class SeccompConversion
{
    private const uint Eperm = 1;
    private const uint Enosys = 38;

    /// <summary>The most that libseccomp takes as an errno.</summary>
    private const uint LastErrno = 4094;

    /// <param name="seccomp">the profile.</param>
    /// <param name="path">where it stands in the document, for errors.</param>
    /// <exception cref="SeccompProfileException">an unknown name or an impossible value.</exception>
    public static SeccompDescription ToDescription(LinuxSeccomp seccomp, string path = "linux.seccomp")
    {
        ArgumentNullException.ThrowIfNull(seccomp);
        var defaultAction = ActionOf(seccomp.DefaultAction, seccomp.DefaultErrnoRet, path, "defaultAction", "defaultErrnoRet");
        if (defaultAction == SECCOMP_RET_USER_NOTIF)
        {
            throw new SeccompProfileException(
                $"{path}.defaultAction", "SCMP_ACT_NOTIFY cannot be the default action: the container could not start");
        }

        var rules = RulesOf(seccomp.Syscalls, path);
        if (string.IsNullOrEmpty(seccomp.ListenerPath) && rules.Any(rule => rule.Action == SECCOMP_RET_USER_NOTIF))
        {
            throw new SeccompProfileException($"{path}.listenerPath", "needed for SCMP_ACT_NOTIFY; name the agent's socket");
        }

        return new SeccompDescription
        {
            DefaultAction = defaultAction,
            Architectures = ArchitecturesOf(seccomp.Architectures, path),
            Flags = FlagsOf(seccomp.Flags, path),
            Rules = rules,
            HasListener = !string.IsNullOrEmpty(seccomp.ListenerPath),
            NewerIsNosys = !IsPermissive(defaultAction) && defaultAction != (SECCOMP_RET_ERRNO | Enosys),
        };
    }

    /// <summary>Where the default lets calls through (a tracer decides itself), it does so for younger ones too.</summary>
    private static bool IsPermissive(uint action)
        => (action & SECCOMP_RET_ACTION_FULL) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_TRACE;

    private static List<uint> ArchitecturesOf(List<string>? names, string path)
    {
        var architectures = new List<uint>();
        for (var i = 0; i < (names?.Count ?? 0); i++)
        {
            architectures.Add(SeccompNames.ArchitectureOf(names![i])
                ?? throw new SeccompProfileException(
                    $"{path}.architectures[{i}]", $"unknown architecture \"{names[i]}\"; names are like SCMP_ARCH_X86_64"));
        }

        return architectures;
    }

    /// <summary>Without any flags, not even an empty list, the default is SPEC_ALLOW (as in runc).</summary>
    private static uint FlagsOf(List<string>? names, string path)
    {
        if (names is null)
        {
            return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        }

        var flags = 0u;
        for (var i = 0; i < names.Count; i++)
        {
            flags |= SeccompNames.FlagOf(names[i])
                ?? throw new SeccompProfileException(
                    $"{path}.flags[{i}]",
                    $"unknown flag \"{names[i]}\"; known are SECCOMP_FILTER_FLAG_TSYNC, _LOG, _SPEC_ALLOW and _WAIT_KILLABLE_RECV");
        }

        return flags;
    }

    private static List<SeccompRule> RulesOf(List<LinuxSyscall>? syscalls, string path)
    {
        var rules = new List<SeccompRule>(syscalls?.Count ?? 0);
        for (var i = 0; i < (syscalls?.Count ?? 0); i++)
        {
            rules.Add(RuleOf(syscalls![i], $"{path}.syscalls[{i}]"));
        }

        return rules;
    }

    private static SeccompRule RuleOf(LinuxSyscall? syscall, string path)
    {
        if (syscall is null)
        {
            throw new SeccompProfileException(path, "must not be null");
        }

        if (syscall.Names is not { Count: > 0 } names)
        {
            throw new SeccompProfileException($"{path}.names", "must name at least one system call");
        }

        var action = ActionOf(syscall.Action, syscall.ErrnoRet, path, "action", "errnoRet");
        for (var i = 0; i < names.Count; i++)
        {
            if (string.IsNullOrEmpty(names[i]) || names[i].Contains('\0'))
            {
                throw new SeccompProfileException($"{path}.names[{i}]", "is no name of a system call");
            }

            // The container's first process still has to report over a pipe once the filter is in force.
            if (action == SECCOMP_RET_USER_NOTIF && names[i] == "write")
            {
                throw new SeccompProfileException($"{path}.names[{i}]", $"SCMP_ACT_NOTIFY cannot be used for the {names[i]} syscall");
            }
        }

        var conditions = new SeccompCondition[syscall.Args?.Count ?? 0];
        for (var i = 0; i < conditions.Length; i++)
        {
            conditions[i] = ConditionOf(syscall.Args![i], $"{path}.args[{i}]");
        }

        return new SeccompRule(names, action, conditions);
    }

    private static SeccompCondition ConditionOf(LinuxSeccompArg? argument, string path)
    {
        if (argument is null)
        {
            throw new SeccompProfileException(path, "must not be null");
        }

        if (argument.Index > 5)
        {
            throw new SeccompProfileException($"{path}.index", $"{argument.Index}: a system call has arguments 0 to 5");
        }

        var op = SeccompNames.OperatorOf(argument.Op)
            ?? throw new SeccompProfileException(
                $"{path}.op", $"unknown operator \"{argument.Op}\"; known are SCMP_CMP_NE, _LT, _LE, _EQ, _GE, _GT and _MASKED_EQ");
        return new SeccompCondition(argument.Index, op, argument.Value, argument.ValueTwo ?? 0);
    }

    private static uint ActionOf(string name, uint? errno, string path, string actionField, string errnoField)
    {
        var action = SeccompNames.ActionOf(name)
            ?? throw new SeccompProfileException(
                $"{path}.{actionField}",
                $"unknown action \"{name}\"; known are SCMP_ACT_KILL, _KILL_THREAD, _KILL_PROCESS, _TRAP, _ERRNO, _TRACE, _ALLOW, _LOG and _NOTIFY");
        var last = action switch
        {
            SECCOMP_RET_ERRNO => LastErrno,
            SECCOMP_RET_TRACE => SECCOMP_RET_DATA,
            _ => 0u,
        };
        if (last == 0)
        {
            return action;
        }

        return (errno ?? Eperm) is var value && value <= last
            ? action | value
            : throw new SeccompProfileException($"{path}.{errnoField}", $"{value} is above {last}");
    }
}
