using System.Net;
using System.Net.Sockets;

namespace MyDocker.Images.Tests.Registry;

/// <summary>Passes bytes on to a registry, and cuts connections after a number of bytes of answers, the next ones later.</summary>
public sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Queue<long> _cuts;
    private int _connections;
    private long _passed;

    /// <param name="cuts">after how many bytes of answers each connection ends; those after the last are left alone.</param>
    public CuttingProxy(int target, params long[] cuts)
    {
        (_target, _cuts) = (target, new Queue<long>(cuts));
        _listener.Start();
        _ = Task.Run(Accept);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;
    public string Host => $"127.0.0.1:{Port}";
    public int Connections => _connections;

    /// <summary>Bytes of answers that came through.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    public int CutsLeft
    {
        get
        {
            lock (_cuts)
            {
                return _cuts.Count;
            }
        }
    }

    public void Dispose() => _listener.Stop();

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _connections);
                _ = Task.Run(() => Serve(client));
            }
        }
        catch (SocketException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target);
                var up = client.GetStream().CopyToAsync(server.GetStream());
                var buffer = new byte[16 * 1024];
                long? left = null;
                int count;
                while ((count = await server.GetStream().ReadAsync(buffer)) > 0)
                {
                    // A cut belongs to a connection that carries a blob, not to the first question whether TLS is spoken.
                    left ??= Next();
                    var now = (int)Math.Min(count, left ?? count);
                    await client.GetStream().WriteAsync(buffer.AsMemory(0, now));
                    Interlocked.Add(ref _passed, now);
                    left -= now;
                    if (left == 0)
                    {
                        client.Client.LingerState = new LingerOption(true, 0); // a reset, as a dead router makes
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
            }
        }
    }

    private long? Next()
    {
        lock (_cuts)
        {
            return _cuts.TryDequeue(out var cut) ? cut : null;
        }
    }
}
