using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>A command that cannot be started: docker's exit codes, and a container that tells why.</summary>
public sealed class FailedStartTests : ContainerTest
{
    [Theory]
    [InlineData("/no/such/command", 127, "no such file")]
    [InlineData("/etc/passwd", 126, "")]
    public void TheContainerStaysAndSaysWhy(string command, int code, string why)
    {
        var result = Engine.Run("run", "--name", "failed", Image, command).Is(code);
        Assert.Contains(why, result.Err);
        Assert.Equal("failed|created|Created\n", Engine.Run("ps", "-a", "--format", "{{.Names}}|{{.State}}|{{.Status}}").Out);
        Assert.Equal("", Engine.Run("ps", "-q").Is(0).Out);
        Assert.Equal($"created {code} false 0001-01-01T00:00:00Z", Engine.Inspect("failed", "{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.StartedAt}}"));
        Assert.Equal(result.Err.Trim(), "mydocker: " + Engine.Inspect("failed", "{{.State.Error}}"));
        Assert.Equal($"{code}\n", Engine.Run("wait", "failed").Is(0).Out);
        Assert.Contains("in use by container", Engine.Run("run", "--name", "failed", Image, "/bin/true").Is(125).Err);
        Engine.Run("start", "failed").Is(1);
        Assert.Equal("created", Engine.Inspect("failed", "{{.State.Status}}"));
        Engine.Run("cp", Path.Combine(Image, "bin/busybox"), $"failed:{(code == 127 ? "/srv" : command)}").Is(0); // and it can be mended
        Engine.Run("container", "prune", "-f").Is(0);
        Assert.Equal("", Engine.Run("ps", "-aq").Is(0).Out);
    }

    [Fact]
    public void WithRmNothingStaysAndInTheBackgroundTheIdIsTold()
    {
        Engine.Run("run", "--rm", "--name", "gone", Image, "/no/such/command").Is(127);
        Assert.Equal("", Engine.Run("ps", "-aq").Is(0).Out);
        var result = Engine.Run("run", "-d", "--name", "back", Image, "/no/such/command").Is(127);
        Assert.Equal(Engine.Inspect("back", "{{.Id}}"), result.Out.Trim());
        Engine.Run("run", "--name", "later", Image, "/bin/sh", "-c", "exit 3").Is(3);
        Assert.Equal("exited 3", Engine.Inspect("later", "{{.State.Status}} {{.State.ExitCode}}"));
    }
}
