using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Seccomp.LibSeccomp;
using static MyDocker.Kernel.Seccomp.SeccompCall;

namespace MyDocker.Kernel.Seccomp;

/// <summary>Makes BPF of a description with libseccomp 2.5 or newer. Takes milliseconds: keep what it returns.</summary>
public static unsafe class SeccompCompiler
{
    // Below this the tree is not worth it, and libseccomp up to 2.5.4 makes a broken one of no rules at all.
    private const int RulesWorthATree = 32;

    /// <summary>"2.5.4"; null where libseccomp is not installed. Loads it.</summary>
    public static string? LibraryVersion
    {
        get
        {
            try
            {
                var version = seccomp_version();
                return $"{version[0]}.{version[1]}.{version[2]}";
            }
            catch (DllNotFoundException)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// Compiles a filter. Names of system calls that libseccomp does not know are skipped, as runc skips them.
    /// </summary>
    /// <exception cref="SeccompException">libseccomp is missing, or refuses an architecture or a rule.</exception>
    public static SeccompFilter Compile(SeccompDescription description)
    {
        // 1. a context  2. architectures  3. rules  4. the program  5. ENOSYS for younger calls  6. the flags
        ArgumentNullException.ThrowIfNull(description);
        nint context = 0;
        try
        {
            context = seccomp_init(description.DefaultAction);
            if (context == 0)
            {
                throw new SeccompException($"create seccomp filter: default action 0x{description.DefaultAction:x8} is not supported here");
            }

            var architectures = AddArchitectures(context, description.Architectures);
            if (description.Rules.Sum(rule => rule.Names.Count) > RulesWorthATree)
            {
                _ = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2); // libseccomp < 2.5.0: a list, only slower
            }

            foreach (var rule in description.Rules)
            {
                AddRule(context, rule, description.DefaultAction);
            }

            var program = Export(context);
            if (description.NewerIsNosys)
            {
                program = [.. NosysPrologue.Build(architectures, (arch, limit) => HighestNumber(description, arch, limit)), .. program];
            }

            return new SeccompFilter(program, FlagsOf(description));
        }
        catch (DllNotFoundException e)
        {
            throw new SeccompException($"load {FileName}: not found; install libseccomp 2.5 or newer", e);
        }
        finally
        {
            if (context != 0)
            {
                seccomp_release(context);
            }
        }
    }

    /// <summary>
    /// The file that libseccomp was loaded from, its links resolved; null if it is not loaded. Says whether a filter
    /// that was compiled earlier would come out the same today.
    /// </summary>
    public static string? LoadedLibrary()
    {
        var maps = Files.TryReadText("/proc/self/maps", out _, limit: 1 << 24);
        foreach (var line in maps.AsSpan().EnumerateLines())
        {
            var start = line.IndexOf('/');
            if (start >= 0 && line[start..] is var path && path.Contains("/libseccomp.so.", StringComparison.Ordinal))
            {
                return path.ToString();
            }
        }

        return null;
    }

    private static HashSet<uint> AddArchitectures(nint context, IReadOnlyList<uint> wanted)
    {
        var all = new HashSet<uint> { seccomp_arch_native() };
        foreach (var architecture in wanted)
        {
            if (!all.Add(architecture) || seccomp_arch_exist(context, architecture) == 0)
            {
                continue;
            }

            var result = seccomp_arch_add(context, architecture);
            if (result != 0)
            {
                throw new SeccompException(
                    $"add architecture 0x{architecture:x8} to seccomp filter: {((Errno)(-result)).Describe()}; "
                    + "libseccomp does not know it or it does not go with this machine");
            }
        }

        return all;
    }

    private static void AddRule(nint context, SeccompRule rule, uint defaultAction)
    {
        // A rule that says what happens anyway is refused by libseccomp (EACCES).
        if (rule.Action == defaultAction)
        {
            return;
        }

        var count = rule.Conditions.Count;
        var comparisons = stackalloc Comparison[Math.Max(count, 1)];
        for (var i = 0; i < count; i++)
        {
            var condition = rule.Conditions[i];
            comparisons[i] = new Comparison
            {
                Argument = condition.Argument,
                Operator = (int)condition.Operator,
                First = condition.Value,
                Second = condition.ValueTwo,
            };
        }

        var separate = rule.Conditions.Select(condition => condition.Argument).Distinct().Count() < count;
        foreach (var name in rule.Names)
        {
            var number = NumberOf(name, seccomp_arch_native());
            if (number == __NR_SCMP_ERROR)
            {
                continue;
            }

            for (var i = 0; i < (separate ? count : 1); i++)
            {
                var result = seccomp_rule_add_array(
                    context, rule.Action, number, (uint)(separate ? 1 : count), comparisons + i);
                if (result != 0)
                {
                    throw new SeccompException(
                        $"add rule for {name} to seccomp filter: action 0x{rule.Action:x8}: {((Errno)(-result)).Describe()}");
                }
            }
        }
    }

    /// <summary>The name is that of a system call, on this architecture or another.</summary>
    public static bool Knows(string name) => NumberOf(name, seccomp_arch_native()) != __NR_SCMP_ERROR;

    /// <summary>Through a memory file: seccomp_export_bpf_mem(3) exists since 2.6.0 only.</summary>
    private static byte[] Export(nint context)
    {
        const int MFD_CLOEXEC = 1, SEEK_SET = 0;
        using var name = new Utf8Z("seccomp", stackalloc byte[Utf8Z.Inline]);
        using var file = new Fd((int)Syscall.Check(
            Syscall.Invoke(Nr.memfd_create, name.Address, MFD_CLOEXEC), "create memory file for", "seccomp filter"));
        var result = seccomp_export_bpf(context, file.Number);
        if (result != 0)
        {
            throw new SeccompException($"export seccomp filter: {((Errno)(-result)).Describe()}");
        }

        var program = new byte[Files.StatOf(file).Size];
        Syscall.Check(Syscall.Invoke(Nr.lseek, file.Number, 0, SEEK_SET), "rewind", file.ProcPath);
        for (var done = 0; done < program.Length;)
        {
            var count = (int)Syscall.Check(Files.Read(file, program.AsSpan(done)), "read", file.ProcPath);
            done += count > 0 ? count : throw new SeccompException("export seccomp filter: the memory file is too short");
        }

        return program;
    }

    private static long HighestNumber(SeccompDescription description, uint architecture, uint limit)
    {
        long highest = -1;
        foreach (var rule in description.Rules)
        {
            foreach (var name in rule.Names)
            {
                var number = NumberOf(name, architecture);
                if (number > highest && (uint)number < limit)
                {
                    highest = number;
                }
            }
        }

        return highest;
    }

    private static uint FlagsOf(SeccompDescription description)
    {
        var flags = description.Flags;
        var notifies = description.HasListener || description.Rules.Any(
            rule => (rule.Action & SeccompAction.SECCOMP_RET_ACTION_FULL) == SeccompAction.SECCOMP_RET_USER_NOTIF);
        if (!notifies)
        {
            return flags & ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; // EINVAL without a listener
        }

        // Both a thread id and a descriptor cannot be returned: TSYNC with a listener needs ESRCH for errors (5.7).
        var esrch = (flags & SECCOMP_FILTER_FLAG_TSYNC) != 0 ? SECCOMP_FILTER_FLAG_TSYNC_ESRCH : 0;
        return flags | SECCOMP_FILTER_FLAG_NEW_LISTENER | esrch;
    }
}
