using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

public class Podman : DockerLike
{
    protected override string Name => "podman";

    public override string[] Common => ["--network", "none", .. Host.Ulimits];

    public override string[] Insecure => ["--tls-verify=false"];

    /// <summary>Not on cgroup v1: its monitor misses the event, with runc as well.</summary>
    public override bool TellsOutOfMemory => File.Exists("/sys/fs/cgroup/cgroup.controllers");

    public override string[] Command(params string[] arguments) =>
    [
        "podman", "--runtime", Host.Runtime, "--root", $"{Host.Directory}/root", "--runroot", $"{Host.Directory}/run", "--tmpdir", $"{Host.Directory}/tmp",
        "--storage-driver", "vfs", "--cgroup-manager", UsesSystemd ? "systemd" : "cgroupfs", "--events-backend", "file", .. arguments,
    ];

    protected override void Prepare() => Machine.RequireTool("podman", "podman");
}

/// <summary>With systemd to make the cgroups, as podman does by itself on a host that has it.</summary>
public sealed class PodmanUnderSystemd : Podman
{
    public override bool UsesSystemd => true;

    /// <summary>
    /// conmon looks at memory.events when the container has ended, and systemd removes the scope when its last process has: whoever
    /// is first. crun's and runc's containers lose it as often ("Failed to open cgroups file" in conmon's log).
    /// </summary>
    public override int TriesOutOfMemory => 6;

    protected override string Name => "podman-systemd";

    protected override void Prepare()
    {
        Host.RequireSystemd();
        base.Prepare();
    }
}

/// <summary>podman --runtime mydocker-runtime.</summary>
public sealed class PodmanTests(Podman engine) : DockerLikeTests(engine), IClassFixture<Podman>;

/// <summary>podman --runtime mydocker-runtime --cgroup-manager systemd.</summary>
public sealed class PodmanUnderSystemdTests(PodmanUnderSystemd engine) : DockerLikeTests(engine), IClassFixture<PodmanUnderSystemd>;
