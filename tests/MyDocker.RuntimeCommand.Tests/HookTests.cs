using System.Diagnostics;
using System.Text.Json.Nodes;
using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>hooks: when each kind runs, in whose namespaces, with what on its standard input, and what its failure does.</summary>
public sealed class HookTests
{
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void EachKindRunsInItsTurnAndIsToldTheState(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Annotations = new() { ["a"] = "b" };
        bundle.Process.Capabilities = Bundle.Capabilities();
        bundle.Spec.Hooks = new Hooks
        {
            Prestart = [Told(bundle, "prestart")],
            CreateRuntime = [Told(bundle, "createRuntime"), Told(bundle, "createRuntime2")],
            CreateContainer = [Told(bundle, "createContainer")],
            StartContainer = [new Hook { Path = "/bin/sh", Args = ["sh", "-c", "cat >/startContainer; echo >>/startContainer; readlink /proc/self/ns/mnt >>/startContainer; echo startContainer >>/order"], Env = ["PATH=/bin"] }],
            Poststart = [Told(bundle, "poststart")],
            Poststop = [Told(bundle, "poststop")],
        };

        bundle.Run("echo command >>/order; cat /order; readlink /proc/self/ns/mnt >/own").Is(0);

        Assert.Equal(["prestart", "createRuntime", "createRuntime2", "createContainer", "poststart", "poststop"], File.ReadAllLines(Path.Combine(bundle.Directory, "order")));
        Assert.Equal(["startContainer", "command"], File.ReadAllLines(Path.Combine(bundle.Rootfs, "order")));
        var own = File.ReadAllText(Path.Combine(bundle.Rootfs, "own")).Trim();
        var host = new FileInfo("/proc/self/ns/mnt").LinkTarget!;
        foreach (var (name, statuses, mounts) in new[]
        {
            ("prestart", "creating created", host), ("createRuntime", "creating", host), ("createContainer", "creating", own),
            ("startContainer", "created", own), ("poststart", runtime == OciRuntime.Ours ? "running" : "running created", host), ("poststop", "stopped", host),
        })
        {
            var lines = File.ReadAllText(Path.Combine(name == "startContainer" ? bundle.Rootfs : bundle.Directory, name)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var state = JsonNode.Parse(string.Concat(lines[..^1]))!;
            Assert.Contains((string)state["status"]!, statuses.Split(' '));
            Assert.Equal((bundle.Directory, "b"), ((string?)state["bundle"], (string?)state["annotations"]!["a"]));
            Assert.Equal(name != "poststop", (int?)state["pid"] > 0);
            Assert.Equal(mounts, lines[^1]);
        }
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void ArgumentsAndEnvironmentAreTheHooksOwn(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Hooks = new Hooks
        {
            CreateRuntime = [new Hook { Path = "/bin/sh", Args = ["other-name", "-c", $"echo \"$0 $1 $A\" >{bundle.Directory}/out; env | wc -l >>{bundle.Directory}/out", "zero", "one"], Env = ["A=B", "PATH=/usr/bin:/bin"] }],
        };
        bundle.Run("true").Is(0);
        var lines = File.ReadAllLines(Path.Combine(bundle.Directory, "out"));
        Assert.Equal("zero one B", lines[0]);
        Assert.InRange(int.Parse(lines[1], System.Globalization.CultureInfo.InvariantCulture), 2, 5); // what the shell adds itself
    }

    /// <summary>Before the start the container is not made; after it the specification of 1.3 wants it ended.</summary>
    [Theory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    [InlineData("poststart")]
    public void AFailureEndsTheContainer(string kind)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var hook = new Hook { Path = "/bin/sh", Args = ["sh", "-c", "echo no way >&2; exit 3"] };
        Set(bundle, kind, hook);
        bundle.Run("echo started").FailsWith(kind);
        Assert.Equal("null", bundle.Command("list", "--format", "json").Is(0).Out.Trim());
    }

    [Fact]
    public void AFailureAfterTheEndIsAWarning()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        Set(bundle, "poststop", new Hook { Path = "/bin/false" });
        Assert.Contains("poststop", bundle.Run("true").Is(0).Err, StringComparison.Ordinal);
    }

    /// <summary>With all that it has started.</summary>
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void ATimeoutEndsTheHook(string runtime)
    {
        using var bundle = new Bundle(runtime);
        Set(bundle, "createRuntime", new Hook { Path = "/bin/sleep", Args = ["sleep", "300"], Timeout = 1 });
        var watch = Stopwatch.StartNew();
        bundle.Run("true").FailsWith("1");
        Assert.InRange(watch.Elapsed.TotalSeconds, 1, 60);
    }

    private static void Set(Bundle bundle, string kind, Hook hook)
    {
        var hooks = bundle.Spec.Hooks = new Hooks();
        List<Hook> list = [hook];
        switch (kind)
        {
            case "prestart": hooks.Prestart = list; break;
            case "createRuntime": hooks.CreateRuntime = list; break;
            case "createContainer": hooks.CreateContainer = list; break;
            case "startContainer": hooks.StartContainer = list; break;
            case "poststart": hooks.Poststart = list; break;
            default: hooks.Poststop = list; break;
        }
    }

    /// <summary>Writes what it is told, and its mount namespace, to a file of its name, and the name to a list.</summary>
    private static Hook Told(Bundle bundle, string name) => new()
    {
        Path = "/bin/sh",
        Args = ["sh", "-c", $"cat >{bundle.Directory}/{name}; echo >>{bundle.Directory}/{name}; readlink /proc/self/ns/mnt >>{bundle.Directory}/{name}; echo {name} >>{bundle.Directory}/order"],
    };
}
