using MyDocker.Images.References;

namespace MyDocker.Images.Registry;

/// <summary>One place that an image can be had from: the registry itself, or a mirror of it.</summary>
/// <param name="Name">host and port, as credentials and settings name it: "docker.io", "127.0.0.1:5000".</param>
/// <param name="Bases">URLs before "/v2/", the first that answers is used: two where plain HTTP is allowed.</param>
internal sealed record Endpoint(string Name, IReadOnlyList<Uri> Bases, RegistryEntry Entry, bool IsMirror)
{
    private const string DockerHubHost = "registry-1.docker.io";

    /// <summary>Where to pull from, in this order.</summary>
    public static List<Endpoint> ForPull(RegistrySettings settings, string domain)
    {
        var endpoints = new List<Endpoint>();
        foreach (var mirror in settings.Registries?.GetValueOrDefault(domain)?.Mirrors ?? [])
        {
            var uri = new Uri(mirror.TrimEnd('/'));
            var name = uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}";
            endpoints.Add(new Endpoint(name, [uri], settings.For(name), IsMirror: true));
        }

        endpoints.Add(ForPush(settings, domain));
        return endpoints;
    }

    public static Endpoint ForPush(RegistrySettings settings, string domain)
    {
        var entry = settings.For(domain);
        var host = domain == ImageReference.DefaultDomain ? DockerHubHost : domain;
        var secure = new Uri($"https://{host}");
        return new Endpoint(domain, entry.Insecure ? [secure, new Uri($"http://{host}")] : [secure], entry, IsMirror: false);
    }
}
