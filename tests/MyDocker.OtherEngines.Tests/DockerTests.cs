using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>A dockerd of its own, without networks.</summary>
public class Docker : DockerLike
{
    private Running? _daemon;

    protected override string Name => "docker";

    public override string[] Command(params string[] arguments) => ["docker", "-H", $"unix://{Host.Directory}/socket", .. arguments];

    protected override void Prepare()
    {
        Machine.RequireTool("dockerd", "docker.io");
        Machine.RequireTool("docker", "docker.io");
        Machine.RequireTool("containerd", "containerd");
    }

    protected override void Start()
    {
        File.WriteAllText($"{Host.Directory}/daemon.json", "{}"); // not the machine's own
        _daemon = Tool.Start("dockerd",
        [
            "-H", $"unix://{Host.Directory}/socket", "--data-root", $"{Host.Directory}/data", "--exec-root", $"{Host.Directory}/exec", "--pidfile", $"{Host.Directory}/pid",
            "--config-file", $"{Host.Directory}/daemon.json", "--storage-driver", "vfs", "--exec-opt", UsesSystemd ? "native.cgroupdriver=systemd" : "native.cgroupdriver=cgroupfs",
            "--bridge", "none", "--iptables=false", "--ip-forward=false", "--ip-masq=false", "--add-runtime", $"mydocker={Host.Runtime}", "--default-runtime", "mydocker",
        ]);
        Wait.Until(() => _daemon.HasExited || Run("version").ExitCode == 0, "dockerd answers", 60);
        Assert.False(_daemon.HasExited, $"dockerd has ended: {_daemon.Err}");
    }

    protected override void Stop()
    {
        _daemon?.Signal(Signals.SIGTERM);
        _daemon?.End(60);
        _daemon?.Dispose();
    }
}

/// <summary>With systemd to make the cgroups, as dockerd does by itself on cgroup v2.</summary>
public sealed class DockerUnderSystemd : Docker
{
    public override bool UsesSystemd => true;

    protected override string Name => "docker-systemd";

    protected override void Prepare()
    {
        Host.RequireSystemd();
        base.Prepare();
    }
}

/// <summary>dockerd --add-runtime mydocker=mydocker-runtime.</summary>
public sealed class DockerTests(Docker engine) : DockerLikeTests(engine), IClassFixture<Docker>;

/// <summary>The same with native.cgroupdriver=systemd.</summary>
public sealed class DockerUnderSystemdTests(DockerUnderSystemd engine) : DockerLikeTests(engine), IClassFixture<DockerUnderSystemd>;
