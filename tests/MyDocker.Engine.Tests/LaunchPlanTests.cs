using System.Text;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Cgroups;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Plan;

namespace MyDocker.Engine.Tests;

/// <summary>
/// The whole start of typical containers, step by step, as it was when somebody last looked at it: Plans/*.txt. A change of the
/// plan is a change of these files, to be read in review. MYDOCKER_RENEW_PLANS=1 writes them anew. No root needed.
/// </summary>
public sealed class LaunchPlanTests
{
    private const string V1 = """
        22 20 0:20 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        23 20 0:21 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        24 20 0:22 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
        25 20 0:23 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices
        26 20 0:24 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer

        """;

    private const string V2 = "22 20 0:20 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

    public static TheoryData<string> Names => ["default", "limits-v1", "limits-v2", "terminal-host-users", "read-only-volumes"];

    [Theory]
    [MemberData(nameof(Names))]
    public void ThePlanIsTheOneThatWasLookedAt(string name)
    {
        using var plan = LaunchPlanner.Plan(Request(name));
        var text = plan.Describe();
        var path = Path.Combine(SourceDirectory(), "Plans", $"{name}.txt");
        if (Environment.GetEnvironmentVariable("MYDOCKER_RENEW_PLANS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Assert.Equal(File.ReadAllText(path), text);
    }

    /// <summary>What must hold for every plan, whoever changes one of its parts.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void RightsAreGivenUpInTheOnlyOrderThatIsSafe(string name)
    {
        using var plan = LaunchPlanner.Plan(Request(name));
        var steps = Enumerable.Range(0, plan.Child.Count).Select(step => plan.Child.TextOf(step).ToString()).ToList();
        int At(string text) => steps.FindIndex(step => step.StartsWith(text, StringComparison.Ordinal));

        if (name != "limits-v2") // there the child is born in its cgroup
        {
            Assert.True(At("pivot_root") < At("join /sys"), "the cgroups are joined after the set-up, which is not the container's debt");
            Assert.InRange(At("join /sys"), 0, At("unshare cgroup namespace"));
        }

        Assert.True(At("close descriptors") < At("chdir to"), "no descriptor of the host is open when the working directory is entered (CVE-2024-21626)");
        Assert.True(At("wait for the start") < At("set user"), "nothing runs as the user before the start");
        Assert.True(At("set user") < At("set capabilities"));
        Assert.True(At("set no_new_privs") < At("execute"));
        Assert.True(plan.ExecStep < plan.Child.Count);
        Assert.All(steps.Skip(plan.ExecStep), step => Assert.StartsWith("execute", step));
    }

    /// <summary>As in docker: only where the root file system shares with the host can a volume; never with users of one's own.</summary>
    [Theory]
    [InlineData("rshared", "host", "shared")]
    [InlineData("rslave", "host", null)]
    [InlineData("rshared", "", null)]
    public void ASharedVolumeNeedsASharedRoot(string word, string users, string? expected)
    {
        var options = new RunOptions { Image = "demo", Command = ["/bin/true"], UserNamespace = users, Mounts = [new MountOption("bind", "/usr", "/data", ["rbind", word], CreateSource: false)] };

        Assert.Equal(expected, SpecBuilder.Build(new ContainerRecord { Id = new string('a', 64), Name = "a", Options = options, CommandLine = options.Command }, 0x7000_0000).Linux!.RootfsPropagation);
    }

    private static LaunchRequest Request(string name)
    {
        var options = new RunOptions { Image = "demo", Command = ["/bin/true"] };
        var layout = V1;
        switch (name)
        {
            case "limits-v2":
                layout = V2;
                goto case "limits-v1";
            case "limits-v1":
                options.Memory = 10 << 20;
                options.OomPause = layout == V1;
                options.CpuPeriod = 4000;
                options.CpuQuota = 2000;
                break;
            case "terminal-host-users":
                options.Terminal = true;
                options.UserNamespace = "host";
                options.Command = ["sh"];
                break;
            case "read-only-volumes":
                options.ReadOnly = true;
                options.Mounts = [new MountOption("bind", "/usr", "/data", ["rbind", "ro", "rro"], CreateSource: false), new MountOption("tmpfs", "", "/scratch", ["size=1048576"], CreateSource: false)];
                break;
        }

        var id = string.Concat(Enumerable.Repeat("0123456789abcdef", 4));
        var record = new ContainerRecord { Id = id, Name = "web1", Options = options, CommandLine = options.Command };
        var spec = SpecBuilder.Build(record, 0x7000_0000);
        return new LaunchRequest
        {
            Id = id,
            Spec = spec,
            Rootfs = new RootfsSource.Overlay("/data/layers", ["1111/fs", "2222/fs"], "/data/containers/web1", Volatile: true),
            Directory = "/data/mount",
            Stdio = options.Terminal ? new ProcessStdio.Terminal(24, 80) : new ProcessStdio.Inherited(NullStreams: 1),
            OwnFiles = OwnFiles.For(record),
            Seccomp = new SeccompFilterProgram(new byte[16], 0),
            Cgroup = CgroupSetup.Plan(CgroupLayout.Parse(Encoding.UTF8.GetBytes(layout), _ => Controllers.Memory | Controllers.Cpu | Controllers.Pids), $"/mydocker-{id}", spec.Linux!.Resources),
        };
    }

    private static string SourceDirectory([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
