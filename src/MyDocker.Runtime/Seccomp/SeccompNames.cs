using MyDocker.Kernel.Seccomp;
using static MyDocker.Kernel.Seccomp.SeccompAction;
using static MyDocker.Kernel.Seccomp.SeccompCall;

namespace MyDocker.Runtime.Seccomp;

/// <summary>The names of a profile and what they mean (config-linux.md, "Seccomp"): read by the conversion, listed by <c>features</c>.</summary>
public static class SeccompNames
{
    private static readonly (string Name, uint Value)[] s_actions =
    [
        ("SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW),
        ("SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO),
        ("SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD),
        ("SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS),
        ("SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD),
        ("SCMP_ACT_LOG", SECCOMP_RET_LOG),
        ("SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF),
        ("SCMP_ACT_TRACE", SECCOMP_RET_TRACE),
        ("SCMP_ACT_TRAP", SECCOMP_RET_TRAP),
    ];

    private static readonly (string Name, SeccompOperator Value)[] s_operators =
    [
        ("SCMP_CMP_EQ", SeccompOperator.Equal),
        ("SCMP_CMP_GE", SeccompOperator.GreaterOrEqual),
        ("SCMP_CMP_GT", SeccompOperator.Greater),
        ("SCMP_CMP_LE", SeccompOperator.LessOrEqual),
        ("SCMP_CMP_LT", SeccompOperator.Less),
        ("SCMP_CMP_MASKED_EQ", SeccompOperator.MaskedEqual),
        ("SCMP_CMP_NE", SeccompOperator.NotEqual),
    ];

    private static readonly (string Name, uint Value)[] s_architectures =
    [
        ("SCMP_ARCH_AARCH64", SeccompArchitecture.Aarch64),
        ("SCMP_ARCH_ARM", SeccompArchitecture.Arm),
        ("SCMP_ARCH_LOONGARCH64", SeccompArchitecture.LoongArch64),
        ("SCMP_ARCH_M68K", SeccompArchitecture.M68K),
        ("SCMP_ARCH_MIPS", SeccompArchitecture.Mips),
        ("SCMP_ARCH_MIPS64", SeccompArchitecture.Mips64),
        ("SCMP_ARCH_MIPS64N32", SeccompArchitecture.Mips64N32),
        ("SCMP_ARCH_MIPSEL", SeccompArchitecture.Mipsel),
        ("SCMP_ARCH_MIPSEL64", SeccompArchitecture.Mipsel64),
        ("SCMP_ARCH_MIPSEL64N32", SeccompArchitecture.Mipsel64N32),
        ("SCMP_ARCH_PARISC", SeccompArchitecture.Parisc),
        ("SCMP_ARCH_PARISC64", SeccompArchitecture.Parisc64),
        ("SCMP_ARCH_PPC", SeccompArchitecture.Ppc),
        ("SCMP_ARCH_PPC64", SeccompArchitecture.Ppc64),
        ("SCMP_ARCH_PPC64LE", SeccompArchitecture.Ppc64Le),
        ("SCMP_ARCH_RISCV64", SeccompArchitecture.Riscv64),
        ("SCMP_ARCH_S390", SeccompArchitecture.S390),
        ("SCMP_ARCH_S390X", SeccompArchitecture.S390X),
        ("SCMP_ARCH_SH", SeccompArchitecture.SuperH),
        ("SCMP_ARCH_SHEB", SeccompArchitecture.SuperHBig),
        ("SCMP_ARCH_X32", SeccompArchitecture.X32),
        ("SCMP_ARCH_X86", SeccompArchitecture.X86),
        ("SCMP_ARCH_X86_64", SeccompArchitecture.X86_64),
    ];

    private static readonly (string Name, uint Value)[] s_flags =
    [
        (nameof(SECCOMP_FILTER_FLAG_LOG), SECCOMP_FILTER_FLAG_LOG),
        (nameof(SECCOMP_FILTER_FLAG_SPEC_ALLOW), SECCOMP_FILTER_FLAG_SPEC_ALLOW),
        (nameof(SECCOMP_FILTER_FLAG_TSYNC), SECCOMP_FILTER_FLAG_TSYNC),
        (nameof(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV), SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
    ];

    public static IEnumerable<string> Actions => s_actions.Select(entry => entry.Name);

    public static IEnumerable<string> Operators => s_operators.Select(entry => entry.Name);

    public static IEnumerable<string> Architectures => s_architectures.Select(entry => entry.Name);

    public static IEnumerable<string> Flags => s_flags.Select(entry => entry.Name);

    /// <summary>Those that the running kernel knows, too.</summary>
    public static IEnumerable<string> SupportedFlags => s_flags.Where(entry => Supports(entry.Value)).Select(entry => entry.Name);

    internal static uint? ActionOf(string name) => Find(s_actions, name);

    internal static SeccompOperator? OperatorOf(string name) => Find(s_operators, name);

    internal static uint? ArchitectureOf(string name) => Find(s_architectures, name);

    internal static uint? FlagOf(string name) => Find(s_flags, name);

    private static T? Find<T>((string Name, T Value)[] table, string name)
        where T : struct
    {
        foreach (var (known, value) in table)
        {
            if (known == name)
            {
                return value;
            }
        }

        return null;
    }
}
