using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>A containerd of its own: what Kubernetes has below it, by the same shim.</summary>
public sealed class Containerd : IDisposable
{
    private readonly Lock _lock = new();
    private Host? _host;
    private Running? _daemon;
    private Exception? _failure;

    public Host Host => _host!;

    public void Require()
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            if (_host is not null)
            {
                return;
            }

            try
            {
                Machine.RequireTool("containerd", "containerd");
                Machine.RequireTool("ctr", "containerd");
                _host = new Host("containerd");
                Start();
            }
            catch (Exception e)
            {
                _failure = e;
                throw;
            }
        }
    }

    public string[] Command(params string[] arguments) => ["ctr", "-a", $"{Host.Directory}/socket", .. arguments];

    public Result Ctr(params string[] arguments)
    {
        var command = Command(arguments);
        using var running = Tool.Start(command[0], command[1..]);
        return running.End(120);
    }

    public void Dispose()
    {
        try
        {
            if (_daemon is { HasExited: false } && _failure is null)
            {
                foreach (var id in Ctr("containers", "ls", "-q").Lines)
                {
                    Ctr("task", "rm", "-f", id);
                    Ctr("containers", "rm", id);
                }
            }

            _daemon?.Signal(Signals.SIGTERM);
            _daemon?.End(60);
            _daemon?.Dispose();
        }
        finally
        {
            _host?.Dispose();
        }
    }

    private void Start()
    {
        var config = Path.Combine(Host.Directory, "config.toml");
        File.WriteAllText(config, $"""
            version = 2
            root = "{Host.Directory}/root"
            state = "{Host.Directory}/state"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{Host.Directory}/socket"
            [ttrpc]
              address = "{Host.Directory}/socket.ttrpc"
            """);
        _daemon = Tool.Start("containerd", ["--config", config]);
        Wait.Until(() => _daemon.HasExited || Ctr("version").ExitCode == 0, "containerd answers", 60);
        Assert.False(_daemon.HasExited, $"containerd has ended: {_daemon.Err}");
    }
}
