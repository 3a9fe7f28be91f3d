using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>--network, --pid, --ipc, --uts container:NAME.</summary>
public sealed class NamespaceSharingTests : ContainerTest
{
    private string Inside(string container, string script) => Engine.Run("exec", container, "/bin/sh", "-c", script).Is(0).Out.Trim();

    private string Namespace(string container, string type) => Inside(container, $"readlink /proc/self/ns/{type}");

    private void First(params string[] options) => Engine.Detached("echo up; exec sleep 1000", ["--name", "first", "-h", "first.example", .. options]);

    private string FirstId(string container) => File.ReadAllText($"/proc/{Engine.Inspect(container, "{{.State.Pid}}")}/uid_map").Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];

    [Fact]
    public void ANetworkIsSharedWithItsNamesAndUsers()
    {
        First("--add-host", "db:192.0.2.7");
        Engine.Detached("echo mine > /etc/own; echo x > /data/x; exec sleep 1000", "--name", "second", "--network", "container:first", "-v", "data:/data", "--tmpfs", "/scratch");
        Assert.Equal(Namespace("first", "net"), Namespace("second", "net"));
        Assert.Equal(Namespace("first", "user"), Namespace("second", "user"));
        foreach (var type in (string[])["pid", "ipc", "uts", "mnt", "cgroup"])
        {
            Assert.NotEqual(Namespace("first", type), Namespace("second", type));
        }

        Assert.Equal("first.example", Inside("second", "hostname"));
        Assert.Equal("first.example", Inside("second", "echo $HOSTNAME"));
        Assert.Contains("192.0.2.7\tdb", Inside("second", "cat /etc/hosts"));
        Assert.Equal("0:0 0:0 5:6 1777", Inside("second", "echo $(stat -c %u:%g /etc/own /data/x /etc/owned) $(stat -c %a /scratch)"));
        Engine.Run("exec", "-d", "first", "/bin/sh", "-c", "echo served | nc -l -p 7777").Is(0);
        Wait.Until(() => Engine.Run("exec", "second", "/bin/nc", "127.0.0.1", "7777").Out == "served\n", "what the first one serves");
        Assert.StartsWith("container:", Engine.Inspect("second", "{{.HostConfig.NetworkMode}}"));
        Engine.Run("rm", "-f", "second").Is(0);
        Engine.Run("volume", "rm", "data").Is(0);
        Assert.Equal("up\n", Engine.Run("logs", "first").Is(0).Out);
    }

    [Fact]
    public void TheRangeOfUsersIsHeldUntilTheLastOfThemHasEnded()
    {
        First();
        Engine.Detached("exec sleep 1000", "--name", "second", "--network", "container:first");
        var range = FirstId("first");
        Assert.Equal(range, FirstId("second"));
        Engine.Run("stop", "-t", "0", "first").Is(0);
        Assert.Equal("true", Engine.Inspect("second", "{{.State.Running}}"));
        Engine.Run("start", "first").Is(0); // it wants the range that it had
        Assert.NotEqual(range, FirstId("first"));
        Engine.Run("restart", "-t", "0", "second").Is(0);
        Assert.Equal(FirstId("first"), FirstId("second"));
        Assert.Equal(Namespace("first", "net"), Namespace("second", "net"));
        Assert.Equal("0 5", Inside("second", "echo $(stat -c %u / /etc/owned)"));
    }

    [Fact]
    public void ProcessesAreSeenAndEndWithTheFirst()
    {
        First();
        Engine.Detached("exec sleep 2000", "--name", "second", "--pid", "container:first");
        Assert.Equal(Namespace("first", "pid"), Namespace("second", "pid"));
        Assert.Contains("sleep 1000", Inside("second", "ps"));
        Assert.Contains("sleep 2000", Inside("first", "ps"));
        Assert.DoesNotContain("sleep 1000", Engine.Run("top", "second").Is(0).Out);
        Engine.Run("kill", "-s", "TERM", "second").Is(0);
        Assert.Equal("143\n", Engine.Run("wait", "second").Is(0).Out); // not the first process of its namespace: the signal acts
        Engine.Run("start", "second").Is(0);
        Engine.Run("kill", "first").Is(0);
        Engine.Waits("second", "{{.State.Status}}", "exited");
        Assert.Equal("137", Engine.Inspect("second", "{{.State.ExitCode}}"));
        var refused = Engine.Run("start", "second");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("container first, which is not running", refused.Err);
    }

    [Fact]
    public void SharedMemoryAndHostNames()
    {
        First();
        Inside("first", "echo there > /dev/shm/note");
        Engine.Detached("exec sleep 1000", "--name", "second", "--ipc", "container:first", "--uts", "container:first");
        Assert.Equal(Namespace("first", "ipc"), Namespace("second", "ipc"));
        Assert.Equal(Namespace("first", "uts"), Namespace("second", "uts"));
        Assert.Equal("there", Inside("second", "cat /dev/shm/note"));
        Inside("second", "echo back > /dev/shm/answer");
        Assert.Equal("back", Inside("first", "cat /dev/shm/answer"));
        Assert.Equal("first.example", Inside("second", "hostname"));
        Assert.Equal("yes", Engine.Run("run", "--rm", "--ipc", "shareable", Image, "/bin/sh", "-c", "test -e /dev/shm/note || echo yes").Is(0).Out.Trim());
    }

    [Fact]
    public void TheHostsOwn()
    {
        Assert.Equal(Environment.MachineName, Engine.Run("run", "--rm", "--uts", "host", Image, "/bin/hostname").Is(0).Out.Trim());
        Assert.Contains("--userns=host", Engine.Run("run", "--rm", "--pid", "host", Image, "/bin/true").Is(125).Err);
        Assert.Contains("--userns=host", Engine.Run("run", "--rm", "--ipc", "host", Image, "/bin/true").Is(125).Err);
        var pid = Engine.Run("run", "--rm", "--userns", "host", "--pid", "host", Image, "/bin/sh", "-c", "readlink /proc/self/ns/pid; test -e /proc/" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + " && echo seen").Is(0).Out;
        Assert.Contains("seen", pid);
        Assert.Equal(new FileInfo("/proc/self/ns/ipc").LinkTarget, Engine.Run("run", "--rm", "--userns", "host", "--ipc", "host", Image, "/bin/readlink", "/proc/self/ns/ipc").Is(0).Out.Trim());
    }

    [Fact]
    public void WhatDoesNotGoTogetherIsRefused()
    {
        First();
        Engine.Detached("exec sleep 1000", "--name", "privileged", "--userns", "host");
        Engine.Detached("exec sleep 1000", "--name", "other");
        string Refused(params string[] options) => Engine.Run(["run", "--rm", .. options, Image, "/bin/true"]).Is(125).Err;
        Assert.Contains("conflicting options: hostname", Refused("--network", "container:first", "-h", "x"));
        Assert.Contains("conflicting options: dns", Refused("--network", "container:first", "--dns", "192.0.2.1"));
        Assert.Contains("conflicting options: custom host-to-IP", Refused("--network", "container:first", "--add-host", "a:192.0.2.1"));
        Assert.Contains("conflicting options: hostname and the UTS mode", Refused("--uts", "container:first", "-h", "x"));
        Assert.Contains("users of their own each", Refused("--network", "container:first", "--pid", "container:other"));
        Assert.Contains("--userns=host", Refused("--network", "container:privileged"));
        Engine.Run("run", "--rm", "--userns", "host", "--network", "container:privileged", Image, "/bin/true").Is(0);
        Engine.Run("run", "--rm", "--net", "container:first", "--pid", "container:first", "--ipc", "container:first", Image, "/bin/true").Is(0);
        Assert.Contains("no such container", Engine.Run("run", "--rm", "--network", "container:nobody", Image, "/bin/true").Err);
        Engine.Run("stop", "-t", "0", "first").Is(0);
        Assert.Contains("first, which is not running", Refused("--network", "container:first"));
        Assert.Contains("private, shareable, host or container:NAME", Refused("--ipc", "public"));
    }
}
