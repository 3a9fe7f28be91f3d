using MyDocker.Kernel.Seccomp;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Seccomp;
using static MyDocker.Kernel.Seccomp.SeccompAction;

namespace MyDocker.Runtime.Tests.Seccomp;

public sealed class SeccompConversionTests
{
    public static TheoryData<LinuxSeccomp, string> Wrong => new()
    {
        { Profile(p => p.DefaultAction = "ALLOW"), "linux.seccomp.defaultAction" },
        { Profile(p => p.DefaultAction = "SCMP_ACT_NOTIFY"), "linux.seccomp.defaultAction" },
        { Profile(p => (p.DefaultAction, p.DefaultErrnoRet) = ("SCMP_ACT_ERRNO", 65536)), "linux.seccomp.defaultErrnoRet" },
        { Profile(p => p.Architectures = ["SCMP_ARCH_X86", "x86"]), "linux.seccomp.architectures[1]" },
        { Profile(p => p.Flags = ["SECCOMP_FILTER_FLAG_NEW_LISTENER"]), "linux.seccomp.flags[0]" },
        { Profile(p => p.Syscalls![1].Names = []), "linux.seccomp.syscalls[1].names" },
        { Profile(p => p.Syscalls![1].Names = ["read", ""]), "linux.seccomp.syscalls[1].names[1]" },
        { Profile(p => p.Syscalls![1].Action = ""), "linux.seccomp.syscalls[1].action" },
        { Profile(p => (p.Syscalls![0].Action, p.Syscalls[0].ErrnoRet) = ("SCMP_ACT_ERRNO", 4095)), "linux.seccomp.syscalls[0].errnoRet" },
        { Profile(p => p.Syscalls![1].Args![0].Index = 6), "linux.seccomp.syscalls[1].args[0].index" },
        { Profile(p => p.Syscalls![1].Args![0].Op = "EQ"), "linux.seccomp.syscalls[1].args[0].op" },
        { Profile(p => p.Syscalls![0].Action = "SCMP_ACT_NOTIFY"), "linux.seccomp.listenerPath" },
        {
            Profile(p => (p.ListenerPath, p.Syscalls![0].Action, p.Syscalls[0].Names) = ("/a", "SCMP_ACT_NOTIFY", ["read", "write"])),
            "linux.seccomp.syscalls[0].names[1]"
        },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_error_names_the_path(LinuxSeccomp profile, string path)
    {
        var error = Assert.Throws<SeccompProfileException>(() => SeccompConversion.ToDescription(profile));
        Assert.Equal(path, error.Path);
        Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD)]
    [InlineData("SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD)]
    [InlineData("SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS)]
    [InlineData("SCMP_ACT_TRAP", SECCOMP_RET_TRAP)]
    [InlineData("SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO | 7)]
    [InlineData("SCMP_ACT_TRACE", SECCOMP_RET_TRACE | 7)]
    [InlineData("SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW)]
    [InlineData("SCMP_ACT_LOG", SECCOMP_RET_LOG)]
    [InlineData("SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF)]
    public void Actions(string name, uint action)
    {
        var profile = Profile(p => (p.ListenerPath, p.Syscalls![0].Action, p.Syscalls[0].ErrnoRet) = ("/a", name, 7));
        Assert.Equal(action, SeccompConversion.ToDescription(profile).Rules[0].Action);
    }

    [Fact]
    public void An_errno_that_is_not_given_is_eperm()
    {
        var profile = Profile(p => (p.DefaultAction, p.Syscalls![0].Action) = ("SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"));
        var description = SeccompConversion.ToDescription(profile);
        Assert.Equal(SECCOMP_RET_ERRNO | 1, description.DefaultAction);
        Assert.Equal(SECCOMP_RET_TRACE | 1, description.Rules[0].Action);
    }

    [Fact]
    public void Every_architecture_of_the_specification_is_known()
    {
        const string names = "X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390"
            + " S390X PARISC PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB";
        var profile = Profile(p => p.Architectures = [.. names.Split(' ').Select(name => $"SCMP_ARCH_{name}")]);
        var architectures = SeccompConversion.ToDescription(profile).Architectures;
        Assert.Equal(23, architectures.Distinct().Count());
        Assert.Equal(0xC000003Eu, architectures[1]); // AUDIT_ARCH_X86_64
        Assert.Equal(0xC00000B7u, architectures[4]); // AUDIT_ARCH_AARCH64
    }

    [Fact]
    public void Flags_and_their_default()
    {
        Assert.Equal(SeccompCall.SECCOMP_FILTER_FLAG_SPEC_ALLOW, SeccompConversion.ToDescription(Profile(_ => { })).Flags);
        Assert.Equal(0u, SeccompConversion.ToDescription(Profile(p => p.Flags = [])).Flags);
        Assert.Equal(
            0b100111u,
            SeccompConversion.ToDescription(Profile(p => p.Flags =
            [
                "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
            ])).Flags);
    }

    [Theory]
    [InlineData("SCMP_ACT_ALLOW", null, false)]
    [InlineData("SCMP_ACT_LOG", null, false)]
    [InlineData("SCMP_ACT_TRACE", null, false)]
    [InlineData("SCMP_ACT_ERRNO", 38u, false)]
    [InlineData("SCMP_ACT_ERRNO", null, true)]
    [InlineData("SCMP_ACT_KILL", null, true)]
    public void Younger_calls_get_enosys_where_the_default_denies(string action, uint? errno, bool expected)
    {
        var profile = Profile(p => (p.DefaultAction, p.DefaultErrnoRet) = (action, errno));
        Assert.Equal(expected, SeccompConversion.ToDescription(profile).NewerIsNosys);
    }

    private static LinuxSeccomp Profile(Action<LinuxSeccomp> change)
    {
        var profile = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls =
            [
                new LinuxSyscall { Names = ["mount"], Action = "SCMP_ACT_ERRNO" },
                new LinuxSyscall
                {
                    Names = ["clone"],
                    Action = "SCMP_ACT_KILL",
                    Args = [new LinuxSeccompArg { Index = 0, Value = 1, Op = "SCMP_CMP_EQ" }],
                },
            ],
        };
        change(profile);
        return profile;
    }
}
