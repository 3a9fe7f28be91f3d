using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Signals to the command line reach the container; its death leaves the engine in order.</summary>
public sealed class SignalTests : ContainerTest
{
    [Theory]
    [InlineData(Signals.SIGTERM, "TERM")]
    [InlineData(Signals.SIGINT, "INT")]
    [InlineData(Signals.SIGHUP, "HUP")]
    [InlineData(Signals.SIGQUIT, "QUIT")]
    [InlineData(Signals.SIGUSR1, "USR1")]
    public void ASignalToTheCommandLineReachesTheContainer(int signal, string name)
    {
        using var container = Engine.Up($"trap 'echo got {name}; exit 33' {name}; echo ready; while :; do sleep 0.05; done");
        container.Command.Shows("ready");
        container.Command.Signal(signal);
        var result = container.Command.End();
        Assert.Equal(33, result.ExitCode);
        Assert.Contains($"got {name}", result.Out);
    }

    [Fact]
    public void KillSendsTheSignalNamed()
    {
        using var container = Engine.Up("trap 'echo again' HUP; trap 'exit 9' USR2; echo ready; while :; do sleep 0.05; done", "--name", "told");
        container.Command.Shows("ready");
        Engine.Run("kill", "-s", "HUP", "told").Is(0);
        container.Command.Shows("again");
        Engine.Run("kill", "--signal", "12", "told").Is(0);
        Assert.Equal(9, container.Command.End().ExitCode);
        Assert.Contains("NOSUCH", Engine.Run("kill", "-s", "NOSUCH", "told") is { ExitCode: not 0 } failed ? failed.Err : "");
    }

    [Fact]
    public void ACommandLineThatIsKilledLeavesAContainerThatCanBeManaged()
    {
        using var container = Engine.Up("exec sleep 1000", "--name", "orphan");
        container.Command.Signal(Signals.SIGKILL);
        container.Command.End();
        Assert.Contains("Up ", Engine.Line("orphan"));
        Engine.Run("kill", "orphan").Is(0);
        Wait.Until(() => Engine.Line("orphan") is null, "the container to be gone, as --rm says");
    }

    [Fact]
    public void ACommandLineThatIsKilledWhileItIsWrittenToLosesOnlyTheOutput()
    {
        using var container = Engine.Up("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exec sleep 1000", "--name", "writer");
        container.Command.Signal(Signals.SIGKILL);
        container.Command.End();
        Assert.Contains("Up ", Engine.Line("writer"));
        Engine.Run("rm", "-f", "writer").Is(0);
    }

    [Fact]
    public void AMonitorThatIsKilledLeavesAContainerThatCanBeManaged()
    {
        using var container = Engine.Up("exec sleep 1000", "--name", "alone");
        _ = container.Pid;
        Signals.Send(container.MonitorPid, Signals.SIGKILL);
        var result = container.Command.End();
        Assert.Equal(125, result.ExitCode);
        Assert.Contains("alone", result.Err);
        Assert.Contains("Up ", Engine.Line("alone"));
        Engine.Run("kill", "alone").Is(0);
        Wait.Until(() => Engine.Line("alone") is null, "the container to be gone, as --rm says");
    }

    [Fact]
    public void AContainerThatDiesWithoutAMonitorIsPutRightByTheNextCommand()
    {
        using var container = Engine.Up("sleep 1000 & wait", "--name", "alone");
        var pid = container.Pid;
        Signals.Send(container.MonitorPid, Signals.SIGKILL);
        container.Command.End();
        Signals.Send(pid, Signals.SIGKILL);
        Wait.Until(() => !Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal), "its end");
        Engine.Run("ps").Is(0);
        Wait.Until(() => Engine.Line("alone") is null, "the container to be gone, as --rm says");
    }

    [Fact]
    public void AKeptContainerWhoseMonitorWasKilledSaysSo()
    {
        var idFile = Path.Combine(Engine.Directory, "ids", "kept");
        using var command = Engine.Start(["run", "--name", "kept", "--cidfile", idFile, Image, "/bin/sh", "-c", "echo up; exec sleep 1000"]);
        command.Shows("up");
        using var container = new Container(Engine, command, File.ReadAllText(idFile));
        _ = container.Pid;
        Signals.Send(container.MonitorPid, Signals.SIGKILL);
        command.End();
        Engine.Run("kill", "kept").Is(0);
        Wait.Until(() => Engine.Line("kept")?.Contains("Exited", StringComparison.Ordinal) == true, "its end to be listed");
        Engine.Run("rm", "kept").Is(0);
    }

    [Fact]
    public void RemoveByForceWorksWithoutAMonitor()
    {
        using var container = Engine.Up("exec sleep 1000", "--name", "alone");
        _ = container.Pid;
        Signals.Send(container.MonitorPid, Signals.SIGKILL);
        container.Command.End();
        Engine.Run("rm", "-f", "alone").Is(0);
        Assert.Null(Engine.Line("alone"));
    }
}
