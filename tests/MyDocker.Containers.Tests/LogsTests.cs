using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>What a container writes is kept, bounded, and holds nobody up.</summary>
public sealed class LogsTests : ContainerTest
{
    [Fact]
    public void BothStreamsAreKeptApartWithTimes()
    {
        Engine.Detached("echo one; echo two >&2; printf three", "--name", "writer");
        Engine.Run("wait", "writer").Is(0);
        var result = Engine.Run("logs", "writer").Is(0);
        Assert.Equal("one\nthree", result.Out);
        Assert.Equal("two\n", result.Err);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one$", Engine.Run("logs", "-t", "writer").Is(0).Lines[0]);
        Assert.Equal("three", Engine.Run("logs", "--tail", "1", "writer").Is(0).Out);
        Assert.Equal("", Engine.Run("logs", "--tail", "0", "writer").Is(0).Out);
        Assert.Equal("", Engine.Run("logs", "--until", "1h", "writer").Is(0).Out);
        Assert.Equal("one\nthree", Engine.Run("logs", "--since", "1h", "writer").Is(0).Out);
        Assert.Contains("how long ago", Engine.Run("logs", "--since", "yesterday", "writer").Is(1).Err);
    }

    [Fact]
    public void AForegroundRunIsLoggedToo()
    {
        Engine.Run("run", "--name", "fore", Image, "/bin/echo", "seen").Is(0);
        Assert.Equal("seen\n", Engine.Run("logs", "fore").Is(0).Out);
    }

    [Fact]
    public void FollowingGoesOnUntilTheEnd()
    {
        Engine.Detached("for i in 1 2 3 4 5; do echo $i; sleep 0.1; done", "--name", "counter");
        Assert.Equal("1\n2\n3\n4\n5\n", Engine.Run("logs", "-f", "counter").Is(0).Out);
    }

    [Fact]
    public void TheLogIsBoundedAndFollowingMissesNothingOfIt()
    {
        Engine.Detached("sleep 0.3; i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done", "--name", "chatty", "--log-opt", "max-size=100k", "--log-opt", "max-file=2");
        using var following = Engine.Start(["logs", "-f", "chatty"]);
        Engine.Run("wait", "chatty").Is(0);
        following.End();
        var directory = Path.Combine(Engine.Data, "containers", Engine.Inspect("chatty", "{{.Id}}"));
        var files = Directory.GetFiles(directory, "*-json.log*");
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 100 << 10));
        var kept = Engine.Run("logs", "chatty").Is(0).Lines;
        Assert.Equal("line-19999", kept[^1]);
        Assert.Equal(kept.Length, int.Parse(kept[^1][5..], System.Globalization.CultureInfo.InvariantCulture) - int.Parse(kept[0][5..], System.Globalization.CultureInfo.InvariantCulture) + 1);
        Assert.Equal(["line-19998", "line-19999"], Engine.Run("logs", "--tail", "2", "chatty").Is(0).Lines);
        Assert.Equal(kept.Length - 1, Engine.Run("logs", "--tail", (kept.Length - 1).ToString(System.Globalization.CultureInfo.InvariantCulture), "chatty").Is(0).Lines.Length);
    }

    [Fact]
    public void ByDefaultTheLogIsBounded()
    {
        Engine.Detached("exec sleep 1000", "--name", "plain");
        Assert.Equal("json-file 10m 3", Engine.Inspect("plain", "{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config \"max-size\"}} {{index .HostConfig.LogConfig.Config \"max-file\"}}"));
    }

    [Fact]
    public void WithoutALogThereIsNoneToShow()
    {
        Engine.Detached("echo x", "--name", "silent", "--log-driver", "none");
        Engine.Run("wait", "silent").Is(0);
        Assert.Contains("--log-driver none", Engine.Run("logs", "silent").Is(1).Err);
    }

    [Fact]
    public void AJournalThatIsMissingIsToldBeforeAnythingIsMade()
    {
        Assert.SkipWhen(File.Exists("/run/systemd/journal/socket"), "this host has a journal");
        Assert.Contains("no journal", Engine.Run("run", "-d", "--log-driver", "journald", Image, "/bin/true").Is(125).Err);
    }

    /// <summary>The same with 10 GB, once by hand: docs/containers.md has the figures.</summary>
    [Fact]
    public void AFloodThroughAttachAndFollowingDoesNotGrowTheMonitor()
    {
        const int Megabytes = 200;
        Engine.Detached($"while [ ! -e /tmp/go ]; do sleep 0.05; done; yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c {Megabytes}m; echo; sleep 2; echo done", "--name", "flood");
        var monitor = Engine.Inspect("flood", "{{.State.MonitorPid}}");
        long Private() => File.ReadLines($"/proc/{monitor}/smaps_rollup").Where(line => line.StartsWith("Private_Dirty", StringComparison.Ordinal)).Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture));
        using var attached = Tool.Start("/bin/sh", ["-c", $"'{Engine.Program}' --root '{Engine.Data}' --state '{Engine.State}' attach --no-stdin flood | tail -c 5"]);
        using var following = Tool.Start("/bin/sh", ["-c", $"'{Engine.Program}' --root '{Engine.Data}' --state '{Engine.State}' logs -f flood | tail -c 5"]);
        Wait.Until(() => Engine.Run("events", "--since", "1h", "--until", "0s", "-f", "event=attach").Out.Contains("attach"), "the reader");
        var before = Private();
        var most = before;
        Engine.Run("exec", "flood", "/bin/touch", "/tmp/go").Is(0);
        while (Engine.Inspect("flood", "{{.State.Running}}") == "true")
        {
            try
            {
                most = Math.Max(most, Private());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                break; // it has just ended
            }
        }

        Assert.Equal("done\n", attached.End(120).Is(0).Out);
        Assert.Equal("done\n", following.End(120).Is(0).Out);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Megabytes} MB: private memory of the monitor {before} kB before, {most} kB at most");
        Assert.InRange(most - before, 0, 2048);
    }

    [Fact]
    public void AReaderThatStandsStillHoldsNobodyUp()
    {
        Engine.Detached("sleep 0.3; dd if=/dev/zero bs=64k count=400 2>/dev/null | tr '\\0' x; echo; sleep 2; echo done", "--name", "flood");
        using var stuck = Engine.Start(["attach", "--no-stdin", "flood"]);
        Harness.Signals.Send(stuck.Pid, Harness.Signals.SIGSTOP);
        Assert.Equal("0\n", Engine.Run(["wait", "flood"], null, 60).Is(0).Out);
        Harness.Signals.Send(stuck.Pid, Harness.Signals.SIGCONT);
        stuck.End();
        Assert.EndsWith("done\n", Engine.Run("logs", "--tail", "1", "flood").Is(0).Out);
    }
}
