using MyDocker.Kernel.Seccomp;

namespace MyDocker.Runtime.Tests.Seccomp;

internal static class AllCapabilities
{
    public static readonly string[] Names =
    [
        "CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH", "CAP_SYS_BOOT", "CAP_SYS_CHROOT", "CAP_SYS_MODULE", "CAP_SYS_PACCT",
        "CAP_SYS_PTRACE", "CAP_SYS_RAWIO", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_SYS_NICE", "CAP_SYSLOG", "CAP_BPF",
        "CAP_PERFMON", "CAP_NET_ADMIN", "CAP_CHOWN",
    ];
}

/// <summary>Numbers of system calls, asked of a filter that treats one name apart from all others.</summary>
internal static class SyscallNumbers
{
    public static int Of(string name)
    {
        var filter = SeccompCompiler.Compile(new SeccompDescription
        {
            DefaultAction = SeccompAction.SECCOMP_RET_ALLOW,
            Rules = [new SeccompRule([name], SeccompAction.SECCOMP_RET_LOG, [])],
        });
        for (var number = 0; number < 1024; number++)
        {
            if (Kernel.Tests.Seccomp.BpfMachine.Run(filter.Program, SeccompArchitecture.Native, number) == SeccompAction.SECCOMP_RET_LOG)
            {
                return number;
            }
        }

        return -1;
    }
}
