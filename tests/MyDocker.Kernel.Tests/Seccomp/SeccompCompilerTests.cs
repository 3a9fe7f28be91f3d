using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Seccomp;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Seccomp.SeccompAction;
using static MyDocker.Kernel.Seccomp.SeccompArchitecture;
using static MyDocker.Kernel.Seccomp.SeccompCall;

namespace MyDocker.Kernel.Tests.Seccomp;

public sealed class SeccompCompilerTests
{
    private const uint Eperm = SECCOMP_RET_ERRNO | 1;
    private const uint Nosys = SECCOMP_RET_ERRNO | 38;

    // A few numbers of other architectures (asm/unistd_32.h, and x32's bit).
    private const int X86Getpid = 20;
    private const int X86Mount = 21;
    private const int X64Getpid = 39;
    private const int X64Mount = 165;
    private const int X32Bit = 0x40000000;

    [Theory]
    [InlineData(SECCOMP_RET_KILL_PROCESS)]
    [InlineData(SECCOMP_RET_KILL_THREAD)]
    [InlineData(SECCOMP_RET_TRAP)]
    [InlineData(SECCOMP_RET_ERRNO | 13)]
    [InlineData(SECCOMP_RET_TRACE | 7)]
    [InlineData(SECCOMP_RET_USER_NOTIF)]
    [InlineData(SECCOMP_RET_LOG)]
    public void Every_action_comes_out_as_it_went_in(uint action)
    {
        var filter = Compile(SECCOMP_RET_ALLOW, Rule(action, "getpid"));
        Assert.Equal(action, Run(filter, Nr.getpid));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(filter, Nr.getppid));
        Assert.Equal(action == SECCOMP_RET_USER_NOTIF, filter.HasListener);
    }

    [Theory]
    [InlineData(SECCOMP_RET_KILL_PROCESS)]
    [InlineData(SECCOMP_RET_KILL_THREAD)]
    [InlineData(SECCOMP_RET_TRAP)]
    [InlineData(SECCOMP_RET_ERRNO | 4094)]
    [InlineData(SECCOMP_RET_TRACE)]
    [InlineData(SECCOMP_RET_LOG)]
    public void Every_default_action_holds_for_what_no_rule_names(uint action)
    {
        var filter = Compile(action, Rule(SECCOMP_RET_ALLOW, "getpid"));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(filter, Nr.getpid));
        Assert.Equal(action, Run(filter, Nr.getppid));
    }

    [Theory]
    [InlineData(SeccompOperator.NotEqual, true, false, true)]
    [InlineData(SeccompOperator.Less, true, false, false)]
    [InlineData(SeccompOperator.LessOrEqual, true, true, false)]
    [InlineData(SeccompOperator.Equal, false, true, false)]
    [InlineData(SeccompOperator.GreaterOrEqual, false, true, true)]
    [InlineData(SeccompOperator.Greater, false, false, true)]
    public void Comparisons_are_of_64_unsigned_bits(SeccompOperator op, bool below, bool at, bool above)
    {
        const ulong value = 0x8000_0000_0000_0005;
        var filter = Compile(Eperm, Rule(SECCOMP_RET_ALLOW, "read", new SeccompCondition(2, op, value)));
        Assert.Equal(below, Run(filter, Nr.read, 0, 0, value - 1) == SECCOMP_RET_ALLOW);
        Assert.Equal(below, Run(filter, Nr.read, 0, 0, 0xffff_ffff) == SECCOMP_RET_ALLOW);
        Assert.Equal(at, Run(filter, Nr.read, 0, 0, value) == SECCOMP_RET_ALLOW);
        Assert.Equal(above, Run(filter, Nr.read, 0, 0, value + 1) == SECCOMP_RET_ALLOW);
        Assert.Equal(above, Run(filter, Nr.read, 0, 0, 0x8000_0001_0000_0000) == SECCOMP_RET_ALLOW);
    }

    [Fact]
    public void A_masked_comparison_has_the_mask_first()
    {
        var filter = Compile(
            Eperm, Rule(SECCOMP_RET_ALLOW, "read", new SeccompCondition(0, SeccompOperator.MaskedEqual, 0xf0, 0x30)));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(filter, Nr.read, 0x3a));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(filter, Nr.read, 0xffff_ffff_0000_0035));
        Assert.Equal(Eperm, Run(filter, Nr.read, 0x4a));
    }

    [Fact]
    public void Conditions_on_different_arguments_must_all_hold()
    {
        var filter = Compile(
            Eperm,
            Rule(
                SECCOMP_RET_ALLOW,
                "read",
                new SeccompCondition(0, SeccompOperator.Equal, 1),
                new SeccompCondition(5, SeccompOperator.Equal, 2)));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(filter, Nr.read, 1, 0, 0, 0, 0, 2));
        Assert.Equal(Eperm, Run(filter, Nr.read, 1, 0, 0, 0, 0, 3));
        Assert.Equal(Eperm, Run(filter, Nr.read, 0, 0, 0, 0, 0, 2));
    }

    [Fact]
    public void Conditions_on_the_same_argument_are_alternatives()
    {
        var filter = Compile(
            Eperm,
            Rule(
                SECCOMP_RET_ALLOW,
                "read",
                new SeccompCondition(0, SeccompOperator.Equal, 1),
                new SeccompCondition(0, SeccompOperator.Equal, 2)));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(filter, Nr.read, 1));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(filter, Nr.read, 2));
        Assert.Equal(Eperm, Run(filter, Nr.read, 3));
    }

    [Fact]
    public void Unknown_names_and_rules_that_say_the_default_change_nothing()
    {
        var plain = Compile(Eperm, Rule(SECCOMP_RET_ALLOW, "getpid"));
        var odd = Compile(
            Eperm, Rule(SECCOMP_RET_ALLOW, "no_such_call"), Rule(SECCOMP_RET_ALLOW, "getpid"), Rule(Eperm, "mount"));
        Assert.Equal(plain.Program, odd.Program);
    }

    [Fact]
    public void Other_architectures_have_their_own_numbers()
    {
        Assert.SkipUnless(Native == X86_64, "an x86-64 test");
        var filter = SeccompCompiler.Compile(new SeccompDescription
        {
            DefaultAction = Eperm,
            Architectures = [X86_64, X86, X32],
            Rules = [Rule(SECCOMP_RET_ALLOW, "getpid")],
        });
        Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(filter.Program, X86_64, X64Getpid));
        Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(filter.Program, X86, X86Getpid));
        Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(filter.Program, X86_64, X64Getpid | X32Bit));
        Assert.Equal(Eperm, BpfMachine.Run(filter.Program, X86, X86Mount));
        Assert.Equal(Eperm, BpfMachine.Run(filter.Program, X86_64, X64Mount | X32Bit));
    }

    [Fact]
    public void An_architecture_that_was_not_asked_for_is_killed()
    {
        Assert.SkipUnless(Native == X86_64, "an x86-64 test");
        var filter = Compile(SECCOMP_RET_ALLOW, Rule(Eperm, "getpid"));
        Assert.Equal(SECCOMP_RET_KILL_THREAD, BpfMachine.Run(filter.Program, X86, X86Getpid));
        Assert.Equal(SECCOMP_RET_KILL_THREAD, BpfMachine.Run(filter.Program, X86_64, X64Getpid | X32Bit));
    }

    [Fact]
    public void Calls_younger_than_the_profile_answer_enosys()
    {
        Assert.SkipUnless(Native == X86_64, "an x86-64 test");
        SeccompDescription Description(params uint[] architectures) => new()
        {
            DefaultAction = Eperm,
            Architectures = architectures,
            Rules = [Rule(SECCOMP_RET_ALLOW, "getpid", "openat2")], // 437 on all three
            NewerIsNosys = true,
        };

        var all = SeccompCompiler.Compile(Description(X86, X32)).Program;
        foreach (var (architecture, bit) in new[] { (X86_64, 0), (X86, 0), (X86_64, X32Bit) })
        {
            Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(all, architecture, 437 | bit));
            Assert.Equal(Eperm, BpfMachine.Run(all, architecture, 436 | bit));
            Assert.Equal(Nosys, BpfMachine.Run(all, architecture, 438 | bit));
            Assert.Equal(Nosys, BpfMachine.Run(all, architecture, 9999 | bit));
        }

        Assert.Equal(SECCOMP_RET_KILL_THREAD, BpfMachine.Run(all, Aarch64, 9999));

        var native = SeccompCompiler.Compile(Description()).Program;
        Assert.Equal(Nosys, BpfMachine.Run(native, X86_64, 438));
        Assert.Equal(SECCOMP_RET_KILL_THREAD, BpfMachine.Run(native, X86_64, 438 | X32Bit));
        Assert.Equal(SECCOMP_RET_KILL_THREAD, BpfMachine.Run(native, X86, 9999));
    }

    [Fact]
    public void Private_calls_of_arm_are_no_younger_ones()
    {
        var filter = SeccompCompiler.Compile(new SeccompDescription
        {
            DefaultAction = Eperm,
            Architectures = [Arm],
            Rules = [Rule(SECCOMP_RET_ALLOW, "openat2", "set_tls")],
            NewerIsNosys = true,
        });
        Assert.Equal(Nosys, BpfMachine.Run(filter.Program, Arm, 438));
        Assert.Equal(Eperm, BpfMachine.Run(filter.Program, Arm, 0xf0001));
    }

    [Fact]
    public void Flags_fit_what_the_filter_does()
    {
        const uint asked = SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_TSYNC
            | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        SeccompDescription With(uint action) => new()
        {
            DefaultAction = SECCOMP_RET_ALLOW,
            Flags = asked,
            Rules = [Rule(action, "mount")],
        };
        Assert.Equal(asked & ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, SeccompCompiler.Compile(With(Eperm)).Flags);
        Assert.Equal(
            asked | SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
            SeccompCompiler.Compile(With(SECCOMP_RET_USER_NOTIF)).Flags);
    }

    [Fact]
    public void Many_rules_make_a_tree_with_the_same_verdicts()
    {
        string[] names =
        [
            "read", "write", "close", "fstat", "lseek", "mmap", "mprotect", "munmap", "brk", "ioctl", "pread64", "pwrite64",
            "readv", "writev", "pipe2", "sched_yield", "mremap", "msync", "mincore", "madvise", "shmget", "shmat", "shmctl",
            "dup", "nanosleep", "getitimer", "setitimer", "getpid", "sendfile", "connect", "accept4", "sendto", "recvfrom",
            "bind", "listen", "getsockname", "getpeername", "socketpair", "clone", "execve", "exit", "wait4", "kill",
        ];
        var tree = SeccompCompiler.Compile(new SeccompDescription
        {
            DefaultAction = Eperm,
            Rules = [Rule(SECCOMP_RET_ALLOW, names)],
        });
        var allowed = names.Select(name => LibSeccomp.NumberOf(name, Native)).ToHashSet();
        Assert.Equal(names.Length, allowed.Count);
        for (var number = 0; number < 500; number++)
        {
            Assert.Equal(allowed.Contains(number) ? SECCOMP_RET_ALLOW : Eperm, Run(tree, number));
        }
    }

    [Fact]
    public void A_filter_of_a_foreign_byte_order_is_refused_by_name()
    {
        var error = Assert.Throws<SeccompException>(() => SeccompCompiler.Compile(
            new SeccompDescription { DefaultAction = Eperm, Architectures = [S390X] }));
        Assert.Contains("0x80000016", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sock_fprog_is_laid_out_as_in_C()
    {
        Assert.Equal(16, Unsafe.SizeOf<SockFprog>());
        Assert.Equal(8, (int)Marshal.OffsetOf<SockFprog>(nameof(SockFprog.Filter)));
    }

    [Fact]
    public unsafe void The_kernel_takes_the_program_and_obeys_it()
    {
        var filter = SeccompCompiler.Compile(new SeccompDescription
        {
            DefaultAction = SECCOMP_RET_ALLOW,
            Architectures = Native == X86_64 ? [X86, X32] : [Arm],
            Flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
            Rules = [Rule(SECCOMP_RET_ERRNO | (uint)Errno.EXDEV, "getppid"),
                Rule(SECCOMP_RET_ERRNO | (uint)Errno.ENOANO, "umask", new SeccompCondition(0, SeccompOperator.Equal, 0x123))],
        });
        nint loaded = -1, parent = 0, umask = 0, otherUmask = -1;

        // A filter stays with its thread for life, so it gets a thread of its own.
        var thread = new Thread(() =>
        {
            fixed (byte* program = filter.Program)
            {
                var fprog = new SockFprog { Length = filter.Length, Filter = (nint)program };
                loaded = Syscall.Invoke(Nr.seccomp, SECCOMP_SET_MODE_FILTER, (nint)filter.Flags, (nint)(&fprog));
            }

            parent = Syscall.Invoke(Nr.getppid);
            umask = Syscall.Invoke(Nr.umask, 0x123);
            otherUmask = Syscall.Invoke(Nr.umask, 18);
        });
        thread.Start();
        thread.Join();
        if (Syscall.ErrnoOf(loaded) is Errno.EACCES)
        {
            Assert.Skip("needs CAP_SYS_ADMIN");
        }

        Assert.Equal(0, loaded);
        Assert.Equal(Errno.EXDEV, Syscall.ErrnoOf(parent));
        Assert.Equal(Errno.ENOANO, Syscall.ErrnoOf(umask));
        Assert.True(otherUmask >= 0);
        Assert.True(Syscall.Invoke(Nr.getppid) > 0);
    }

    [Fact]
    public void The_loaded_library_is_named()
    {
        Compile(SECCOMP_RET_ALLOW, Rule(Eperm, "mount"));
        Assert.True(File.Exists(SeccompCompiler.LoadedLibrary()));
    }

    private static SeccompRule Rule(uint action, params string[] names) => new(names, action, []);

    private static SeccompRule Rule(uint action, string name, params SeccompCondition[] conditions)
        => new([name], action, conditions);

    private static SeccompFilter Compile(uint defaultAction, params SeccompRule[] rules)
        => SeccompCompiler.Compile(new SeccompDescription { DefaultAction = defaultAction, Rules = rules });

    private static uint Run(SeccompFilter filter, int number, params ulong[] arguments)
        => BpfMachine.Run(filter.Program, Native, number, arguments);
}
