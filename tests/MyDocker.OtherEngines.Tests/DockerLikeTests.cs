using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>An engine with docker's command line that uses mydocker-runtime, and an image "busybox" in it.</summary>
public abstract class DockerLike : IDisposable
{
    private readonly Lock _lock = new();
    private Host? _host;
    private Exception? _failure;

    public Host Host => _host!;

    /// <summary>Starts it with the first test; the others are skipped, or fail, as that one.</summary>
    public void Require()
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            if (_host is not null)
            {
                return;
            }

            try
            {
                Prepare();
                _host = new Host(Name);
                Start();
                Run("import", _host.Tarball(), "busybox").Is(0);
            }
            catch (Exception e)
            {
                _failure = e;
                throw;
            }
        }
    }

    /// <summary>The arguments of "run" that every container here has.</summary>
    public virtual string[] Common => ["--network", "none"];

    /// <summary>What "pull" and "push" need for a registry without TLS.</summary>
    public virtual string[] Insecure => [];

    /// <summary>Whether "inspect" says so when memory has run out.</summary>
    public virtual bool TellsOutOfMemory => true;

    /// <summary>How many containers may have to run out of memory until the engine notices it of one.</summary>
    public virtual int TriesOutOfMemory => 1;

    /// <summary>Whether systemd makes the containers' cgroups, as scopes.</summary>
    public virtual bool UsesSystemd => false;

    public Result Run(params string[] arguments)
    {
        var command = Command(arguments);
        using var running = Tool.Start(command[0], command[1..]);
        return running.End(120);
    }

    public abstract string[] Command(params string[] arguments);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (_host is null)
        {
            return;
        }

        try
        {
            if (_failure is null && Run("ps", "-aq").Lines is { Length: > 0 } left)
            {
                Run(["rm", "-f", .. left]);
            }
        }
        finally
        {
            Stop();
            _host.Dispose();
        }
    }

    protected abstract string Name { get; }

    /// <summary>Skips where the engine is missing.</summary>
    protected abstract void Prepare();

    protected virtual void Start()
    {
    }

    protected virtual void Stop()
    {
    }
}

/// <summary>What an engine asks of its runtime.</summary>
public abstract partial class DockerLikeTests
{
    private readonly DockerLike _engine;

    protected DockerLikeTests(DockerLike engine)
    {
        engine.Require();
        _engine = engine;
    }

    [Fact]
    public void ACommandRunsAndItsExitCodeIsTold()
    {
        var result = _engine.Run(Run("--rm", "busybox", "/bin/sh", "-c", "echo out; echo err >&2; exit 7")).Is(7);
        Assert.Equal("out\n", result.Out);
        Assert.Contains("err", result.Err);
    }

    [Fact]
    public void ACommandThatIsNotThereIs127AndOneThatCannotBeRunIs126()
    {
        Assert.Contains("/no/such", _engine.Run(Run("--rm", "busybox", "/no/such")).Is(127).Err);
        _engine.Run(Run("--rm", "busybox", "/etc/passwd")).Is(126);
    }

    [Fact]
    public void UserWorkingDirectoryAndEnvironmentArrive()
        => Assert.Equal("1000:1000 /tmp value\n", _engine.Run(Run("--rm", "-u", "user", "-w", "/tmp", "-e", "NAME=value", "busybox", "/bin/sh", "-c", "echo $(id -u):$(id -g) $(pwd) $NAME")).Is(0).Out);

    [Fact]
    public void TheCommandHasATerminal()
    {
        var result = Host.OnTerminal(_engine.Command(Run("--rm", "-it", "busybox", "/bin/sh", "-c", "tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all"))).Is(0);
        Assert.Contains("/dev/pts/0", result.Out);
        Assert.Contains("all", result.Out);
    }

    [Fact]
    public void ExecRunsInsideWithItsOwnExitCodeAndTerminal()
    {
        Detached("exec", "/bin/sleep", "1000");
        var result = _engine.Run("exec", "-e", "MINE=1", "exec", "/bin/sh", "-c", "echo $MINE; cat /proc/1/cmdline; exit 9").Is(9);
        Assert.StartsWith("1\n", result.Out);
        Assert.Contains("sleep", result.Out);
        Assert.Equal("1000\n", _engine.Run("exec", "-u", "user", "exec", "/bin/id", "-u").Is(0).Out);
        Assert.Contains("/dev/pts/", Host.OnTerminal(_engine.Command("exec", "-it", "exec", "/bin/tty")).Is(0).Out);
        Assert.Contains(_engine.Run("exec", "exec", "/no/such").ExitCode, (int[])[126, 127]); // docker of old: 126
        _engine.Run("rm", "-f", "exec").Is(0);
    }

    [Fact]
    public void LimitsAreSet()
    {
        string[] limits = ["-m", "33554432", "--pids-limit", "77", "--cpus", "0.5"];
        var script = string.Join("; ", [Host.LimitCommand("memory", "memory.limit_in_bytes", "memory.max"), Host.LimitCommand("pids", "pids.max", "pids.max"), Host.LimitCommand("cpu", "cpu.cfs_quota_us", "cpu.max")]);
        var result = _engine.Run(Run(["--rm", .. limits, "busybox", "/bin/sh", "-c", script])).Is(0);
        Assert.Equal("33554432", result.Lines[0]);
        Assert.Equal("77", result.Lines[1]);
        Assert.Equal("50000", result.Lines[2].Split(' ')[0]);
    }

    [Fact]
    public void RunningContainersGetOtherLimits()
    {
        Detached("updated", "/bin/sleep", "1000");
        _engine.Run("update", "--memory", "67108864", "--memory-swap", "-1", "updated").Is(0);
        Assert.Equal("67108864\n", _engine.Run("exec", "updated", "/bin/sh", "-c", Host.LimitCommand("memory", "memory.limit_in_bytes", "memory.max")).Is(0).Out);
        _engine.Run("rm", "-f", "updated").Is(0);
    }

    [Fact]
    public void MemoryThatRunsOutIsReported()
    {
        for (var left = _engine.TriesOutOfMemory; ; left--)
        {
            var result = _engine.Run(Run("--name", "oom", "-m", "16m", "busybox", "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=256M", "count=1"));
            Assert.Equal(137, result.ExitCode);
            bool IsTold() => _engine.Run("inspect", "-f", "{{.State.OOMKilled}}", "oom").Is(0).Out == "true\n";
            if (_engine.TellsOutOfMemory && left == 1)
            {
                Wait.Until(IsTold, "OOMKilled");
            }

            var done = left == 1 || IsTold();
            _engine.Run("rm", "-f", "oom").Is(0);
            if (done)
            {
                break;
            }
        }
    }

    [Fact]
    public void APausedContainerStandsStill()
    {
        Detached("paused", "/bin/sh", "-c", "while :; do echo tick; sleep 0.05; done");
        Wait.Until(() => _engine.Run("logs", "paused").Out.Length > 0, "a first tick");
        _engine.Run("pause", "paused").Is(0);
        Assert.Equal("paused\n", _engine.Run("inspect", "-f", "{{.State.Status}}", "paused").Is(0).Out);
        var before = _engine.Run("logs", "paused").Out;
        Thread.Sleep(300);
        Assert.Equal(before.Length, _engine.Run("logs", "paused").Out.Length);
        _engine.Run("unpause", "paused").Is(0);
        Wait.Until(() => _engine.Run("logs", "paused").Out.Length > before.Length, "a tick after unpause");
        _engine.Run("rm", "-f", "paused").Is(0);
    }

    [Fact]
    public void SignalsArriveAndKillEnds()
    {
        Detached("killed", "/bin/sh", "-c", "trap 'echo usr1' USR1; trap 'echo term; exit 5' TERM; echo up; while :; do sleep 0.05; done");
        Wait.Until(() => _engine.Run("logs", "killed").Out.Contains("up", StringComparison.Ordinal), "up");
        _engine.Run("kill", "-s", "USR1", "killed").Is(0);
        Wait.Until(() => _engine.Run("logs", "killed").Out.Contains("usr1", StringComparison.Ordinal), "the signal");
        _engine.Run("stop", "killed").Is(0);
        Assert.Equal("5\n", _engine.Run("wait", "killed").Is(0).Out);
        _engine.Run("start", "killed").Is(0);
        _engine.Run("kill", "killed").Is(0);
        Assert.Equal("137\n", _engine.Run("wait", "killed").Is(0).Out);
        _engine.Run("rm", "killed").Is(0);
    }

    [Fact]
    public void ProcessesAreListed()
    {
        Detached("listed", "/bin/sleep", "1234");
        Assert.Contains("sleep 1234", _engine.Run("top", "listed").Is(0).Out);
        Assert.Contains("listed", _engine.Run("stats", "--no-stream", "listed").Is(0).Out);
        _engine.Run("rm", "-f", "listed").Is(0);
    }

    [Fact]
    public void ARemovedContainerLeavesNoCgroup()
    {
        Detached("removed", "/bin/sleep", "1000");
        var id = _engine.Run("inspect", "-f", "{{.Id}}", "removed").Is(0).Out.Trim();
        Assert.NotEmpty(Cgroups(id));
        _engine.Run("rm", "-f", "removed").Is(0);
        Wait.Until(() => Cgroups(id).Length == 0, "the container's cgroups are gone");
    }

    [Fact]
    public void UnderSystemdAContainerIsAScopeAndLeavesNoUnit()
    {
        Assert.SkipUnless(_engine.UsesSystemd, "this engine makes its cgroups itself");
        Detached("scope", "/bin/sleep", "1000");
        var id = _engine.Run("inspect", "-f", "{{.Id}}", "scope").Is(0).Out.Trim();
        Assert.Contains(Host.Units(id), unit => unit.EndsWith($"-{id}.scope", StringComparison.Ordinal));
        _engine.Run("rm", "-f", "scope").Is(0);
        Wait.Until(() => Host.Units(id).Length == 0, "its units are gone");
    }

    [Fact]
    public void FiftyAtOnceAllRun()
    {
        var all = Enumerable.Range(0, Host.Many).Select(number =>
        {
            var command = _engine.Command(Run("--rm", "busybox", "/bin/sh", "-c", $"echo number {number}; exit {number}"));
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

    private static string[] Cgroups(string id)
        => Tool.Shell($"find /sys/fs/cgroup -type d -name '*{id}*'").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string[] Run(params string[] arguments) => ["run", .. _engine.Common, .. arguments];

    private void Detached(string name, params string[] command)
    {
        _engine.Run("rm", "-f", name);
        _engine.Run(Run(["-d", "--name", name, "busybox", .. command])).Is(0);
    }
}
