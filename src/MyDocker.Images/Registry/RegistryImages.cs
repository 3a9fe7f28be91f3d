using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Distribution;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Registry;

/// <summary>A manifest with what an index says of it.</summary>
/// <param name="IsOfIndex">false: it is all that there is under the name.</param>
public sealed record ManifestPart(Descriptor Descriptor, byte[] Bytes, bool IsOfIndex);

/// <summary>Images that come from registries and go to them (see docs/images.md).</summary>
public sealed class RegistryImages
{
    private readonly StorePaths _paths;
    private readonly RegistrySettings _settings;
    private readonly Credentials _credentials;

    /// <param name="dataRoot">for example /var/lib/mydocker.</param>
    public RegistryImages(string dataRoot)
        : this(dataRoot, RegistrySettings.Load(), Credentials.OfUser())
    {
    }

    internal RegistryImages(string dataRoot, RegistrySettings settings, Credentials credentials)
        => (_paths, _settings, _credentials) = (new StorePaths(dataRoot), settings, credentials);

    /// <summary>Pulls an image: from the first mirror that has it, else from its registry. What is there already is not fetched again.</summary>
    /// <exception cref="ImageException">why it could not be had.</exception>
    public PulledImage Pull(PullRequest request) => Guard($"pull {request.Name.Familiar}", () =>
    {
        StorePaths.Encode(request.Name with { Digest = null }); // refused before the work, not after it
        var endpoints = Endpoint.ForPull(_settings, request.Name.Domain);
        foreach (var endpoint in endpoints)
        {
            try
            {
                using var client = Client(endpoint, request.Name, "pull", request.Log);
                try
                {
                    return new Puller(_paths, client, request).Pull();
                }
                catch (RegistryFailure failure)
                {
                    throw new ImageException(Explain(failure, request.Name, client.HasLogin), failure);
                }
            }
            catch (ImageException e) when (endpoint != endpoints[^1])
            {
                request.Log?.Invoke($"mirror {endpoint.Bases[0]}: {e.Message}; trying the next");
            }
        }

        throw new InvalidOperationException("no endpoint"); // there is always one
    });

    /// <summary>All tags that a repository has, as the registry sorts them.</summary>
    public IReadOnlyList<ImageReference> Tags(ImageReference repository, Action<string>? log = null) => Guard($"list tags of {repository.FamiliarRepository}", () =>
    {
        using var client = Client(Endpoint.ForPush(_settings, repository.Domain), repository, "pull", log);
        try
        {
            var tags = client.Tags($"list tags of {repository.FamiliarRepository}");
            return (IReadOnlyList<ImageReference>)[.. tags.Select(tag => ImageReference.Parse($"{repository.Domain}/{repository.Path}:{tag}"))];
        }
        catch (RegistryFailure failure)
        {
            throw new ImageException(Explain(failure, repository, client.HasLogin), failure);
        }
    });

    /// <summary>Pushes an image under a name that it has here.</summary>
    /// <exception cref="ImageException">why it could not be done.</exception>
    public PushedImage Push(ImageReference name, Action<TransferEvent>? progress = null, Action<string>? log = null) => Guard($"push {name.Familiar}", () =>
    {
        if (name.Digest is not null)
        {
            throw new ImageException($"push {name.Familiar}: an image is pushed by its tag, not by a digest");
        }

        var record = ImageRecord.TryRead(_paths.Name(name)) ?? throw new ImageException($"push {name.Familiar}: there is no image of this name here; give it one with 'mydocker tag'");
        using var client = Client(Endpoint.ForPush(_settings, name.Domain), name, "pull,push", log);
        try
        {
            return new Pusher(_paths, client, name, progress, log).Push(record);
        }
        catch (RegistryFailure failure)
        {
            throw new ImageException(Explain(failure, name, client.HasLogin), failure);
        }
    });

    /// <summary>All tags that a repository has here.</summary>
    public IReadOnlyList<ImageReference> LocalTags(ImageReference repository)
        => [.. ImageNames.Names(_paths).Select(name => name.Name).Where(name => name.Digest is null && name.Domain == repository.Domain && name.Path == repository.Path).OrderBy(name => name.Tag, StringComparer.Ordinal)];

    /// <summary>Logs in: asks the registry whether it takes user and password, and keeps them in the docker configuration.</summary>
    public void Login(string registry, string user, string password) => Guard($"log in to {registry}", () =>
    {
        var what = $"log in to {registry}";
        using var client = new RegistryClient(Endpoint.ForPush(_settings, registry), "", "", _settings, _credentials, null, new Login(user, password, null));
        try
        {
            client.Ping(what);
        }
        catch (RegistryFailure failure) when (failure.IsRefused)
        {
            throw new ImageException($"{what}: user or password is wrong ({(int)failure.Status!})", failure);
        }

        _credentials.Store(registry, new Login(user, password, null));
        return true;
    });

    /// <summary>Forgets the login; false if there was none.</summary>
    public bool Logout(string registry) => Guard($"log out of {registry}", () => _credentials.Erase(registry));

    /// <summary>The user that is logged in; null if none is.</summary>
    public string? UserOf(string registry) => _credentials.Find(registry)?.User;

    public string CredentialsFile => _credentials.Path;

    /// <summary>A manifest or an index as the registry has it.</summary>
    /// <param name="insecure">without TLS, or with a certificate that cannot be checked.</param>
    public byte[] Manifest(ImageReference name, Action<string>? log = null, bool insecure = false)
        => Asked(name, insecure, log, client => client.GetManifest(name.Digest ?? name.Tag!, name.Familiar).Bytes);

    /// <summary>The manifests that a registry has under a name, one for each platform, each with its descriptor; of an index those in it.</summary>
    public IReadOnlyList<ManifestPart> Manifests(ImageReference name, Action<string>? log = null, bool insecure = false) => Asked(name, insecure, log, client =>
    {
        var top = client.GetManifest(name.Digest ?? name.Tag!, name.Familiar);
        if (top.Manifest is { } manifest)
        {
            // Only the configuration says what it is for.
            var config = manifest.Config!.MediaType is MediaTypes.Config or MediaTypes.DockerConfig
                ? ImageWriter.CheckConfig(client.GetBlob(manifest.Config, ManifestLimits.Config, name.Familiar), name.Familiar)
                : null;
            var platform = config is null ? null : new Platform { Os = config.Os, Architecture = config.Architecture, Variant = config.Variant };
            return (IReadOnlyList<ManifestPart>)[new ManifestPart(new Descriptor { MediaType = top.MediaType, Digest = $"sha256:{top.Hex}", Size = top.Bytes.Length, Platform = platform }, top.Bytes, IsOfIndex: false)];
        }

        return [.. (top.Index!.Manifests ?? []).Select(entry => new ManifestPart(entry, client.GetManifest(entry.Digest, name.Familiar).Bytes, IsOfIndex: true))];
    });

    private T Asked<T>(ImageReference name, bool insecure, Action<string>? log, Func<RegistryClient, T> ask) => Guard($"inspect {name.Familiar}", () =>
    {
        var settings = insecure ? _settings.WithInsecure(name.Domain) : _settings;
        using var client = new RegistryClient(Endpoint.ForPush(settings, name.Domain), name.Path, "pull", settings, _credentials, log);
        try
        {
            return ask(client);
        }
        catch (RegistryFailure failure)
        {
            throw new ImageException(Explain(failure, name, client.HasLogin), failure);
        }
    });

    /// <summary>Images with a word in their name: by the registry's search, or among all its repositories where it tells them.</summary>
    /// <param name="term">"word" for Docker Hub, "HOST[:PORT]/word" for another registry.</param>
    public IReadOnlyList<SearchResult> Search(string term, int limit) => Guard($"search {term}", () =>
    {
        var slash = term.IndexOf('/');
        var isHost = slash > 0 && (term[..slash].AsSpan().ContainsAny('.', ':') || term[..slash] == "localhost");
        var (registry, word) = isHost ? (term[..slash], term[(slash + 1)..]) : (ImageReference.DefaultDomain, term);
        var endpoint = Endpoint.ForPush(_settings, registry);
        endpoint = isHost ? endpoint : endpoint with { Bases = [new Uri("https://index.docker.io")] };
        using var client = new RegistryClient(endpoint, "", "", _settings, _credentials);
        try
        {
            return (IReadOnlyList<SearchResult>)[.. client.Search(word, limit, $"search {term}").Take(limit)];
        }
        catch (RegistryFailure failure) when (failure.Status is System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.MethodNotAllowed)
        {
            using var whole = new RegistryClient(endpoint, "", "", _settings, _credentials, catalog: true);
            return [.. whole.Repositories($"search {term}").Where(name => name.Contains(word, StringComparison.OrdinalIgnoreCase)).Take(limit).Select(name => new SearchResult { Name = isHost ? $"{registry}/{name}" : name })];
        }
    });

    private RegistryClient Client(Endpoint endpoint, ImageReference name, string actions, Action<string>? log)
        => new(endpoint, name.Path, actions, _settings, _credentials, log);

    // docker's words, where a registry's own say little.
    private static string Explain(RegistryFailure failure, ImageReference name, bool hasLogin) => failure switch
    {
        { IsRefused: true } when !hasLogin => $"{failure.Message}; {name.FamiliarRepository} does not exist or needs a login: mydocker login{(name.Domain == ImageReference.DefaultDomain ? "" : $" {name.Domain}")}",
        { IsRefused: true } => $"{failure.Message}; the login for {name.Domain} may not do this",
        { IsMissing: true, Code: "NAME_UNKNOWN" } => $"{failure.Message}; there is no repository {name.FamiliarRepository}; is the name spelled right?",
        { IsMissing: true } => $"{failure.Message}; there is no {name.Familiar}; is the tag spelled right?",
        _ => failure.Message,
    };

    private static T Guard<T>(string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (RegistryFailure e)
        {
            throw new ImageException(e.Message, e);
        }
        catch (KernelException e)
        {
            throw new ImageException($"{what}: {ImageException.Kernel(e.Operation, e.Target, e.Errno).Message}", e);
        }
    }
}
