using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MyDocker.Images.Tests.Registry;

/// <summary>The reference registry (Debian's docker-registry) on a free port of this host, with storage of its own.</summary>
public sealed class RegistryServer : IDisposable
{
    public const string User = "tester", Password = "s3cret:with colon";

    private readonly Process _process;
    private readonly string _directory;

    public RegistryServer(bool tls = false, bool password = false)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/docker-registry"), "docker-registry is not installed");
        _directory = Directory.CreateTempSubdirectory("mydocker-registry-").FullName;
        Port = FreePort();
        var config = $"version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {_directory}/data\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:{Port}\n";
        if (tls)
        {
            MakeCertificates();
            config += $"  tls:\n    certificate: {_directory}/server.pem\n    key: {_directory}/server.key\n";
        }

        if (password)
        {
            Assert.SkipUnless(File.Exists("/usr/bin/htpasswd"), "htpasswd is not installed (apache2-utils)");
            File.WriteAllText($"{_directory}/htpasswd", TestDirectory.Run("htpasswd", "-Bbn", User, Password));
            config += $"auth:\n  htpasswd:\n    realm: test\n    path: {_directory}/htpasswd\n";
        }

        File.WriteAllText($"{_directory}/config.yml", config);
        _process = Process.Start(new ProcessStartInfo("/usr/bin/docker-registry", ["serve", $"{_directory}/config.yml"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilItListens();
    }

    public int Port { get; }
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>The certificate authority of a TLS registry, PEM.</summary>
    public string Authority => $"{_directory}/ca.pem";

    /// <summary>Where it keeps its blobs: to be damaged.</summary>
    public string BlobPath(string hex) => $"{_directory}/data/docker/registry/v2/blobs/sha256/{hex[..2]}/{hex}/data";

    public static int FreePort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void WaitUntilItListens()
    {
        for (var end = DateTime.UtcNow.AddSeconds(30); DateTime.UtcNow < end;)
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                Assert.False(_process.HasExited, "docker-registry ended at once");
                Thread.Sleep(20);
            }
        }

        Assert.Fail("docker-registry does not listen");
    }

    private void MakeCertificates()
    {
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ca = new CertificateRequest("CN=mydocker test CA", caKey, HashAlgorithmName.SHA256);
        ca.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = ca.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Authority, authority.ExportCertificatePem());

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("registry.test"); // known to proxies of the tests only
        server.CertificateExtensions.Add(names.Build());
        using var certificate = server.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText($"{_directory}/server.pem", certificate.ExportCertificatePem() + "\n" + authority.ExportCertificatePem());
        File.WriteAllText($"{_directory}/server.key", key.ExportPkcs8PrivateKeyPem());
    }
}
