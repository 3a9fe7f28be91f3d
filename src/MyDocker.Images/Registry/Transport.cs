using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MyDocker.Images.Registry;

/// <summary>
/// HTTP to one endpoint, blocking: a layer has a thread of its own anyway. Redirects are followed here, so that nothing
/// that is for one host is ever sent to another.
/// </summary>
internal sealed class Transport : IDisposable
{
    private const int MaxRedirects = 10;
    private static readonly TimeSpan _connectTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client;
    private readonly bool _isInsecure;

    public Transport(RegistryEntry entry, string name, IWebProxy? proxy)
    {
        _isInsecure = entry.Insecure;
        // AutomaticDecompression is off unless it is set; its setter alone links brotli, 0.9 MB.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            Proxy = proxy,
            UseProxy = proxy is not null,
            MaxConnectionsPerServer = 64,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            ConnectCallback = static (context, cancel) => new ValueTask<Stream>(Connect(context.DnsEndPoint)),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = Trust(entry, name);
        if (OwnCertificate(entry, name) is { } own)
        {
            handler.SslOptions.ClientCertificates = [own];
        }

        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("mydocker/0.1 (linux)");
    }

    /// <summary>Sends a request; the body of the answer is yet to be read. An answer of any status is an answer.</summary>
    /// <param name="make">makes the request anew for each try.</param>
    /// <param name="what">for the message, should nobody answer.</param>
    public HttpResponseMessage Send(Func<HttpRequestMessage> make, string what)
    {
        var request = make();
        for (var hop = 0; ; hop++)
        {
            var answer = SendOne(request, what);
            var isRedirect = answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
            if (!isRedirect || answer.Headers.Location is not { } location || (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head))
            {
                return answer;
            }

            answer.Dispose();
            request = Redirected(request, location, hop, what);
        }
    }

    private HttpRequestMessage Redirected(HttpRequestMessage request, Uri location, int hop, string what)
    {
        var from = request.RequestUri!;
        var to = new Uri(from, location);
        if (hop == MaxRedirects)
        {
            throw new ImageException($"{what}: more than {MaxRedirects} redirects, the last to {to.Host}");
        }

        if (to.Scheme is not ("https" or "http") || (to.Scheme == "http" && from.Scheme == "https" && !_isInsecure))
        {
            throw new ImageException($"{what}: {from.Authority} redirects to {Printable.Name(to.GetLeftPart(UriPartial.Authority))}, which is not protected; refused");
        }

        var next = new HttpRequestMessage(request.Method, to);
        var isSame = to.Scheme == from.Scheme && to.Authority == from.Authority;
        foreach (var (name, values) in request.Headers)
        {
            // CVE-2020-15157 and its kin: what was meant for the registry must not reach the host that it sends us to.
            if (isSame || name is "Range" or "Accept")
            {
                next.Headers.TryAddWithoutValidation(name, values);
            }
        }

        return next;
    }

    private HttpResponseMessage SendOne(HttpRequestMessage request, string what)
    {
        try
        {
            return _client.Send(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            throw RegistryFailure.Unreachable(request.RequestUri!, what, e);
        }
    }

    // Sockets that say nothing for a minute are given up: a blocking read knows no other limit.
    private static NetworkStream Connect(DnsEndPoint where)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = new CancellationTokenSource(_connectTime);
            socket.ConnectAsync(where, limit.Token).AsTask().GetAwaiter().GetResult();
            socket.ReceiveTimeout = (int)_silence.TotalMilliseconds;
            socket.SendTimeout = (int)_silence.TotalMilliseconds;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static RemoteCertificateValidationCallback? Trust(RegistryEntry entry, string name)
    {
        if (entry.Insecure)
        {
            return static (_, _, _, _) => true;
        }

        var own = new X509Certificate2Collection();
        foreach (var file in AuthorityFiles(entry, name))
        {
            try
            {
                own.ImportFromPemFile(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
            {
                throw new ImageException($"read certificates of registry {name}: {file}: {e.Message}", e);
            }
        }

        return own.Count == 0 ? null : (_, certificate, chain, errors) => errors == SslPolicyErrors.None || (errors == SslPolicyErrors.RemoteCertificateChainErrors && IsSignedBy(own, certificate!, chain));
    }

    private static bool IsSignedBy(X509Certificate2Collection authorities, X509Certificate certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build((X509Certificate2)certificate);
    }

    // Where docker looks, too: so a host that is set up for docker is set up for us.
    private static IEnumerable<string> AuthorityFiles(RegistryEntry entry, string name)
        => (entry.Ca is { } ca ? [ca] : (IEnumerable<string>)[]).Concat(
            from directory in (string[])[$"/etc/docker/certs.d/{name}", $"/etc/containers/certs.d/{name}"]
            where Directory.Exists(directory)
            from file in Directory.EnumerateFiles(directory, "*.crt")
            select file);

    private static X509Certificate2? OwnCertificate(RegistryEntry entry, string name)
    {
        var (cert, key) = (entry.Cert, entry.Key);
        if (cert is null && Directory.Exists($"/etc/docker/certs.d/{name}"))
        {
            cert = Directory.EnumerateFiles($"/etc/docker/certs.d/{name}", "*.cert").FirstOrDefault();
            key = cert is null ? null : Path.ChangeExtension(cert, ".key");
        }

        try
        {
            return cert is null ? null : X509Certificate2.CreateFromPemFile(cert, key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new ImageException($"read our certificate for registry {name}: {cert}: {e.Message}", e);
        }
    }

    public void Dispose() => _client.Dispose();
}
