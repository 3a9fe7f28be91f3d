using System.Security.Cryptography;
using System.Text.Json;
using MyDocker.Kernel.Seccomp;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Tests.Seccomp;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Seccomp;
using static MyDocker.Kernel.Seccomp.SeccompAction;
using static MyDocker.Kernel.Seccomp.SeccompArchitecture;

namespace MyDocker.Runtime.Tests.Seccomp;

public sealed class SeccompProfilesTests
{
    private const uint Eperm = SECCOMP_RET_ERRNO | (uint)Errno.EPERM;
    private const uint Enosys = SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS;

    private static readonly string[] s_dockerDefault =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    private static readonly SeccompFilter s_default = Compile(s_dockerDefault);

    public static TheoryData<string> AlwaysDenied => new(
        "keyctl", "add_key", "request_key", "kexec_load", "kexec_file_load", "userfaultfd", "io_uring_setup",
        "io_uring_enter", "io_uring_register", "swapon", "swapoff", "move_pages", "migrate_pages", "nfsservctl", "pivot_root");

    public static TheoryData<string, string> DeniedWithout => new()
    {
        { "mount", "CAP_SYS_ADMIN" }, { "umount2", "CAP_SYS_ADMIN" }, { "unshare", "CAP_SYS_ADMIN" }, { "setns", "CAP_SYS_ADMIN" },
        { "bpf", "CAP_SYS_ADMIN" }, { "bpf", "CAP_BPF" }, { "perf_event_open", "CAP_PERFMON" }, { "fsopen", "CAP_SYS_ADMIN" },
        { "open_by_handle_at", "CAP_DAC_READ_SEARCH" }, { "reboot", "CAP_SYS_BOOT" }, { "init_module", "CAP_SYS_MODULE" },
        { "acct", "CAP_SYS_PACCT" }, { "kcmp", "CAP_SYS_PTRACE" }, { "pidfd_getfd", "CAP_SYS_PTRACE" },
        { "clock_settime", "CAP_SYS_TIME" }, { "vhangup", "CAP_SYS_TTY_CONFIG" }, { "mbind", "CAP_SYS_NICE" },
        { "syslog", "CAP_SYSLOG" }, { "quotactl", "CAP_SYS_ADMIN" }, { "sethostname", "CAP_SYS_ADMIN" },
    };

    [Fact]
    public void What_programs_need_is_allowed()
    {
        foreach (var name in "read write execve openat futex clock_gettime ptrace socketpair rseq statx seccomp chroot".Split(' '))
        {
            Assert.Equal((name, SECCOMP_RET_ALLOW), (name, Run(s_default, name)));
        }
    }

    [Theory]
    [MemberData(nameof(AlwaysDenied))]
    public void Calls_that_no_capability_opens(string name)
        => Assert.Equal(Eperm, Run(Compile(AllCapabilities.Names), name));

    [Theory]
    [MemberData(nameof(DeniedWithout))]
    public void Calls_that_a_capability_opens(string name, string capability)
    {
        Assert.Equal(Eperm, Run(s_default, name));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(Compile([.. s_dockerDefault, capability]), name));
    }

    [Fact]
    public void Chroot_goes_with_its_capability()
        => Assert.Equal(Eperm, Run(Compile([]), "chroot"));

    [Theory]
    [InlineData(0x00020000)] // CLONE_NEWNS
    [InlineData(0x02000000)] // CLONE_NEWCGROUP
    [InlineData(0x04000000)] // CLONE_NEWUTS
    [InlineData(0x08000000)] // CLONE_NEWIPC
    [InlineData(0x10000000)] // CLONE_NEWUSER
    [InlineData(0x20000000)] // CLONE_NEWPID
    [InlineData(0x40000000)] // CLONE_NEWNET
    public void Clone_makes_no_namespace(ulong flag)
    {
        Assert.Equal(Eperm, Run(s_default, "clone", flag | 17));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(Compile(["CAP_SYS_ADMIN"]), "clone", flag | 17));
    }

    [Fact]
    public void Clone_makes_threads_and_children()
    {
        Assert.Equal(SECCOMP_RET_ALLOW, Run(s_default, "clone", 0x003d0f00)); // pthread_create
        Assert.Equal(SECCOMP_RET_ALLOW, Run(s_default, "clone", 0x01200011)); // fork
    }

    [Fact]
    public void Clone3_does_not_exist_without_its_capability()
    {
        Assert.Equal(Enosys, Run(s_default, "clone3"));
        Assert.Equal(SECCOMP_RET_ALLOW, Run(Compile(["CAP_SYS_ADMIN"]), "clone3"));
    }

    [Fact]
    public void Sockets_of_every_family_but_two()
    {
        for (var family = 0UL; family < 64; family++)
        {
            var expected = family is 38 or 40 ? Eperm : SECCOMP_RET_ALLOW;
            Assert.Equal((family, expected), (family, Run(s_default, "socket", family)));

            // The kernel reads 32 bits of the family: dirt above them must change nothing.
            Assert.Equal((family, expected), (family, Run(s_default, "socket", family | 0xdead_beef_0000_0000)));
        }
    }

    [Theory]
    [InlineData(0x0, true)]
    [InlineData(0x8, true)]
    [InlineData(0x20000, true)]
    [InlineData(0x20008, true)]
    [InlineData(0xffffffff, true)]
    [InlineData(0x40000, false)] // ADDR_NO_RANDOMIZE
    [InlineData(0x400000, false)] // READ_IMPLIES_EXEC
    public void Personalities(ulong persona, bool allowed)
        => Assert.Equal(allowed ? SECCOMP_RET_ALLOW : Eperm, Run(s_default, "personality", persona));

    [Fact]
    public void Calls_that_the_profile_is_too_old_for_answer_enosys()
        => Assert.Equal(Enosys, BpfMachine.Run(s_default.Program, Native, 5000));

    [Fact]
    public void The_other_modes_of_the_processor_are_filtered_too()
    {
        Assert.SkipUnless(Native == X86_64, "an x86-64 test");
        const int x86Mount = 21, x86Open = 5, x32Bit = 0x40000000, x64Mount = 165;
        Assert.Equal(Eperm, BpfMachine.Run(s_default.Program, X86, x86Mount));
        Assert.Equal(SECCOMP_RET_ALLOW, BpfMachine.Run(s_default.Program, X86, x86Open));
        Assert.Equal(Eperm, BpfMachine.Run(s_default.Program, X86_64, x64Mount | x32Bit));
        Assert.Equal(SECCOMP_RET_KILL_THREAD, BpfMachine.Run(s_default.Program, Aarch64, 40));
    }

    [Fact]
    public void No_name_is_listed_twice_for_nothing()
    {
        var unconditional = SeccompProfiles.Default(new HashSet<string>()).Syscalls!
            .Where(rule => rule.Args is null)
            .SelectMany(rule => rule.Names!)
            .ToList();
        Assert.Equal(unconditional.Distinct().Count(), unconditional.Count);
    }

    /// <summary>If this fails because the profile was changed on purpose: raise DefaultVersion and put both in here.</summary>
    [Fact]
    public void A_changed_profile_has_a_new_version()
    {
        Assert.SkipUnless(Native == X86_64, "an x86-64 test");
        var everything = SeccompProfiles.Default(AllCapabilities.Names.ToHashSet());
        var nothing = SeccompProfiles.Default(new HashSet<string>());
        var json = JsonSerializer.SerializeToUtf8Bytes(everything, RuntimeJson.Default.LinuxSeccomp)
            .Concat(JsonSerializer.SerializeToUtf8Bytes(nothing, RuntimeJson.Default.LinuxSeccomp)).ToArray();
        Assert.Equal((1, "2f1ee9704b1640b9"), (SeccompProfiles.DefaultVersion, Convert.ToHexStringLower(SHA256.HashData(json))[..16]));
    }

    [Fact]
    public unsafe void The_kernel_obeys_the_default_profile()
    {
        nint loaded = -1, keyctl = 0, unshare = 0, young = 0, vsock = 0, pid = 0;

        // A filter stays with its thread for life, so it gets a thread of its own.
        var thread = new Thread(() =>
        {
            fixed (byte* program = s_default.Program)
            {
                var fprog = new SockFprog { Length = s_default.Length, Filter = (nint)program };
                loaded = Syscall.Invoke(Nr.seccomp, SeccompCall.SECCOMP_SET_MODE_FILTER, (nint)s_default.Flags, (nint)(&fprog));
            }

            keyctl = Syscall.Invoke(Nr.keyctl, 0, -3);
            unshare = Syscall.Invoke(Nr.unshare, 0);
            young = Syscall.Invoke(5000);
            vsock = Syscall.Invoke(Nr.socket, 40, 1);
            pid = Syscall.Invoke(Nr.getpid);
        });
        thread.Start();
        thread.Join();
        if (Syscall.ErrnoOf(loaded) is Errno.EACCES)
        {
            Assert.Skip("needs CAP_SYS_ADMIN");
        }

        Assert.Equal(0, loaded);
        Assert.Equal(Errno.EPERM, Syscall.ErrnoOf(keyctl));
        Assert.Equal(Errno.EPERM, Syscall.ErrnoOf(unshare));
        Assert.Equal(Errno.ENOSYS, Syscall.ErrnoOf(young));
        Assert.Equal(Errno.EPERM, Syscall.ErrnoOf(vsock));
        Assert.Equal(Environment.ProcessId, (int)pid);
    }

    private static SeccompFilter Compile(IEnumerable<string> capabilities)
        => SeccompCompiler.Compile(SeccompConversion.ToDescription(SeccompProfiles.Default(capabilities.ToHashSet())));

    private static uint Run(SeccompFilter filter, string name, params ulong[] arguments)
    {
        var number = SyscallNumbers.Of(name);
        Assert.SkipWhen(number < 0, $"{name} is not known here");
        return BpfMachine.Run(filter.Program, Native, number, arguments);
    }
}
