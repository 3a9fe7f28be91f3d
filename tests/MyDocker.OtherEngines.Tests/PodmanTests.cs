using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

public sealed class Podman : DockerLike
{
    protected override string Name => "podman";

    public override string[] Common => ["--network", "none", .. Host.Ulimits];

    public override string[] Insecure => ["--tls-verify=false"];

    /// <summary>Not on cgroup v1: its monitor misses the event, with runc as well.</summary>
    public override bool TellsOutOfMemory => File.Exists("/sys/fs/cgroup/cgroup.controllers");

    public override string[] Command(params string[] arguments) =>
    [
        "podman", "--runtime", Host.Runtime, "--root", $"{Host.Directory}/root", "--runroot", $"{Host.Directory}/run", "--tmpdir", $"{Host.Directory}/tmp",
        "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file", .. arguments,
    ];

    protected override void Prepare() => Machine.RequireTool("podman", "podman");
}

/// <summary>podman --runtime mydocker-runtime.</summary>
public sealed class PodmanTests(Podman engine) : DockerLikeTests(engine), IClassFixture<Podman>;
