using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Health checks over real time, with failures.</summary>
public sealed class HealthTests : ContainerTest
{
    [Fact]
    public void HealthComesAndGoes()
    {
        Engine.Detached("exec sleep 1000", "--name", "patient", "--health-cmd", "echo looked; test -e /tmp/well", "--health-interval", "100ms", "--health-retries", "2");
        Assert.Contains("(health: starting)", Engine.Line("patient"));
        Engine.Waits("patient", "{{.State.Health.Status}}", "unhealthy");
        Assert.Contains("(unhealthy)", Engine.Line("patient"));
        Assert.Equal("1 looked\n", Engine.Inspect("patient", "{{(index .State.Health.Log 0).ExitCode}} {{(index .State.Health.Log 0).Output}}") + "\n");
        Engine.Run("exec", "patient", "/bin/touch", "/tmp/well").Is(0);
        Engine.Waits("patient", "{{.State.Health.Status}} {{.State.Health.FailingStreak}}", "healthy 0");
        Wait.Until(() => Engine.Inspect("patient", "{{len .State.Health.Log}}") == "5", "five probes");
        Assert.Equal("patient", Engine.Run("ps", "-f", "health=healthy", "--format", "{{.Names}}").Out.Trim());
        Engine.Run("exec", "patient", "/bin/rm", "/tmp/well").Is(0);
        Engine.Waits("patient", "{{.State.Health.Status}}", "unhealthy");
        string[] told = [];
        Wait.Until(() => (told = Engine.Run("events", "--since", "1h", "--until", "0s", "-f", "event=health_status", "--format", "{{.Action}}").Is(0).Lines).Length > 2, "the third event"); // written after the state
        Assert.Equal(["health_status: unhealthy", "health_status: healthy", "health_status: unhealthy"], told[..3]);
        Engine.Run("rm", "-f", "patient").Is(0);
    }

    [Fact]
    public void AProbeThatHangsHasFailed()
    {
        Engine.Detached("exec sleep 1000", "--name", "slow", "--health-cmd", "sleep 100", "--health-interval", "100ms", "--health-timeout", "200ms", "--health-retries", "1");
        Engine.Waits("slow", "{{.State.Health.Status}}", "unhealthy");
        Assert.Contains("exceeded timeout", Engine.Inspect("slow", "{{(index .State.Health.Log 0).Output}}"));
        Assert.Equal("-1", Engine.Inspect("slow", "{{(index .State.Health.Log 0).ExitCode}}"));
        Engine.Run("rm", "-f", "slow").Is(0);
    }

    [Fact]
    public void FailuresInTheStartPeriodDoNotCount()
    {
        Engine.Detached("exec sleep 1000", "--name", "young", "--health-cmd", "false", "--health-interval", "100ms", "--health-start-interval", "50ms", "--health-retries", "1", "--health-start-period", "60s");
        Wait.Until(() => int.Parse(Engine.Inspect("young", "{{len .State.Health.Log}}"), CultureInfo.InvariantCulture) >= 3, "three probes");
        Assert.Equal("starting 0", Engine.Inspect("young", "{{.State.Health.Status}} {{.State.Health.FailingStreak}}"));
        Engine.Run("rm", "-f", "young").Is(0);
    }
}
