using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace MyDocker.Containers.Tests.Harness;

/// <summary>Debian's docker-registry on a free port.</summary>
public sealed class LocalRegistry : IDisposable
{
    private readonly Process _process;

    public LocalRegistry(string directory)
    {
        Machine.RequireTool("docker-registry", "docker-registry");
        Host = $"127.0.0.1:{FreePort()}";
        File.WriteAllText($"{directory}/config.yml", $"version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {directory}/data\nhttp:\n  addr: {Host}\n");
        _process = Process.Start(new ProcessStartInfo("docker-registry", ["serve", $"{directory}/config.yml"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        Wait.Until(Listens, "the registry's port");
    }

    public string Host { get; }

    /// <summary>A port of this host that nobody listens on.</summary>
    public static int FreePort()
    {
        var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        return port;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private bool Listens()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPEndPoint.Parse(Host));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
