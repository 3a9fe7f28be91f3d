using System.Runtime.InteropServices;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Seccomp;

/// <summary>
/// The profile of a container that names none: the same verdicts as Docker's default profile of 2026-06 (an allow list;
/// EPERM for the rest), for x86-64 and arm64, on every kernel from 4.8. The one difference is in <see cref="AddSocket"/>.
/// </summary>
public static class SeccompProfiles
{
    /// <summary>Part of the cache key: raise it with every change of what <see cref="Default"/> returns.</summary>
    public const int DefaultVersion = 1;

    private const string Allow = "SCMP_ACT_ALLOW";
    private const string MaskedEqual = "SCMP_CMP_MASKED_EQ";
    private const string CapSysAdmin = "CAP_SYS_ADMIN";

    // CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET (sched.h)
    private const ulong NewNamespaces = 0x7e020000;

    /// <summary>What a container may always call, by subject. Names that libseccomp does not know yet are skipped.</summary>
    private static string[] Always =>
    [
        // files: open, read, write, close
        "open openat openat2 creat close close_range read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2",
        "lseek _llseek dup dup2 dup3 fcntl fcntl64 flock ioctl fsync fdatasync sync syncfs sync_file_range",
        "truncate truncate64 ftruncate ftruncate64 fallocate fadvise64 fadvise64_64 readahead",
        "copy_file_range sendfile sendfile64 splice tee vmsplice pipe pipe2 memfd_create memfd_secret",

        // names and what they stand for
        "access faccessat faccessat2 stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx",
        "statfs statfs64 fstatfs fstatfs64 statmount listmount getdents getdents64 getcwd chdir fchdir",
        "link linkat symlink symlinkat readlink readlinkat unlink unlinkat rename renameat renameat2",
        "mkdir mkdirat rmdir mknod mknodat name_to_handle_at umask",
        "chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 fchownat lchown lchown32",
        "utime utimes utimensat utimensat_time64 futimesat",
        "getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat",
        "listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat",

        // waiting for events
        "select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64",
        "epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2",
        "eventfd eventfd2 signalfd signalfd4 inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark",
        "io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64",

        // memory
        "brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock munlockall mseal cachestat",
        "remap_file_pages membarrier map_shadow_stack pkey_alloc pkey_free pkey_mprotect process_mrelease",

        // sockets (socket itself is below)
        "socketcall socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt setsockopt",
        "send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64",

        // System V and POSIX objects, futexes
        "ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget",
        "mq_open mq_unlink mq_notify mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64",
        "futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue get_robust_list set_robust_list rseq",

        // processes and threads
        "fork vfork execve execveat exit exit_group wait4 waitid waitpid prctl restart_syscall seccomp ptrace",
        "process_vm_readv process_vm_writev set_thread_area get_thread_area set_tid_address uretprobe riscv_hwprobe",
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self capget capset pidfd_open pidfd_send_signal",
        "getpid getppid gettid getpgid getpgrp setpgid getsid setsid getcpu getrandom uname sysinfo times",
        "getpriority setpriority ioprio_get ioprio_set getrusage getrlimit ugetrlimit setrlimit prlimit64",
        "sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam",
        "sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min",
        "sched_rr_get_interval sched_rr_get_interval_time64",

        // users and groups
        "getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getgroups getgroups32 setgroups setgroups32",
        "getresuid getresuid32 getresgid getresgid32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32",
        "setresuid setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32",

        // signals
        "kill tkill tgkill pause sigaltstack sigprocmask sigreturn rt_sigaction rt_sigpending rt_sigprocmask",
        "rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64",

        // clocks and timers
        "time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep",
        "clock_nanosleep_time64 nanosleep clock_adjtime clock_adjtime64 adjtimex alarm getitimer setitimer",
        "timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64",
        "timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64",
    ];

    /// <summary>What a capability allows besides; the order of the names is the order of the bits of the cache key.</summary>
    private static (string Capability, string Names)[] WithCapability =>
    [
        (CapSysAdmin, "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr"
            + " lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl"
            + " quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare"),
        ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
        ("CAP_SYS_BOOT", "reboot"),
        ("CAP_SYS_CHROOT", "chroot"),
        ("CAP_SYS_MODULE", "init_module finit_module delete_module"),
        ("CAP_SYS_PACCT", "acct"),
        ("CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise"),
        ("CAP_SYS_RAWIO", "iopl ioperm"),
        ("CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"),
        ("CAP_SYS_TTY_CONFIG", "vhangup"),
        ("CAP_SYS_NICE", "get_mempolicy set_mempolicy set_mempolicy_home_node mbind"),
        ("CAP_SYSLOG", "syslog"),
        ("CAP_BPF", "bpf"),
        ("CAP_PERFMON", "perf_event_open"),
    ];

    /// <summary>
    /// The default profile of a container with these capabilities (names like CAP_SYS_ADMIN, the bounding set).
    /// </summary>
    public static LinuxSeccomp Default(IReadOnlySet<string> capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        var arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        var rules = new List<LinuxSyscall>();
        foreach (var names in Always)
        {
            rules.Add(Rule(names));
        }

        rules.Add(Rule(arm
            ? "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"
            : "arch_prctl modify_ldt"));
        AddSocket(rules);
        AddPersonality(rules);
        foreach (var (capability, names) in WithCapability)
        {
            if (capabilities.Contains(capability))
            {
                rules.Add(Rule(names));
            }
        }

        if (!capabilities.Contains(CapSysAdmin))
        {
            AddClone(rules);
        }

        return new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            DefaultErrnoRet = 1, // EPERM
            Architectures = arm
                ? ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
                : ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            Syscalls = rules,
        };
    }

    /// <summary>The capabilities that change the default profile, as bits: all a cache key needs of them.</summary>
    internal static uint CapabilityBits(IReadOnlySet<string> capabilities)
    {
        var bits = 0u;
        var bit = 1u;
        foreach (var (capability, _) in WithCapability)
        {
            bits |= capabilities.Contains(capability) ? bit : 0;
            bit <<= 1;
        }

        return bits;
    }

    /// <summary>
    /// socket(2) for every family but AF_ALG (38, CVE-2026-31431) and AF_VSOCK (40, reaches the hypervisor's host).
    /// The family is an int, of which the kernel looks at 32 bits and a plain comparison at 64: 2^32 + 38 would pass
    /// "not 38". So the families are listed by mask. That leaves out those from 64 on, which no kernel has (AF_MAX is
    /// 46): EPERM instead of EAFNOSUPPORT. On 32-bit x86 socketcall(2) still reaches both, as its arguments are in
    /// memory; Docker leaves that to AppArmor.
    /// </summary>
    private static void AddSocket(List<LinuxSyscall> rules)
    {
        ReadOnlySpan<(uint First, uint Count)> families = [(0, 32), (32, 4), (36, 2), (39, 1), (41, 1), (42, 2), (44, 4), (48, 16)];
        foreach (var (first, count) in families)
        {
            rules.Add(Rule("socket", new LinuxSeccompArg { Op = MaskedEqual, Value = ~(count - 1), ValueTwo = first }));
        }
    }

    /// <summary>PER_LINUX and PER_LINUX32 with or without UNAME26, and the question which one is set (0xffffffff).</summary>
    private static void AddPersonality(List<LinuxSyscall> rules)
    {
        ReadOnlySpan<ulong> allowed = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];
        foreach (var persona in allowed)
        {
            rules.Add(Rule("personality", new LinuxSeccompArg { Op = "SCMP_CMP_EQ", Value = persona }));
        }
    }

    /// <summary>
    /// Threads and children, but no namespaces. The flags of clone3(2) are in memory, out of a filter's sight, so it is
    /// said not to exist and the C library falls back to clone(2).
    /// </summary>
    private static void AddClone(List<LinuxSyscall> rules)
    {
        rules.Add(Rule("clone", new LinuxSeccompArg { Op = MaskedEqual, Value = NewNamespaces, ValueTwo = 0 }));
        rules.Add(new LinuxSyscall { Names = ["clone3"], Action = "SCMP_ACT_ERRNO", ErrnoRet = 38 }); // ENOSYS
    }

    private static LinuxSyscall Rule(string names, LinuxSeccompArg? argument = null) => new()
    {
        Names = [.. names.Split(' ')],
        Action = Allow,
        Args = argument is null ? null : [argument],
    };
}
