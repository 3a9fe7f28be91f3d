using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

public sealed class EventsTests : ContainerTest
{
    [Fact]
    public void ALifeIsTold()
    {
        using var live = Engine.Start(["events", "--filter", "container=told", "--format", "{{.Action}}"]);
        Thread.Sleep(300);
        Engine.Detached("exec sleep 1000", "--name", "told", "--label", "a=b");
        Engine.Run("pause", "told").Is(0);
        Engine.Run("unpause", "told").Is(0);
        Engine.Run("update", "--pids-limit", "100", "told").Is(0);
        Engine.Run("kill", "told").Is(0);
        Engine.Run("rm", "told").Is(0);
        live.Shows("destroy");
        live.Dispose();
        string[] expected = ["create", "start", "pause", "unpause", "update", "kill", "die", "destroy"];
        Assert.Equal(expected, live.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(expected, Engine.Run("events", "--since", "1h", "--until", "0s", "--format", "{{.Action}}", "-f", "label=a=b").Is(0).Lines);
        var die = Engine.Run("events", "--since", "1h", "--until", "0s", "-f", "event=die").Is(0).Lines[^1];
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\S+ container die [0-9a-f]{64} \(a=b, execDuration=\d+, exitCode=137, image=.*, name=told\)$", die);
        Assert.Contains("\"Action\":\"die\"", Engine.Run("events", "--since", "1h", "--until", "0s", "--format", "json").Is(0).Out);
    }
}
