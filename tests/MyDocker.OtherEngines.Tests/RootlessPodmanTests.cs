using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>
/// podman of a user without root, whose own systemd makes the scopes: the runtime is root of podman's user namespace, and must
/// not take the host's systemd for its own. Device rules need root and are left out.
/// </summary>
public sealed class RootlessPodman : Podman
{
    private string _user = "";

    public override bool UsesSystemd => true;

    protected override string Name => "rootless";

    private string Runtime => $"{Host.Directory}/mydocker-runtime";

    public override string[] Command(params string[] arguments)
        => AsUser([.. base.Command(arguments).Select(word => word == Host.Runtime ? Runtime : word)]);

    /// <summary>Units of the user's systemd whose name has this in it.</summary>
    public string[] Units(string part)
    {
        var command = AsUser("systemctl", "--user", "list-units", "--all", "--plain", "--no-legend", $"*{part}*");
        return [.. Tool.Run(command[0], command[1..]).Is(0).Lines.Select(line => line.Split(' ')[0])];
    }

    protected override void Prepare()
    {
        Host.RequireSystemd();
        Assert.SkipUnless(File.Exists("/sys/fs/cgroup/cgroup.controllers"), "a user's systemd hands out cgroups on cgroup v2 only");
        base.Prepare();
        Machine.RequireTool("newuidmap", "uidmap");
        _user = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(fields => fields is [_, _, "1000", ..])?[0] ?? "";
        Assert.SkipUnless(_user.Length > 0 && File.ReadLines("/etc/subuid").Any(line => line.StartsWith(_user + ":", StringComparison.Ordinal)), "no user of number 1000 with ids of its own in /etc/subuid");
    }

    protected override void Start()
    {
        Tool.Run("systemctl", "start", "user@1000.service").Is(0);
        File.Copy(Host.Runtime, Runtime);
        Tool.Run("chown", "-R", _user, Host.Directory).Is(0);
    }

    private string[] AsUser(params string[] command)
        => ["runuser", "-u", _user, "--", "env", "-C", Host.Directory, "XDG_RUNTIME_DIR=/run/user/1000", "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus", $"HOME={Host.Directory}", $"USER={_user}", .. command];
}

/// <summary>podman --runtime mydocker-runtime --cgroup-manager systemd, without root.</summary>
public sealed class RootlessPodmanTests : IClassFixture<RootlessPodman>
{
    private readonly RootlessPodman _podman;

    public RootlessPodmanTests(RootlessPodman podman)
    {
        podman.Require();
        _podman = podman;
    }

    [Fact]
    public void ItsScopesAreOfTheUsersSystemdAndHaveTheirLimits()
    {
        var id = _podman.Run("run", "-d", "--name", "own", "--network", "none", "-m", "64m", "--pids-limit", "55", "--cpus", "0.5", "busybox", "/bin/sleep", "1000").Is(0).Out.Trim();
        Assert.Contains($"libpod-{id}.scope", _podman.Units("libpod"));
        var cgroup = "/sys/fs/cgroup" + _podman.Run("inspect", "-f", "{{.State.CgroupPath}}", "own").Is(0).Out.Trim();
        Assert.Contains("/user@1000.service/", cgroup);
        string Read(string file) => File.ReadAllText(Path.Combine(cgroup, file)).Trim();
        Assert.Equal($"{64 << 20} 55 50000 100000", $"{Read("memory.max")} {Read("pids.max")} {Read("cpu.max")}");
        Assert.Contains("uid=0", _podman.Run("exec", "own", "/bin/id").Is(0).Out);
        _podman.Run("update", "--memory", "96m", "own").Is(0);
        Assert.Equal($"{96 << 20}", Read("memory.max"));
        _podman.Run("pause", "own").Is(0);
        Assert.Contains("frozen 1", Read("cgroup.events"));
        _podman.Run("unpause", "own").Is(0);
        _podman.Run("rm", "-f", "-t", "0", "own").Is(0);
        Wait.Until(() => _podman.Units(id).Length == 0, "the scope to be gone");
        Assert.False(Directory.Exists(cgroup));
    }

    [Fact]
    public void TheMemoryLimitHolds()
    {
        _podman.Run("run", "--rm", "--network", "none", "-m", "16m", "busybox", "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=256M", "count=1").Is(137);
        Assert.Empty(_podman.Run("ps", "-a", "-q", "-f", "status=exited").Is(0).Lines);
    }
}
