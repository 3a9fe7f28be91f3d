using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>A dockerd of its own, without networks.</summary>
public sealed class Docker : DockerLike
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
            "--config-file", $"{Host.Directory}/daemon.json", "--storage-driver", "vfs", "--exec-opt", "native.cgroupdriver=cgroupfs",
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

/// <summary>dockerd --add-runtime mydocker=mydocker-runtime.</summary>
public sealed class DockerTests(Docker engine) : DockerLikeTests(engine), IClassFixture<Docker>;
