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
