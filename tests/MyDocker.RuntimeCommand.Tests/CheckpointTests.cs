using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>checkpoint and restore, with a CRIU that works; without one, what they say then.</summary>
public sealed partial class CheckpointTests
{
    private const string Counter = "i=0; while :; do i=$((i+1)); echo $i >/tmp/next; mv /tmp/next /tmp/count; sleep 0.05; done";

    private static Bundle NewBundle()
    {
        var bundle = new Bundle(OciRuntime.Ours);
        bundle.Spec.Mounts!.Add(new() { Destination = "/tmp", Type = "tmpfs", Source = "tmpfs" });
        return bundle;
    }

    private static void RequireCriu(string? feature = null)
    {
        var criu = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "criu")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(criu is null, "no criu in $PATH: install it");
        var check = OciRuntime.Execute(criu!, ["check"]);
        Assert.SkipUnless(check.ExitCode == 0, $"criu check fails: {check.Err.Trim()}");
        Assert.SkipUnless(feature is null || OciRuntime.Execute(criu!, ["check", "--feature", feature]).ExitCode == 0, $"criu check: kernel or criu lacks {feature}");
    }

    private static int Count(Bundle bundle, string id)
    {
        var text = "";
        Lifecycle.Until(() => (text = bundle.Command("exec", id, "cat", "/tmp/count").Out).Length > 0, "the count");
        return int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>run, or restore, in the background; a file of the host as a stream could not be written down.</summary>
    private static void Begin(Bundle bundle, string verb, params string[] arguments)
    {
        bundle.Save();
        var result = OciRuntime.Execute("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>/dev/null", "sh", OciRuntime.PathOf(OciRuntime.Ours), "--log", "log", "--root", bundle.Root(), verb, .. arguments], bundle.Directory);
        Assert.True(result.ExitCode == 0, $"{verb}: {(File.Exists(Path.Combine(bundle.Directory, "log")) ? File.ReadAllText(Path.Combine(bundle.Directory, "log")) : "")}");
    }

    private static string Start(Bundle bundle, string script = Counter)
    {
        bundle.Process.Args = ["sh", "-c", script];
        var id = bundle.NextId();
        Begin(bundle, "run", "-d", id);
        return id;
    }

    [Fact]
    public void A_container_goes_on_where_it_was()
    {
        RequireCriu();
        using var bundle = NewBundle();
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "shared/below"));
        bundle.Spec.Mounts!.Add(new() { Destination = "/shared", Type = "bind", Source = "shared", Options = ["bind"] });
        bundle.Spec.Mounts.Add(new() { Destination = "/shared/below/x", Type = "tmpfs", Source = "tmpfs" });
        bundle.Linux.MaskedPaths = ["/proc/acpi", "/proc/keys", "/proc/timer_list"];
        bundle.Linux.ReadonlyPaths = ["/proc/sys"];
        bundle.Linux.Resources!.Pids = new() { Limit = 50 };
        var id = Start(bundle);
        for (var round = 0; round < 2; round++)
        {
            var before = Count(bundle, id);
            bundle.Command("checkpoint", "--work-path", "work", id).Is(0);
            bundle.Command("state", id).FailsWith("does not exist");
            Begin(bundle, "restore", "-d", "--work-path", "work", "--pid-file", "pid", id);
            Assert.Equal("running", bundle.Status(id));
            Assert.Equal(bundle.Pid(id), int.Parse(File.ReadAllText(Path.Combine(bundle.Directory, "pid")), System.Globalization.CultureInfo.InvariantCulture));
            Assert.InRange(Count(bundle, id), before, before + 100);
            Assert.Equal("1\n", bundle.Command("exec", id, "sh", "-c", "ls -d /proc/1 | grep -c .").Is(0).Out);
            Assert.Equal("", bundle.Command("exec", id, "cat", "/proc/keys").Is(0).Out);
            Assert.NotEqual(0, bundle.Command("exec", id, "sh", "-c", "echo 1 >/proc/sys/kernel/shmmni").ExitCode);
            Assert.Contains(id, File.ReadAllText($"/proc/{bundle.Pid(id)}/cgroup"));
        }

        Assert.DoesNotContain("criu-root", File.ReadAllText("/proc/self/mountinfo"));
        bundle.Command("kill", id, "KILL").Is(0);
        bundle.WaitFor(id, "stopped");
        bundle.Command("delete", id).Is(0);
    }

    [Fact]
    public void What_runs_on_can_be_written_down_more_than_once()
    {
        RequireCriu();
        using var bundle = NewBundle();
        var id = Start(bundle);
        var before = Count(bundle, id);
        bundle.Command("checkpoint", "--leave-running", "--image-path", "one", id).Is(0);
        Assert.Equal("running", bundle.Status(id));
        var between = Count(bundle, id);
        bundle.Command("checkpoint", "--image-path", "two", id).Is(0);
        foreach (var (images, least) in new[] { ("two", between), ("one", before) })
        {
            Begin(bundle, "restore", "-d", "--image-path", images, id);
            Assert.InRange(Count(bundle, id), least, least + 1000);
            bundle.Command("delete", "-f", id).Is(0);
        }
    }

    [Fact]
    public void Only_what_has_changed_since_a_pre_dump_is_written()
    {
        RequireCriu("mem_dirty_track");
        using var bundle = NewBundle();
        var id = Start(bundle);
        var before = Count(bundle, id);
        bundle.Command("checkpoint", "--pre-dump", "--image-path", "first", id).Is(0);
        Assert.Equal("running", bundle.Status(id));
        bundle.Command("checkpoint", "--image-path", "last", "--parent-path", "../first", id).Is(0);
        Assert.True(Path.Exists(Path.Combine(bundle.Directory, "last/parent")));
        Begin(bundle, "restore", "-d", "--image-path", "last", id);
        Assert.InRange(Count(bundle, id), before, before + 1000);
        bundle.Command("delete", "-f", id).Is(0);
    }

    [Fact]
    public void In_the_foreground_its_exit_code_is_the_commands()
    {
        RequireCriu();
        using var bundle = NewBundle();
        var id = Start(bundle, "while [ ! -e /go ]; do sleep 0.05; done; exit 7");
        bundle.Command("checkpoint", id).Is(0);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "go"), "");
        bundle.Command("restore", id).Is(7);
        bundle.Command("state", id).FailsWith("does not exist");
    }

    [Fact]
    public void Pipes_are_those_of_who_restores()
    {
        RequireCriu();
        using var bundle = NewBundle();
        bundle.Process.Args = ["sh", "-c", "while read line; do echo got $line; [ $line != end ] || exit 3; done"];
        bundle.Save();
        var id = bundle.NextId();
        var runtime = $"{OciRuntime.PathOf(OciRuntime.Ours)} --root {bundle.Root()}";
        using var first = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", $"{{ echo one; exec sleep 1000; }} | {runtime} run -d {id} 2>&1 | cat >first"]) { WorkingDirectory = bundle.Directory })!;
        try
        {
            var answer = Path.Combine(bundle.Directory, "first");
            Lifecycle.Until(() => File.Exists(answer) && File.ReadAllText(answer).Contains("got one", StringComparison.Ordinal), "an answer");
            bundle.Command("checkpoint", id).Is(0);
        }
        finally
        {
            first.Kill(entireProcessTree: true);
        }

        var second = OciRuntime.Execute("/bin/bash", ["-c", $"echo end | {runtime} restore {id} 2>&1 | cat; exit ${{PIPESTATUS[1]}}"], bundle.Directory);
        Assert.Equal("got end\n", second.Is(3).Out);
    }

    [Fact]
    public void What_cannot_be_is_said()
    {
        using var bundle = NewBundle();
        var id = bundle.Create("sleep", "1000");
        bundle.Command("checkpoint", id).FailsWith("cannot be checkpointed in created state");
        bundle.Command("start", id).Is(0);
        bundle.Command("checkpoint", "--parent-path", "/absolute", id).FailsWith("--parent-path");
        bundle.Command("checkpoint", "--parent-path", "nowhere", id).FailsWith("--parent-path");
        bundle.Command("checkpoint", "--manage-cgroups-mode", "odd", id).FailsWith("manage-cgroups-mode");
        bundle.Command("checkpoint", "--empty-ns", "ipc", id).FailsWith("not supported");
        bundle.Command("checkpoint", "--page-server", "nonsense", id).FailsWith("--page-server");
        bundle.Command("restore", "--lsm-mount-context").FailsWith("flag needs an argument");
        Assert.Equal("running", bundle.Status(id));
    }

    [Fact]
    public void Without_criu_a_clear_error_and_the_container_runs_on()
    {
        using var bundle = NewBundle();
        var id = bundle.RunDetached("sleep", "1000");
        string[] global = ["--root", bundle.Root()];
        var nowhere = new Dictionary<string, string> { ["PATH"] = "/nonexistent" };
        var runtime = OciRuntime.PathOf(OciRuntime.Ours);
        OciRuntime.Execute(runtime, [.. global, "checkpoint", id], bundle.Directory, nowhere).FailsWith("criu(8), which is not in $PATH");
        Assert.Equal("running", bundle.Status(id));
        var other = bundle.NextId();
        OciRuntime.Execute(runtime, [.. global, "restore", "-d", other], bundle.Directory, nowhere).FailsWith("criu(8), which is not in $PATH");
        bundle.Command("state", other).FailsWith("does not exist");
    }

    /// <summary>Debian 12's criu does not start on newer kernels: it ends before it answers.</summary>
    [Fact]
    public void A_criu_that_does_not_work_is_quoted()
    {
        using var bundle = NewBundle();
        var id = bundle.RunDetached("sleep", "1000");
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "bin"));
        File.WriteAllText(Path.Combine(bundle.Directory, "bin/criu"), "#!/bin/sh\necho it is broken >&2\nexit 1\n");
        File.SetUnixFileMode(Path.Combine(bundle.Directory, "bin/criu"), (UnixFileMode)0x1ED);
        var path = new Dictionary<string, string> { ["PATH"] = Path.Combine(bundle.Directory, "bin") + ":/bin" };
        var result = OciRuntime.Execute(OciRuntime.PathOf(OciRuntime.Ours), ["--root", bundle.Root(), "checkpoint", id], bundle.Directory, path);
        result.FailsWith("exit code 1");
        result.FailsWith("it is broken");
        Assert.Equal("running", bundle.Status(id));
    }
}
