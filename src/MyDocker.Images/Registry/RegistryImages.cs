using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Registry;

/// <summary>Images that come from registries and go to them (see docs/images.md).</summary>
/// <param name="dataRoot">for example /var/lib/mydocker.</param>
public sealed class RegistryImages(string dataRoot)
{
    private readonly StorePaths _paths = new(dataRoot);
    private readonly RegistrySettings _settings = RegistrySettings.Load();
    private readonly Credentials _credentials = Credentials.OfUser();

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
