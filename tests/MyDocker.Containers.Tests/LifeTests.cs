using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>create, start, stop, kill, restart, wait, rename, rm, pause: a container from its making to its end, and again.</summary>
public sealed class LifeTests : ContainerTest
{
    [Fact]
    public void ACreatedContainerRunsWhenItIsStartedAndAgain()
    {
        var id = Engine.Run("create", "--name", "job", Image, "/bin/sh", "-c", "echo run >> /tmp/runs; wc -l < /tmp/runs; exit 7").Is(0).Lines[0];
        Assert.Equal("created 0 false", Engine.Inspect("job", "{{.State.Status}} {{.State.ExitCode}} {{.State.Running}}"));
        Assert.Equal("Created", Engine.Run("ps", "-a", "--format", "{{.Status}}").Out.Trim());
        Assert.Equal("0\n", Engine.Run("wait", "job").Is(0).Out); // docker: one that never ran
        Assert.Equal("1\n", Engine.Run("start", "-a", "job").Is(7).Out);
        Assert.Equal("2\n", Engine.Run("start", "-a", id[..12]).Is(7).Out); // what it wrote has stayed
        Assert.Equal("job\n", Engine.Run("start", "job").Is(0).Out);
        Assert.Equal("7\n", Engine.Run("wait", "job").Is(0).Out);
        Assert.Equal("exited 7", Engine.Inspect("job", "{{.State.Status}} {{.State.ExitCode}}"));
        Assert.Equal("1\n2\n3\n", Engine.Run("logs", "job").Is(0).Out);
        Engine.Run("rm", "job").Is(0);
        Assert.Contains("no such container", Engine.Run("inspect", "job").Is(1).Err);
    }

    [Fact]
    public void StandardInputReachesAStartedContainer()
    {
        Engine.Run("create", "-i", "--name", "reader", Image, "/bin/cat").Is(0);
        Assert.Equal("hello", Engine.Run(["start", "-a", "-i", "reader"], "hello"u8.ToArray()).Is(0).Out);
    }

    [Fact]
    public void StartingWhatRunsChangesNothingAndSeveralAreStartedAtOnce()
    {
        Engine.Detached("exec sleep 1000", "--name", "one");
        Engine.Run("create", "--name", "two", Image, "/bin/sleep", "1000").Is(0);
        var pid = Engine.Inspect("one", "{{.State.Pid}}");
        Assert.Equal("one\ntwo\n", Engine.Run("start", "one", "two").Is(0).Out);
        Assert.Equal(pid, Engine.Inspect("one", "{{.State.Pid}}"));
        Assert.Equal("true", Engine.Inspect("two", "{{.State.Running}}"));
        var result = Engine.Run("kill", "one", "nobody", "two");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("one\ntwo\n", result.Out);
        Assert.Contains("nobody", result.Err);
    }

    [Fact]
    public void StopAsksFirstAndKillsWhenTheTimeIsUp()
    {
        Engine.Detached("trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done", "--name", "polite");
        Engine.Detached("trap '' TERM; echo up; while :; do sleep 0.05; done", "--name", "stubborn");
        Wait.Until(() => Engine.Run("logs", "polite").Out.Contains("up") && Engine.Run("logs", "stubborn").Out.Contains("up"), "both to be ready");
        Engine.Run("stop", "polite").Is(0);
        Assert.Equal("5", Engine.Inspect("polite", "{{.State.ExitCode}}"));
        Assert.Contains("bye", Engine.Run("logs", "polite").Out);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Engine.Run("stop", "-t", "1", "stubborn").Is(0);
        Assert.InRange(watch.Elapsed.TotalSeconds, 1, 8 * TimeFactor.Value);
        Assert.Equal("137", Engine.Inspect("stubborn", "{{.State.ExitCode}}"));
        Engine.Run("stop", "stubborn").Is(0); // as docker has it, no error
    }

    [Fact]
    public void TheStopSignalIsTheContainersOrTheCallers()
    {
        const string Script = "trap 'exit 11' QUIT; trap 'exit 12' INT; echo up; while :; do sleep 0.05; done";
        Engine.Detached(Script, "--name", "quits", "--stop-signal", "QUIT");
        Engine.Detached(Script, "--name", "interrupted", "--stop-timeout", "20");
        Wait.Until(() => Engine.Run("logs", "quits").Out.Contains("up") && Engine.Run("logs", "interrupted").Out.Contains("up"), "both to be ready");
        Engine.Run("stop", "quits").Is(0);
        Engine.Run("stop", "-s", "INT", "interrupted").Is(0);
        Assert.Equal("11 12", Engine.Inspect("quits", "{{.State.ExitCode}}") + " " + Engine.Inspect("interrupted", "{{.State.ExitCode}}"));
    }

    [Fact]
    public void RestartGivesANewProcessAndKeepsTheFiles()
    {
        Engine.Detached("echo x >> /tmp/starts; exec sleep 1000", "--name", "again");
        var pid = Engine.Inspect("again", "{{.State.Pid}}");
        Engine.Run("restart", "-t", "0", "again").Is(0);
        Assert.NotEqual(pid, Engine.Inspect("again", "{{.State.Pid}}"));
        Assert.Equal("true", Engine.Inspect("again", "{{.State.Running}}"));
        var root = Path.Combine(Engine.Data, "containers", Engine.Inspect("again", "{{.Id}}"), "upper/tmp/starts");
        Wait.Until(() => File.Exists(root) && File.ReadAllText(root) == "x\nx\n", "the second start's line");
    }

    [Fact]
    public void APausedContainerStandsStillAndCanBeStopped()
    {
        Engine.Detached("trap 'exit 0' TERM; while :; do echo tick; sleep 0.02; done", "--name", "frozen");
        Engine.Run("pause", "frozen").Is(0);
        Assert.Equal("paused true true", Engine.Inspect("frozen", "{{.State.Status}} {{.State.Paused}} {{.State.Running}}"));
        Assert.Contains("(Paused)", Engine.Line("frozen"));
        Assert.Contains("paused already", Engine.Run("pause", "frozen").Is(1).Err);
        Assert.Contains("paused", Engine.Run("attach", "frozen").Is(1).Err);
        var before = Engine.Run("logs", "frozen").Out.Length;
        Thread.Sleep(200);
        Assert.Equal(before, Engine.Run("logs", "frozen").Out.Length);
        Engine.Run("unpause", "frozen").Is(0);
        Wait.Until(() => Engine.Run("logs", "frozen").Out.Length > before, "it to go on");
        Assert.Contains("not paused", Engine.Run("unpause", "frozen").Is(1).Err);
        Engine.Run("pause", "frozen").Is(0);
        Engine.Run("stop", "frozen").Is(0);
        Assert.Equal("0", Engine.Inspect("frozen", "{{.State.ExitCode}}"));
    }

    [Fact]
    public void ARenamedContainerIsFoundByItsNewNameOnly()
    {
        Engine.Detached("exec sleep 1000", "--name", "before");
        Engine.Run("create", "--name", "taken", Image, "/bin/true").Is(0);
        Assert.Contains("in use", Engine.Run("rename", "before", "taken").Is(1).Err);
        Engine.Run("rename", "before", "after").Is(0);
        Assert.Equal("/after", Engine.Inspect("after", "{{.Name}}"));
        Engine.Run("inspect", "before").Is(1);
        Engine.Run("run", "-d", "--name", "before", Image, "/bin/sleep", "1000").Is(0); // the old name is free
        Engine.Run("kill", "after", "before").Is(0);
    }

    [Fact]
    public void RemovingWhatRunsNeedsForce()
    {
        Engine.Detached("exec sleep 1000", "--name", "busy");
        Assert.Contains("is running", Engine.Run("rm", "busy").Is(1).Err);
        Engine.Run("rm", "-f", "busy").Is(0);
        Assert.Null(Engine.Line("busy"));
    }

    [Fact]
    public void ListsAreFilteredAndFormatted()
    {
        Engine.Detached("exec sleep 1000", "--name", "web-1", "--label", "tier=web", "--label", "x");
        Engine.Run("run", "--name", "job-1", "--label", "tier=job", Image, "/bin/sh", "-c", "exit 3").Is(3);
        Engine.Run("create", "--name", "idle-1", Image, "/bin/true").Is(0);
        string Names(params string[] options) => string.Join(' ', Engine.Run(["ps", "--format", "{{.Names}}", .. options]).Is(0).Lines);
        Assert.Equal("web-1", Names());
        Assert.Equal("idle-1 job-1 web-1", Names("-a"));
        Assert.Equal("idle-1", Names("-l"));
        Assert.Equal("idle-1 job-1", Names("-n", "2"));
        Assert.Equal("job-1", Names("-f", "status=exited"));
        Assert.Equal("job-1", Names("-f", "exited=3"));
        Assert.Equal("", Names("-a", "-f", "exited=4"));
        Assert.Equal("job-1 web-1", Names("-a", "-f", "label=tier"));
        Assert.Equal("web-1", Names("-a", "-f", "label=tier=web", "-f", "label=x"));
        Assert.Equal("job-1", Names("-a", "-f", "name=^job"));
        Assert.Equal("idle-1", Names("-a", "-f", "since=job-1"));
        Assert.Equal("web-1", Names("-a", "-f", "before=job-1"));
        Assert.Equal("idle-1 job-1 web-1", Names("-a", "-f", $"ancestor={Image}"));
        Assert.Contains("no filter", Engine.Run("ps", "-f", "colour=red").Is(1).Err);
        var table = Engine.Run("ps", "-a", "--format", "table {{.Names}}\\t{{.State}}").Is(0).Lines;
        Assert.Equal(["NAMES    STATE", "idle-1   created", "job-1    exited", "web-1    running"], table);
        Assert.Contains("\"Names\":\"web-1\"", Engine.Run("ps", "--format", "json").Is(0).Out);
        Assert.Contains("virtual", Engine.Run("ps", "-s").Is(0).Out);
    }

    [Fact]
    public void InspectHasDockersShape()
    {
        Engine.Run("run", "-d", "--name", "shape", "-m", "64m", "--cpus", "0.5", "-e", "A=b", "-w", "/tmp", "--label", "a=b", "--restart", "on-failure:3", "-v", "/etc:/host:ro", "--tmpfs", "/scratch", Image, "/bin/sleep", "1000").Is(0);
        using var document = System.Text.Json.JsonDocument.Parse(Engine.Run("inspect", "shape").Is(0).Out);
        var one = document.RootElement[0];
        Assert.Equal("/bin/sleep", one.GetProperty("Path").GetString());
        Assert.Equal("1000", one.GetProperty("Args")[0].GetString());
        Assert.True(one.GetProperty("State").GetProperty("Running").GetBoolean());
        Assert.Equal(64 << 20, one.GetProperty("HostConfig").GetProperty("Memory").GetInt64());
        Assert.Equal("on-failure", one.GetProperty("HostConfig").GetProperty("RestartPolicy").GetProperty("Name").GetString());
        Assert.Equal(3, one.GetProperty("HostConfig").GetProperty("RestartPolicy").GetProperty("MaximumRetryCount").GetInt32());
        Assert.Contains("A=b", one.GetProperty("Config").GetProperty("Env").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal("/host", one.GetProperty("Mounts")[0].GetProperty("Destination").GetString());
        Assert.False(one.GetProperty("Mounts")[0].GetProperty("RW").GetBoolean());
        Assert.Equal("b", Engine.Inspect("shape", "{{index .Config.Labels \"a\"}}"));
        Assert.Equal("/host;/scratch;", Engine.Inspect("shape", "{{range .Mounts}}{{.Destination}};{{end}}"));
        Assert.Equal("[\"1000\"]", Engine.Inspect("shape", "{{json .Args}}"));
        Assert.True(System.Text.Json.JsonDocument.Parse(Engine.Run("inspect", "-s", "shape").Is(0).Out).RootElement[0].GetProperty("SizeRootFs").GetInt64() > 100_000);
        Assert.Contains("there is no field .Nope", Engine.Run("inspect", "-f", "{{.State.Nope}}", "shape").Is(1).Err);
        Assert.Contains("there is no function", Engine.Run("inspect", "-f", "{{frob .}}", "shape").Is(64).Err);
        Engine.Run("rm", "-f", "shape").Is(0);
    }
}
