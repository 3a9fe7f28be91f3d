using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

public sealed class SeccompTests
{
    public static TheoryData<string, bool> Runtimes
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var runtime in OciRuntime.All)
            {
                data.Add(runtime.Data, true);
                data.Add(runtime.Data, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void The_filter_answers_as_the_profile_says(string runtime, bool noNewPrivileges)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.NoNewPrivileges = noNewPrivileges;
        bundle.Linux.Seccomp = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
            Syscalls =
            [
                new() { Names = ["mkdir", "mkdirat"], Action = "SCMP_ACT_ERRNO", ErrnoRet = 122 }, // EDQUOT
                new() { Names = ["kill"], Action = "SCMP_ACT_ERRNO", Args = [new() { Index = 1, Value = 10, Op = "SCMP_CMP_EQ" }] },
            ],
        };
        var result = bundle.Run("mkdir /tmp/x; kill -10 $$ || kill -0 $$ && grep ^Seccomp: /proc/self/status").Is(0);
        Assert.Contains("Seccomp:\t2", result.Out, StringComparison.Ordinal);
        Assert.Contains("uota exceeded", result.Err, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void A_listener_reaches_its_agent(string runtime, bool noNewPrivileges)
    {
        using var bundle = new Bundle(runtime);
        using var agent = new SeccompAgent(Path.Combine(bundle.Directory, "agent.sock"));
        bundle.Process.NoNewPrivileges = noNewPrivileges;
        bundle.Process.User = new() { Uid = 1000, Gid = 1000 };
        bundle.Linux.Seccomp = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_X86_64"],
            ListenerPath = agent.Path,
            ListenerMetadata = "for the agent",
            Syscalls = [new() { Names = ["mkdir", "mkdirat"], Action = "SCMP_ACT_NOTIFY" }],
        };
        var result = bundle.Run("mkdir /tmp/x; ls /proc/self/fd 2>/dev/null").Is(0);
        var state = agent.State();
        Assert.Equal("for the agent", state.Metadata);
        Assert.Equal(["seccompFd"], state.Fds);
        Assert.Equal("creating", state.State!.Status);
        Assert.Equal(state.Pid, state.State.Pid);
        Assert.Contains("not supported", result.Err, StringComparison.OrdinalIgnoreCase); // the agent's answer: EOPNOTSUPP
        Assert.Equal(["0", "1", "2", "3"], result.Lines); // the listener itself stays outside
    }

    /// <summary>Every action, by what becomes of a process that makes the call.</summary>
    [Theory]
    [InlineData("SCMP_ACT_ALLOW", 0)]
    [InlineData("SCMP_ACT_LOG", 0)]
    [InlineData("SCMP_ACT_ERRNO", 1)]
    [InlineData("SCMP_ACT_TRACE", 1)] // nobody traces: ENOSYS
    [InlineData("SCMP_ACT_TRAP", 128 + 31)]
    [InlineData("SCMP_ACT_KILL", 128 + 31)]
    [InlineData("SCMP_ACT_KILL_THREAD", 128 + 31)]
    [InlineData("SCMP_ACT_KILL_PROCESS", 128 + 31)]
    public void An_action_is_what_it_says(string action, int code)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.Seccomp = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            Flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"],
            Syscalls = [new() { Names = ["mkdir", "mkdirat"], Action = action }],
        };
        Assert.Equal(code, bundle.Run("mkdir /tmp/x 2>/dev/null; exit $?").ExitCode);
    }

    [Theory]
    [InlineData("SCMP_CMP_EQ", 10, 0, true)]
    [InlineData("SCMP_CMP_EQ", 11, 0, false)]
    [InlineData("SCMP_CMP_NE", 11, 0, true)]
    [InlineData("SCMP_CMP_LT", 11, 0, true)]
    [InlineData("SCMP_CMP_LT", 10, 0, false)]
    [InlineData("SCMP_CMP_LE", 10, 0, true)]
    [InlineData("SCMP_CMP_GE", 10, 0, true)]
    [InlineData("SCMP_CMP_GT", 10, 0, false)]
    [InlineData("SCMP_CMP_GT", 9, 0, true)]
    [InlineData("SCMP_CMP_MASKED_EQ", 2, 2, true)]
    [InlineData("SCMP_CMP_MASKED_EQ", 1, 1, false)]
    public void An_argument_is_compared(string op, ulong value, ulong valueTwo, bool hits)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.Seccomp = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls = [new() { Names = ["kill"], Action = "SCMP_ACT_ERRNO", Args = [new() { Index = 1, Value = value, ValueTwo = valueTwo, Op = op }] }],
        };
        // signal 10; the shell ignores it
        Assert.Equal(hits ? "refused\n" : "sent\n", bundle.Run("trap '' USR1; kill -10 $$ 2>/dev/null && echo sent || echo refused").Is(0).Out);
    }

    [Fact]
    public void Unknown_calls_are_left_out_unless_the_annotation_of_crun_asks_for_an_error()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.Seccomp = new LinuxSeccomp { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = ["mkdir", "no_such_call"], Action = "SCMP_ACT_ERRNO" }] };
        bundle.Run("mkdir /tmp/x").FailsWith("not permitted");
        bundle.Spec.Annotations = new() { ["run.oci.seccomp_fail_unknown_syscall"] = "1" };
        bundle.Run("true").FailsWith("linux.seccomp.syscalls[0].names");
        bundle.Spec.Annotations["run.oci.seccomp_fail_unknown_syscall"] = "0";
        bundle.Run("true").Is(0);
    }

    [Fact]
    public void Without_its_agent_a_container_is_not_started()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.Seccomp = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            ListenerPath = Path.Combine(bundle.Directory, "nobody.sock"),
            Syscalls = [new() { Names = ["mkdir"], Action = "SCMP_ACT_NOTIFY" }],
        };
        bundle.Run("true").FailsWith("linux.seccomp.listenerPath");
        Assert.Equal("[]", bundle.Command("list", "--format", "json").Is(0).Out.Trim().Replace("null", "[]", StringComparison.Ordinal));
    }
}
