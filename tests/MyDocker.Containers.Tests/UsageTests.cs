using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>top, stats, update.</summary>
public sealed class UsageTests : ContainerTest
{
    [Fact]
    public void TopShowsTheProcessesOfTheContainerAlone()
    {
        Engine.Detached("sleep 1000 & sleep 2000; wait", "--name", "busy");
        Wait.Until(() => Engine.Run("top", "busy").Lines.Length == 4, "three processes");
        var lines = Engine.Run("top", "busy").Is(0).Lines;
        Assert.StartsWith("UID", lines[0]);
        Assert.Contains(lines, line => line.Contains("sleep 2000"));
        var pid = Engine.Inspect("busy", "{{.State.Pid}}");
        Assert.Contains(Engine.Run("top", "busy", "-o", "pid,args").Is(0).Lines, line => line.StartsWith(pid, StringComparison.Ordinal));
        Assert.Contains("no column PID", Engine.Run("top", "busy", "-o", "args").Is(1).Err);
        Engine.Run("kill", "busy").Is(0);
        Assert.Contains("not running", Engine.Run("top", "busy").Is(1).Err);
    }

    /// <summary>The phases follow one another over three processes, and a phase that takes long shows as long.</summary>
    [Fact]
    public void TimingShowsWhereAStartsTimeGoes()
    {
        const long Slept = 300_000;
        var rows = Engine.Run("run", "--rm", "--timing", Image, "/bin/sleep", "0.3").Is(0).Err.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        var phases = rows.Select(row => row.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(parts => (At: long.Parse(parts[0], CultureInfo.InvariantCulture), Took: long.Parse(parts[1], CultureInfo.InvariantCulture), Who: parts[2], What: parts[3])).ToList();
        Assert.Equal(phases.OrderBy(phase => phase.At), phases);
        Assert.All(phases, phase => Assert.InRange(phase.Took, 0, phase.At));
        string[] expected = ["command line", "journal, claims, directories, record", "plan", "clone", "the child's steps, execve", "the command", "the result is told"];
        Assert.Equal(expected, phases.Select(phase => phase.What).Where(expected.Contains));
        long At(string what) => phases.Single(phase => phase.What == what).At;
        Assert.True(At("the command") - At("the child's steps, execve") >= Slept, string.Join('\n', rows));
        Assert.Equal("mydocker", phases[^1].Who);
        Assert.Empty(Engine.Run("run", "--rm", Image, "/bin/true").Is(0).Err);
    }

    [Fact]
    public void StatsMeasure()
    {
        Engine.Detached("while :; do :; done", "--name", "hot", "--cpus", "0.3", "-m", "64m");
        Engine.Detached("exec sleep 1000", "--name", "cold");
        var rows = Engine.Run("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.PIDs}} {{.MemUsage}}").Is(0).Lines.ToDictionary(line => line.Split(' ')[0], line => line.Split(' '));
        Assert.InRange(double.Parse(rows["hot"][1].TrimEnd('%'), CultureInfo.InvariantCulture), 10, 60);
        Assert.InRange(double.Parse(rows["cold"][1].TrimEnd('%'), CultureInfo.InvariantCulture), 0, 5);
        Assert.Equal("1", rows["cold"][2]);
        Assert.Equal("64MiB", rows["hot"][^1]);
        Assert.StartsWith("CONTAINER ID", Engine.Run("stats", "--no-stream", "cold").Is(0).Lines[0]);
    }

    /// <summary>Pressure stall information: two loops on a tenth of a CPU stand still most of the time.</summary>
    [Fact]
    public void StatsTellForHowLongAContainerStoodStill()
    {
        Assert.SkipUnless(Machine.IsCgroup2 && File.Exists("/proc/pressure/cpu"), "the kernel tells so on cgroup v2, with psi=1");
        Engine.Detached("while :; do :; done & while :; do :; done", "--name", "short", "--cpus", "0.1");
        Engine.Detached("exec sleep 1000", "--name", "calm");
        string Stalls(string name) => Engine.Run("stats", "--no-stream", "--format", "{{.Stalls}}", name).Is(0).Out;
        Wait.Until(() => double.Parse(Stalls("short").Split('%')[0], CultureInfo.InvariantCulture) > 20, "the shortage to be told");
        Assert.Matches(@"^\d+\.\d\d% / 0\.00% / \d+\.\d\d%$", Stalls("short").Trim());
        Assert.InRange(double.Parse(Stalls("calm").Split('%')[0], CultureInfo.InvariantCulture), 0, 20);
        Assert.EndsWith("STALLED CPU / MEM / I/O", Engine.Run("stats", "--no-stream", "calm").Is(0).Lines[0]);
    }

    [Fact]
    public void LimitsChangeWhileItRunsAndStayForTheNextStart()
    {
        Engine.Detached("exec sleep 1000", "--name", "limited", "-m", "64m");
        Engine.Run("update", "-m", "32m", "--pids-limit", "50", "limited").Is(0);
        Assert.Equal("33554432 50", Engine.Inspect("limited", "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}"));
        Engine.Run("restart", "-t", "0", "limited").Is(0);
        Assert.Equal("32MiB", Engine.Run("stats", "--no-stream", "--format", "{{.MemUsage}}", "limited").Is(0).Out.Trim().Split(' ')[^1]);
        Engine.Run("stop", "-t", "0", "limited").Is(0);
        Engine.Run("update", "-m", "48m", "limited").Is(0); // one that does not run has its limits at the next start
        Engine.Run("start", "limited").Is(0);
        Assert.Equal("48MiB", Engine.Run("stats", "--no-stream", "--format", "{{.MemUsage}}", "limited").Is(0).Out.Trim().Split(' ')[^1]);
    }
}
