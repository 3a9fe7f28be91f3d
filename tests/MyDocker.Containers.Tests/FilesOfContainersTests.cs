using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>diff, export, commit, prune, system.</summary>
public sealed class FilesOfContainersTests : ContainerTest
{
    [Fact]
    public void DiffShowsWhatWasDone()
    {
        Engine.Run("run", "--name", "changed", Image, "/bin/sh", "-c", "echo x > /etc/new; echo y >> /etc/passwd; rm /etc/owned; mkdir -p /srv/deep; touch /srv/deep/f").Is(0);
        Assert.Equal(["C /etc", "A /etc/new", "D /etc/owned", "C /etc/passwd", "A /srv", "A /srv/deep", "A /srv/deep/f"], Engine.Run("diff", "changed").Is(0).Lines);
        Engine.Run("run", "--name", "same", Image, "/bin/true").Is(0);
        Assert.Equal("", Engine.Run("diff", "same").Is(0).Out);
    }

    [Fact]
    public void AnExportIsTheWholeContainer()
    {
        Engine.Run("run", "--name", "out", Image, "/bin/sh", "-c", "echo new > /etc/new; rm /etc/owned; chown 7:8 /etc/new").Is(0);
        var file = Path.Combine(Engine.Directory, "out.tar");
        Engine.Run("export", "-o", file, "out").Is(0);
        var list = Tool.Run("tar", "--numeric-owner", "-tvf", file).Is(0).Lines;
        Assert.Contains(list, line => line.Contains(" 7/8 ") && line.EndsWith("etc/new", StringComparison.Ordinal));
        Assert.DoesNotContain(list, line => line.EndsWith("etc/owned", StringComparison.Ordinal));
        Assert.Contains(list, line => line.EndsWith("bin/busybox", StringComparison.Ordinal));
        Assert.Equal("new\n", Tool.Run("tar", "-xOf", file, "etc/new").Out);
        Engine.Run("import", file, "again:1").Is(0);
        Assert.Equal("new\n", Engine.Run("run", "--rm", "again:1", "/bin/cat", "/etc/new").Is(0).Out);
    }

    [Fact]
    public void ACommitIsAnImageWithWhatTheContainerWrote()
    {
        Engine.Run("import", Image, "base:1").Is(0);
        Engine.Run("run", "--name", "work", "-e", "A=b", "base:1", "/bin/sh", "-c", "echo mine > /etc/mine; rm /etc/owned").Is(0);
        var id = Engine.Run("commit", "-a", "me", "-m", "because", "-c", "CMD [\"/bin/cat\", \"/etc/mine\"]", "-c", "ENV C=d", "work", "made:2").Is(0).Out.Trim();
        Assert.StartsWith("sha256:", id);
        Assert.Equal("mine\n", Engine.Run("run", "--rm", "made:2").Is(0).Out);
        Assert.Equal("b d\n", Engine.Run("run", "--rm", "made:2", "/bin/sh", "-c", "echo $A $C; test ! -e /etc/owned").Is(0).Out);
        Engine.Run("run", "--name", "plain", Image, "/bin/true").Is(0);
        Assert.Contains("made of a directory", Engine.Run("commit", "plain").Is(1).Err);
    }

    [Fact]
    public void PruningRemovesWhatDoesNotRun()
    {
        Engine.Detached("exec sleep 1000", "--name", "runs");
        Engine.Run("run", "--name", "ended", "--label", "keep", Image, "/bin/true").Is(0);
        Engine.Run("create", "--name", "never", Image, "/bin/true").Is(0);
        Engine.Run("container", "prune", "-f", "--filter", "label!=keep").Is(0);
        Assert.Equal(["ended", "runs"], Engine.Run("ps", "-a", "--format", "{{.Names}}").Lines.Order());
        Assert.Contains("Containers", Engine.Run("system", "df").Is(0).Out);
        Assert.Contains("Total reclaimed space", Engine.Run("system", "prune", "-f").Is(0).Out);
        Assert.Equal("runs\n", Engine.Run("ps", "-a", "--format", "{{.Names}}").Out);
        Assert.Equal(0, Engine.Run(["container", "prune"], "n\n"u8.ToArray()).ExitCode);
    }

    [Fact]
    public void AfterTheMachineWentDownPoliciesDecide()
    {
        // The machine's end: processes are gone, and with them all below /run.
        foreach (var (name, policy) in ((string, string)[])[("always", "always"), ("unless", "unless-stopped"), ("failure", "on-failure"), ("no", "no"), ("stopped", "unless-stopped"), ("stopped-always", "always")])
        {
            Engine.Detached("exec sleep 1000", "--name", name, "--restart", policy);
        }

        Engine.Run("stop", "-t", "0", "stopped", "stopped-always").Is(0);
        foreach (var name in (string[])["always", "unless", "failure", "no"])
        {
            var parts = Engine.Inspect(name, "{{.State.MonitorPid}} {{.State.Pid}}").Split(' ').Select(text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            Harness.Signals.Send(parts[0], Harness.Signals.SIGKILL);
            Harness.Signals.Send(parts[1], Harness.Signals.SIGKILL);
            Wait.Until(() => Tool.Run("/bin/sh", "-c", $"grep -qv ') Z' /proc/{parts[1]}/stat").ExitCode != 0, "the process to end");
        }

        // As the next command would do; only the journals know which cgroups to remove.
        Engine.Run("system", "repair").Is(0);
        Assert.Equal(["always", "failure", "stopped-always", "unless"], Engine.Run("system", "start-all").Is(0).Lines.Order());
        Assert.Equal("true", Engine.Inspect("always", "{{.State.Running}}"));
        Assert.Equal("false", Engine.Inspect("stopped", "{{.State.Running}}"));
    }
}
