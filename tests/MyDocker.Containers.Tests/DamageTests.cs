using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Files that a power failure or a full disk has cut short: a clear error or recovery, never a crash or a container silently lost.</summary>
[Collection("alone")]
public sealed class DamageTests : ContainerTest
{
    [Theory]
    [InlineData("container.json")]
    [InlineData("state.json")]
    public void AFileCutAtEveryLengthIsNoticed(string file)
    {
        var id = Engine.Run("create", "--name", "victim", Image, "/bin/true").Is(0).Lines[0];
        Engine.Run("start", "-a", "victim").Is(0);
        Engine.Detached("exec sleep 1000", "--name", "bystander");
        var path = Path.Combine(Engine.Data, "containers", id, file);
        var whole = File.ReadAllBytes(path);
        var step = Math.Max(1, whole.Length / 150);
        for (var length = 0; length < whole.Length; length += step)
        {
            File.WriteAllBytes(path, whole[..length]);
            var list = Engine.Run("ps", "-a", "--format", "{{.Names}}|{{.State}}|{{.Status}}").Is(0);
            Assert.Equal(2, list.Lines.Length);
            Assert.Contains(list.Lines, line => line.StartsWith("bystander|running", StringComparison.Ordinal));
            var victim = list.Lines.Single(line => line.StartsWith("victim|", StringComparison.Ordinal));
            Assert.Contains(file == "container.json" ? "|dead|Dead (" : "|exited|Exited (code unknown)", victim);
            var inspect = Engine.Run("inspect", "victim");
            Assert.DoesNotContain("internal error", inspect.Err);
            if (file == "container.json")
            {
                Assert.Contains("is damaged", inspect.Is(1).Err);
            }
            else
            {
                Assert.Contains("is damaged", inspect.Is(0).Out);
            }
        }

        if (file == "state.json")
        {
            Engine.Run("start", "-a", "victim").Is(0); // what is not known does not keep it from running
            Assert.Equal("0", Engine.Inspect("victim", "{{.State.ExitCode}}"));
        }
        else
        {
            Assert.Contains("is damaged", Engine.Run("start", "victim").Is(1).Err);
            Assert.Contains("is damaged", Engine.Run("rm", "victim").Is(1).Err);
        }

        Engine.Run("rm", "-f", "victim").Is(0);
        Assert.Null(Engine.Line("victim"));
        Engine.Run("run", "--name", "victim", Image, "/bin/true").Is(0); // the name is free
    }

    /// <summary>Written anew by a program that names fields in another way: all of it is unknown, which is no error by itself.</summary>
    [Fact]
    public void ARecordWithoutItsIdIsNoticed()
    {
        var id = Engine.Run("create", "--name", "victim", Image, "/bin/true").Is(0).Lines[0];
        var path = Path.Combine(Engine.Data, "containers", id, "container.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"id\":", "\"Id\":", StringComparison.Ordinal));
        var list = Engine.Run("ps", "-a", "--format", "{{.Names}}|{{.State}}|{{.Status}}").Is(0);
        Assert.StartsWith("victim|dead|Dead (", list.Out);
        foreach (var command in (string[])["inspect", "start", "rm"])
        {
            Assert.Contains("is damaged: its \"id\" is \"\"", Engine.Run(command, "victim").Is(1).Err);
        }

        Engine.Run("rm", "-f", "victim").Is(0);
    }

    [Fact]
    public void AJournalCutAtEveryLengthTakesNothingElseAway()
    {
        Engine.Run("run", "--name", "kept", Image, "/bin/true").Is(0);
        var id = Engine.Detached("exec sleep 1000", "--name", "gone");
        var path = Path.Combine(Engine.State, "journal", id);
        var whole = System.Text.Encoding.UTF8.GetBytes(Kernel.Syscalls.Files.ReadText(path)); // .NET's own would ask for its lock
        Harness.Signals.Send(int.Parse(Engine.Inspect("gone", "{{.State.MonitorPid}}"), System.Globalization.CultureInfo.InvariantCulture), Harness.Signals.SIGKILL);
        Engine.Run("kill", "gone").Is(0);
        Engine.Run("rm", "gone").Is(0);
        for (var length = 0; length < whole.Length; length += 3)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal("kept\n", Engine.Run("ps", "-a", "--format", "{{.Names}}").Is(0).Out);
            Assert.False(File.Exists(path));
            Assert.True(Directory.Exists(Engine.State) && Directory.Exists(Path.Combine(Engine.Data, "names")));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFullDiskTakesTheEndOfNoContainerAway(bool monitorKilled)
    {
        var small = NewDirectory("small");
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=2m", "none", small).Is(0);
        try
        {
            using var engine = new Engine(data: small);
            engine.Run("run", "-d", "--name", "ends", "--userns=host", Image, "/bin/sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done").Is(0);
            Wait.Until(() => engine.Run("logs", "ends").Out == "up\n", "the trap");
            Tool.Shell($"dd if=/dev/zero of='{small}/filler' bs=4k 2>/dev/null; test \"$(df --output=avail '{small}' | tail -1)\" -eq 0");
            if (monitorKilled)
            {
                // No command comes by in between, which would give it another one.
                var parts = engine.Inspect("ends", "{{.State.MonitorPid}} {{.State.Pid}}").Split(' ').Select(text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
                Harness.Signals.Send(parts[0], Harness.Signals.SIGKILL);
                Harness.Signals.Send(parts[1], Harness.Signals.SIGTERM);
                Wait.Until(() => Tool.Run("/bin/sh", "-c", $"grep -qv ') Z' /proc/{parts[1]}/stat").ExitCode != 0, "its end");
            }
            else
            {
                engine.Run("kill", "-s", "TERM", "ends").Is(0);
            }

            engine.Waits("ends", "{{.State.Status}}", "exited");
            var (status, code) = monitorKilled ? ("Exited (code unknown)", "255 false") : ("Exited (7)", "7 true");
            for (var i = 0; i < 3; i++)
            {
                Assert.Contains(status, engine.Run("ps", "-a").Is(0).Out);
                Assert.Equal(code, engine.Inspect("ends", "{{.State.ExitCode}} {{.State.ExitCodeKnown}}"));
            }

            var refused = engine.Run("run", "-d", "--name", "more", "--userns=host", Image, "/bin/true");
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("ENOSPC", refused.Err);
            Assert.DoesNotContain(Directory.GetFileSystemEntries(small, "*", SearchOption.AllDirectories), name => name.EndsWith(".tmp", StringComparison.Ordinal));
            File.Delete(Path.Combine(small, "filler"));
            Assert.Contains(status, engine.Run("ps", "-a").Is(0).Out);
            Assert.Contains("exited", File.ReadAllText(Path.Combine(small, "containers", engine.Inspect("ends", "{{.Id}}"), "state.json")));
            Assert.Equal(code, engine.Inspect("ends", "{{.State.ExitCode}} {{.State.ExitCodeKnown}}"));
            engine.Run("start", "ends").Is(0);
            engine.Run("rm", "-f", "ends").Is(0);
            Census.AssertNothingLeft(engine);
        }
        finally
        {
            Tool.Run("umount", small).Is(0);
        }
    }

    [Fact]
    public void AFullDiskHurtsTheLogAndNotTheContainer()
    {
        var small = NewDirectory("small");
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=2m", "none", small).Is(0);
        try
        {
            using var engine = new Engine(data: small);
            engine.Run("run", "-d", "--name", "writer", "--userns=host", Image, "/bin/sh", "-c", "on=; trap 'on=1' USR1; echo first; dd if=/dev/zero bs=1k count=6000 2>/dev/null | tr '\\0' x; while [ -z $on ]; do sleep 0.1; done; echo; echo last").Is(0);
            Wait.Until(() => Tool.Run("df", "--output=avail", small).Lines[^1].Trim() == "0" && engine.Run("top", "writer").Out.Contains("sleep"), "the disk to be full", 60);
            engine.Run("ps").Is(0);
            var update = engine.Run("update", "--pids-limit", "77", "writer");
            Assert.Contains("ENOSPC", update.Is(125).Err);
            Assert.Equal("true", engine.Inspect("writer", "{{.State.Running}}"));
            Tool.Shell($"truncate -s 0 '{engine.Inspect("writer", "{{.LogPath}}")}'");
            engine.Run("kill", "-s", "USR1", "writer").Is(0);
            Assert.Equal("0\n", engine.Run("wait", "writer").Is(0).Out);
            var log = engine.Run("logs", "writer").Is(0);
            Assert.EndsWith("last\n", log.Out);
            Assert.Contains("could not be written: ENOSPC", log.Err);
            engine.Run("rm", "writer").Is(0);
            Census.AssertNothingLeft(engine);
        }
        finally
        {
            Tool.Run("umount", small).Is(0);
        }
    }
}
