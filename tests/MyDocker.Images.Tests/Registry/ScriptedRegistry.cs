using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace MyDocker.Images.Tests.Registry;

/// <summary>A registry that answers as a test tells it to, honestly by default.</summary>
public sealed class ScriptedRegistry : IDisposable
{
    private readonly HttpListener _listener = new();

    public ScriptedRegistry()
    {
        Port = RegistryServer.FreePort();
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public int Port { get; }
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>Blobs and manifests by digest or tag, with their media types.</summary>
    public ConcurrentDictionary<string, (byte[] Bytes, string Type)> Content { get; } = [];

    /// <summary>Called first; true if it has answered.</summary>
    public Func<HttpListenerContext, bool>? Script { get; set; }

    /// <summary>"METHOD PATH AUTHORIZATION" of each request.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public static string DigestOf(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    public string Add(byte[] bytes, string type)
    {
        var digest = DigestOf(bytes);
        Content[digest] = (bytes, type);
        return digest;
    }

    /// <summary>An image of these layers (archives, compressed or not); its manifest's digest.</summary>
    public string AddImage(string tag, string layerType, params byte[][] layers)
    {
        var descriptors = layers.Select(layer => $$"""{"mediaType":"{{layerType}}","digest":"{{Add(layer, "application/octet-stream")}}","size":{{layer.Length}}}""");
        return AddImage(tag, string.Join(',', descriptors), string.Join(',', layers.Select(layer => $"\"{DigestOf(Plain(layer))}\"")));
    }

    public string AddImage(string tag, string layerDescriptors, string diffIds, string architecture = "amd64")
    {
        var config = Encoding.UTF8.GetBytes($$$"""{"architecture":"{{{architecture}}}","os":"linux","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":[{{{diffIds}}}]}}""");
        var digest = Add(config, "application/octet-stream");
        var manifest = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{digest}}","size":{{config.Length}}},"layers":[{{layerDescriptors}}]}""");
        return AddManifest(tag, manifest, "application/vnd.oci.image.manifest.v1+json");
    }

    public string AddManifest(string tag, byte[] manifest, string type)
    {
        Content[tag] = (manifest, type);
        return Add(manifest, type);
    }

    public static byte[] Gzip(byte[] plain)
    {
        var output = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(output, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(plain);
        }

        return output.ToArray();
    }

    public static void Answer(HttpListenerContext context, int status, string body = "", params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.AddHeader(name, value);
        }

        context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: true);
    }

    public void Dispose() => _listener.Close();

    private static byte[] Plain(byte[] layer)
    {
        if (layer is not [0x1f, 0x8b, ..])
        {
            return layer;
        }

        var output = new MemoryStream();
        new System.IO.Compression.GZipStream(new MemoryStream(layer), System.IO.Compression.CompressionMode.Decompress).CopyTo(output);
        return output.ToArray();
    }

    private void Serve()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = _listener.GetContext();
                _ = Task.Run(() => Handle(context));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private void Handle(HttpListenerContext context)
    {
        var request = context.Request;
        Requests.Enqueue($"{request.HttpMethod} {request.Url!.PathAndQuery} {request.Headers["Authorization"]}".TrimEnd());
        try
        {
            if (Script?.Invoke(context) == true)
            {
                return;
            }

            var name = request.Url.AbsolutePath.Split('/')[^1];
            if (request.Url.AbsolutePath == "/v2/")
            {
                Answer(context, 200, "{}");
            }
            else if (Content.TryGetValue(name, out var found))
            {
                Send(context, found.Bytes, found.Type);
            }
            else
            {
                Answer(context, 404, """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}""");
            }
        }
        catch (Exception e) when (e is HttpListenerException or IOException or InvalidOperationException)
        {
            context.Response.Abort();
        }
    }

    private static void Send(HttpListenerContext context, byte[] bytes, string type)
    {
        var from = 0;
        if (context.Request.Headers["Range"] is { } range && range.StartsWith("bytes=", StringComparison.Ordinal))
        {
            from = int.Parse(range[6..].TrimEnd('-'));
            context.Response.StatusCode = 206;
            context.Response.AddHeader("Content-Range", $"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
        }

        context.Response.ContentType = type;
        context.Response.ContentLength64 = bytes.Length - from;
        if (context.Request.HttpMethod != "HEAD")
        {
            context.Response.OutputStream.Write(bytes, from, bytes.Length - from);
        }

        context.Response.Close();
    }
}
