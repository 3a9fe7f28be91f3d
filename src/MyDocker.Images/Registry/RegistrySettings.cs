using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MyDocker.Images.Registry;

/// <summary>What is different about one registry.</summary>
internal sealed record RegistryEntry
{
    /// <summary>Asked before the registry itself, for pulls: "https://mirror.example:5000" or with a path before /v2.</summary>
    public List<string>? Mirrors { get; set; }

    /// <summary>Its certificate is not checked, and plain HTTP is fine where it knows no TLS.</summary>
    public bool Insecure { get; set; }

    /// <summary>A PEM file with certificates to trust beside the system's.</summary>
    public string? Ca { get; set; }

    /// <summary>PEM files of a certificate for us, and of its key.</summary>
    public string? Cert { get; set; }
    public string? Key { get; set; }
}

/// <summary>Proxies for registries; the environment's (HTTPS_PROXY, HTTP_PROXY, NO_PROXY) where there are none here.</summary>
internal sealed record ProxySettings
{
    public string? Http { get; set; }
    public string? Https { get; set; }

    /// <summary>Hosts that are reached without one, as in NO_PROXY: "localhost,.lan,10.0.0.7".</summary>
    public string? None { get; set; }
}

/// <summary>registries.json: see docs/images.md.</summary>
internal sealed record RegistrySettings
{
    public const string DefaultPath = "/etc/mydocker/registries.json";
    public const string Variable = "MYDOCKER_REGISTRIES";

    public Dictionary<string, RegistryEntry>? Registries { get; set; }
    public ProxySettings? Proxies { get; set; }

    /// <summary>The file that MYDOCKER_REGISTRIES names, or the host's; nothing special where there is none.</summary>
    public static RegistrySettings Load()
    {
        var named = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;
        try
        {
            return Parse(File.ReadAllBytes(named ?? DefaultPath), named ?? DefaultPath);
        }
        catch (Exception e) when (named is null && e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new RegistrySettings();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"read {named ?? DefaultPath}: {e.Message}", e);
        }
    }

    public static RegistrySettings Parse(byte[] json, string shown)
    {
        RegistrySettings settings;
        try
        {
            settings = JsonSerializer.Deserialize(json, SettingsJson.Default.RegistrySettings) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new ImageException($"read {shown}: {e.Message}; see docs/images.md for what it may hold", e);
        }

        foreach (var (name, entry) in settings.Registries ?? [])
        {
            foreach (var mirror in entry.Mirrors ?? [])
            {
                if (!Uri.TryCreate(mirror, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
                {
                    throw new ImageException($"read {shown}: the mirror {Printable.Name(mirror)} of {name} is not a URL; expected https://HOST[:PORT]");
                }
            }
        }

        return settings;
    }

    /// <summary>What is said of a registry; where nothing is said of one on this host, it need not be secure (as docker has it).</summary>
    public RegistryEntry For(string host)
        => Registries?.GetValueOrDefault(host) ?? new RegistryEntry { Insecure = IsLoopback(host) };

    /// <summary>The same, with one registry that need not be secure.</summary>
    public RegistrySettings WithInsecure(string host)
        => this with { Registries = new(Registries ?? []) { [host] = For(host) with { Insecure = true } } };

    /// <summary>How a URL is reached.</summary>
    public IWebProxy? Proxy()
        => Proxies is { Http: not null } or { Https: not null } ? new FixedProxy(Proxies) : HttpClient.DefaultProxy;

    public static bool IsLoopback(string host)
    {
        var name = host.StartsWith('[') ? host[1..Math.Max(1, host.IndexOf(']'))] : host.Split(':')[0];
        return name == "localhost" || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));
    }

    private sealed class FixedProxy(ProxySettings settings) : IWebProxy
    {
        private readonly string[] _none = (settings.None ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        public ICredentials? Credentials { get; set; } = new OfUrl();

        public Uri? GetProxy(Uri destination)
            => (destination.Scheme == "https" ? settings.Https : settings.Http) is { } text
                ? new Uri(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}")
                : null;

        public bool IsBypassed(Uri host)
            => IsLoopback(host.Host)
                || GetProxy(host) is null
                || Array.Exists(_none, name => name == "*" || host.Host.Equals(name.TrimStart('.'), StringComparison.OrdinalIgnoreCase) || host.Host.EndsWith("." + name.TrimStart('.'), StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>User and password as they stand in the proxy's own URL: http://USER:PASSWORD@HOST:PORT.</summary>
    private sealed class OfUrl : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType)
            => uri.UserInfo.Split(':', 2) is [var user, var password] ? new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password)) : null;
    }
}

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(RegistrySettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
