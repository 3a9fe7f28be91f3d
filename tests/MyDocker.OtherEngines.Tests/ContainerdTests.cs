using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>ctr run --runc-binary mydocker-runtime.</summary>
public sealed class ContainerdTests : IClassFixture<Containerd>
{
    private readonly Containerd _engine;

    public ContainerdTests(Containerd engine)
    {
        engine.Require();
        _engine = engine;
    }

    [Fact]
    public void ACommandRunsAndItsExitCodeIsTold()
    {
        var result = _engine.Ctr(Run(["--rm"], "code", "/bin/sh", "-c", "echo out; exit 7")).Is(7);
        Assert.Equal("out\n", result.Out);
    }

    [Fact]
    public void ACommandThatIsNotThereIsAnErrorThatNamesIt()
    {
        var result = _engine.Ctr(Run(["--rm"], "missing", "/no/such"));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/no/such", result.Err);
    }

    [Fact]
    public void TheCommandHasATerminal()
        => Assert.Contains("/dev/pts/0", Host.OnTerminal(_engine.Command(Run(["--rm", "-t"], "tty", "/bin/tty"))).Is(0).Out);

    [Fact]
    public void ExecRunsInsideWithItsOwnExitCodeAndTerminal()
    {
        Detached("exec", [], "/bin/sleep", "1000");
        Assert.Equal("in\n", _engine.Ctr("task", "exec", "--exec-id", "one", "exec", "/bin/sh", "-c", "echo in; exit 9").Is(9).Out);
        Assert.Contains("/dev/pts/", Host.OnTerminal(_engine.Command("task", "exec", "-t", "--exec-id", "two", "exec", "/bin/tty")).Is(0).Out);
        Remove("exec");
    }

    [Fact]
    public void LimitsAreSet()
    {
        Detached("limits", ["--memory-limit", "33554432", "--cpu-quota", "50000", "--cpu-period", "100000"], "/bin/sleep", "1000");
        var pid = Pid("limits");
        Assert.Equal("33554432\n", CgroupFile(pid, "memory", "memory.limit_in_bytes", "memory.max"));
        Assert.StartsWith("50000", CgroupFile(pid, "cpu", "cpu.cfs_quota_us", "cpu.max"));
        Assert.Contains("memory", _engine.Ctr("task", "metrics", "limits").Is(0).Out);
        Remove("limits");
    }

    [Fact]
    public void MemoryThatRunsOutKills()
        => _engine.Ctr(Run(["--rm", "--memory-limit", "16777216"], "oom", "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=256M", "count=1")).Is(137);

    [Fact]
    public void APausedContainerStandsStillAndIsKilled()
    {
        Detached("paused", [], "/bin/sleep", "1000");
        _engine.Ctr("task", "pause", "paused").Is(0);
        Assert.Equal("PAUSED", Status("paused"));
        _engine.Ctr("task", "resume", "paused").Is(0);
        Assert.Equal("RUNNING", Status("paused"));
        Assert.Contains(Pid("paused"), _engine.Ctr("task", "ps", "paused").Is(0).Out);
        _engine.Ctr("task", "kill", "-s", "SIGKILL", "paused").Is(0);
        Wait.Until(() => Status("paused") == "STOPPED", "stopped");
        Assert.Contains("137", _engine.Ctr("task", "rm", "paused").Err);
        _engine.Ctr("containers", "rm", "paused").Is(0);
    }

    [Fact]
    public void UnderSystemdAContainerIsAScopeWithItsLimits()
    {
        Host.RequireSystemd();
        Detached("scope", ["--runc-systemd-cgroup", "--cgroup", "system.slice:ctr:scope", "--memory-limit", "33554432"], "/bin/sleep", "1000");
        Assert.Equal(["ctr-scope.scope"], Host.Units("ctr-scope"));
        Assert.Equal("33554432\n", CgroupFile(Pid("scope"), "memory", "memory.limit_in_bytes", "memory.max"));
        Assert.Equal("in\n", _engine.Ctr("task", "exec", "--exec-id", "one", "scope", "/bin/echo", "in").Is(0).Out);
        Remove("scope");
        Wait.Until(() => Host.Units("ctr-scope").Length == 0, "the scope is gone");
        _engine.Ctr(Run(["--rm", "--runc-systemd-cgroup", "--cgroup", "system.slice:ctr:oom", "--memory-limit", "16777216"], "oom", "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=256M", "count=1")).Is(137);
        Wait.Until(() => Host.Units("ctr-oom").Length == 0, "the scope of the one that ran out of memory is gone");
    }

    [Fact]
    public void FiftyAtOnceAllRun()
    {
        var all = Enumerable.Range(0, Host.Many).Select(number =>
        {
            var command = _engine.Command(Run(["--rm"], $"many{number}", "/bin/sh", "-c", $"echo number {number}; exit {number}"));
            return Tool.Start(command[0], command[1..]);
        }).ToArray();
        var failed = new List<string>();
        for (var i = 0; i < all.Length; i++)
        {
            using (all[i])
            {
                var result = all[i].End(240);
                if (result.ExitCode != i || result.Out != $"number {i}\n")
                {
                    failed.Add($"{i}: {result.ExitCode} {result.Out} {result.Err}");
                }
            }
        }

        Assert.True(failed.Count == 0, string.Join('\n', failed));
    }

    private string[] Run(string[] options, string id, params string[] command)
        => ["run", "--runc-binary", _engine.Host.Runtime, "--runc-root", $"{_engine.Host.Directory}/runtime", "--rootfs", .. options, _engine.Host.Root, id, .. command];

    private void Detached(string id, string[] options, params string[] command)
        => _engine.Ctr(Run(["-d", .. options], id, command)).Is(0);

    private void Remove(string id)
    {
        _engine.Ctr("task", "rm", "-f", id);
        _engine.Ctr("containers", "rm", id).Is(0);
    }

    private string[] Task(string id) => _engine.Ctr("task", "ls").Is(0).Lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Single(words => words[0] == id);

    private string Status(string id) => Task(id)[2];

    private string Pid(string id) => Task(id)[1];

    private static string CgroupFile(string pid, string controller, string v1, string v2)
    {
        var lines = File.ReadLines($"/proc/{pid}/cgroup").Select(line => line.Split(':', 3)).ToArray();
        return File.Exists("/sys/fs/cgroup/cgroup.controllers")
            ? File.ReadAllText($"/sys/fs/cgroup{lines.Single(line => line[0] == "0")[2]}/{v2}")
            : File.ReadAllText($"/sys/fs/cgroup/{controller}{lines.Single(line => line[1].Split(',').Contains(controller))[2]}/{v1}");
    }
}
