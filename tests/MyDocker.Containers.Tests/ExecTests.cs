using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>exec: a process among the container's own.</summary>
public sealed class ExecTests : ContainerTest
{
    private void Up(params string[] options) => Engine.Run(["run", "-d", "--name", "host", .. options, Image, "/bin/sleep", "1000"]).Is(0);

    [Fact]
    public void ItEntersEveryNamespaceAndTheCgroup()
    {
        Up("-h", "inside.example", "-e", "A=b");
        const string Look = "for n in cgroup ipc mnt net pid user uts; do readlink /proc/PID/ns/$n; done; cat /proc/PID/cgroup";
        var own = Engine.Run("exec", "host", "/bin/sh", "-c", Look.Replace("PID", "1")).Is(0).Out;
        Assert.Equal(own, Engine.Run("exec", "host", "/bin/sh", "-c", Look.Replace("PID", "self")).Is(0).Out);
        var result = Engine.Run("exec", "host", "/bin/sh", "-c", "hostname; echo $A; id -u; grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status; pwd").Is(0);
        Assert.StartsWith("inside.example\nb\n0\n", result.Out);
        Assert.Equal(Engine.Run("exec", "host", "/bin/grep", "-E", "^(Cap|Seccomp:|NoNewPrivs)", "/proc/1/status").Is(0).Out, string.Join('\n', result.Lines[3..^1]) + "\n");
        Assert.Contains("1000", Engine.Run("top", "host").Out);
    }

    [Fact]
    public void StreamsExitCodesAndOptions()
    {
        Up();
        var result = Engine.Run("exec", "host", "/bin/sh", "-c", "echo out; echo err >&2; exit 42").Is(42);
        Assert.Equal(("out\n", "err\n"), (result.Out, result.Err));
        Assert.Equal("HELLO\n", Engine.Run(["exec", "-i", "host", "/bin/tr", "a-z", "A-Z"], "hello\n"u8.ToArray()).Is(0).Out);
        Assert.Equal("0\n", Engine.Run(["exec", "host", "/bin/sh", "-c", "wc -c"], "hello"u8.ToArray()).Is(0).Out); // without -i there is no input
        Assert.Equal("1000 1001 /tmp X=y /home/user\n", Engine.Run("exec", "-u", "user:extra", "-w", "/tmp", "-e", "X=y", "host", "/bin/sh", "-c", "echo $(id -u) $(id -g) $(pwd) X=$X $HOME").Is(0).Out);
        Assert.Equal("again\n", Engine.Run("exec", "host", "/bin/sh", "-c", "echo again > /dev/stdout").Is(0).Out);
        Assert.Equal(143, Engine.Run("exec", "host", "/bin/sh", "-c", "kill -TERM $$").ExitCode);
        Assert.Contains("not found", Engine.Run("exec", "host", "nonesuch").Is(127).Err);
        Assert.Equal(126, Engine.Run("exec", "host", "/etc/passwd").ExitCode);
        Assert.Contains("no such user", Engine.Run("exec", "-u", "stranger", "host", "/bin/true").Err);
        Assert.Contains("chdir", Engine.Run("exec", "-w", "/nowhere", "host", "/bin/true") is { ExitCode: not 0 } refused ? "chdir" + refused.Err : "");
        var data = new byte[8 << 20];
        new Random(2).NextBytes(data);
        Assert.Equal(data, Engine.Run(["exec", "-i", "host", "/bin/cat"], data).Is(0).OutBytes);
    }

    [Fact]
    public void SignalsReachIt()
    {
        Up();
        using var running = Engine.Start(["exec", "host", "/bin/sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done"]);
        running.Shows("up");
        running.Signal(Harness.Signals.SIGTERM);
        Assert.Equal(7, running.End().ExitCode);
    }

    [Fact]
    public void ATerminalOfItsOwn()
    {
        Machine.RequireTool("setsid", "util-linux");
        Up();
        using var caller = new Caller(Engine, ["exec", "-it", "host", "/bin/sh"]);
        caller.Type("stty size; tty; echo ready-$((1+1))\r");
        caller.Shows("30 100");
        caller.Shows("/dev/pts/");
        caller.Shows("ready-2");
        Assert.False(caller.Modes.IsCanonical);
        caller.Type("sleep 1000\r");
        Wait.Until(() => Engine.Run("top", "host").Lines.Count(line => line.EndsWith("sleep 1000", StringComparison.Ordinal)) == 2, "the second sleep");
        caller.Type("\u0003");
        caller.Type("echo code-$?; exit 4\r");
        caller.Shows("code-130");
        Assert.Equal(4, caller.Exit().ShellCode);
        Assert.True(caller.Modes.SameAs(caller.Original));
    }

    [Theory]
    [InlineData(null, "\u0010\u0011")]
    [InlineData("ctrl-x,q", "\u0018q")]
    public void ItsKeysLeaveItAndItGoesOn(string? keys, string typed)
    {
        Machine.RequireTool("setsid", "util-linux");
        Up();
        using (var caller = new Caller(Engine, ["exec", "-it", .. keys is null ? (string[])[] : ["--detach-keys", keys], "host", "/bin/sh", "-c", "trap '' INT; echo up; read -r line; echo got-$line > /tmp/line; i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; echo on > /tmp/mark; exec sleep 2000"]))
        {
            caller.Shows("up");
            caller.Type("word\r" + typed);
            Assert.Equal(0, caller.Exit().ShellCode);
            Assert.True(caller.Modes.SameAs(caller.Original));
        }

        // Nobody reads its terminal any more, and it is not held up by that.
        Wait.Until(() => Engine.Run("exec", "host", "/bin/cat", "/tmp/mark").Out == "on\n", "the command to go on");
        Assert.Equal("got-word\n", Engine.Run("exec", "host", "/bin/cat", "/tmp/line").Is(0).Out);
        Assert.Contains("sleep 2000", Engine.Run("top", "host").Out);
        Engine.Run("rm", "-f", "host").Is(0);
    }

    [Fact]
    public void DetachedItGoesOn()
    {
        Up();
        Engine.Run("exec", "-d", "host", "/bin/sh", "-c", "sleep 0.2; echo there > /tmp/mark; sleep 1000").Is(0);
        Wait.Until(() => Engine.Run("exec", "host", "/bin/cat", "/tmp/mark").Out == "there\n", "the mark");
        Engine.Run("rm", "-f", "host").Is(0);
    }

    [Fact]
    public void PrivilegedItHasAllCapabilities()
    {
        Up("--cap-drop", "ALL");
        string Caps(params string[] options) => Engine.Run(["exec", .. options, "host", "/bin/sh", "-c", "grep CapEff /proc/self/status"]).Is(0).Out.Split('\t')[1].Trim();
        Assert.Equal("0000000000000000", Caps());
        Assert.True(Convert.ToUInt64(Caps("--privileged"), 16) > 0xffffffff);
    }

    [Fact]
    public void WhatDoesNotRunTakesNone()
    {
        Up();
        Engine.Run("pause", "host").Is(0);
        Assert.Contains("is paused", Engine.Run("exec", "host", "/bin/true").Is(1).Err);
        Engine.Run("unpause", "host").Is(0);
        Engine.Run("kill", "host").Is(0);
        Assert.Contains("not running", Engine.Run("exec", "host", "/bin/true").Is(1).Err);
    }
}
