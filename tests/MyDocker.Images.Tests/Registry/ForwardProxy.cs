using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MyDocker.Images.Tests.Registry;

/// <summary>
/// An HTTP proxy as companies have them: CONNECT for TLS, whole URLs for plain HTTP, with a password or without. Every
/// host is this one, so that a name that nobody can resolve is reached through it and in no other way.
/// </summary>
/// <param name="password">"user:password"; null: everybody may.</param>
public sealed class ForwardProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string? _password;

    public ForwardProxy(string? password = null)
    {
        _password = password;
        _listener.Start();
        _ = Task.Run(Accept);
    }

    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The first line of what each connection asked for first.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public void Dispose() => _listener.Stop();

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => Serve(client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
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
                var stream = client.GetStream();
                var head = await ReadHead(stream);
                while (_password is not null && !head.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(_password))}", StringComparison.OrdinalIgnoreCase))
                {
                    await stream.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
                    head = await ReadHead(stream);
                }

                var line = head[..head.IndexOf('\r')];
                Requests.Enqueue(line);
                var words = line.Split(' ');
                var isTunnel = words[0] == "CONNECT";
                await server.ConnectAsync(IPAddress.Loopback, new Uri(isTunnel ? $"tcp://{words[1]}" : words[1]).Port);
                await (isTunnel ? stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray()) : server.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head)));
                var up = stream.CopyToAsync(server.GetStream());
                await server.GetStream().CopyToAsync(stream);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
            }
        }
    }

    private static async Task<string> ReadHead(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                throw new IOException("closed");
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
