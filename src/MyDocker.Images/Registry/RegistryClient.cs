using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MyDocker.Images.Manifests;
using MyDocker.Kernel.Digests;
using MyDocker.Oci.Distribution;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Registry;

/// <summary>The distribution specification's calls for one repository at one endpoint. Blocking; safe for several threads.</summary>
internal sealed class RegistryClient : IDisposable
{
    private const int MaxList = 16 << 20;
    private const int MostPages = 1000;

    private readonly Endpoint _endpoint;
    private readonly string _repository;
    private readonly Transport _transport;
    private readonly Authenticator _authenticator;
    private readonly Retry _retry;
    private readonly List<string> _scopes;
    private readonly Lock _probing = new();
    private Uri? _base;

    /// <param name="repository">"library/centos"; "" for calls about the registry itself.</param>
    /// <param name="actions">what is to be done in it: "pull" or "pull,push".</param>
    public RegistryClient(Endpoint endpoint, string repository, string actions, RegistrySettings settings, Credentials credentials, Action<string>? log = null, Login? login = null, bool catalog = false)
    {
        (_endpoint, _repository) = (endpoint, repository);
        _transport = new Transport(endpoint.Entry, endpoint.Name, RegistrySettings.IsLoopback(endpoint.Bases[0].Host) ? null : settings.Proxy());
        _authenticator = new Authenticator(endpoint, credentials, _transport, login);
        _retry = new Retry(log);
        _scopes = catalog ? ["registry:catalog:*"] : repository.Length == 0 ? [] : [$"repository:{repository}:{actions}"];
    }

    public Endpoint Endpoint => _endpoint;
    public Retry Retry => _retry;

    /// <summary>Whether there are credentials for this endpoint.</summary>
    public bool HasLogin => _authenticator.HasLogin;

    /// <summary>GET /v2/: whether the registry takes us as we are. Throws if it does not.</summary>
    public void Ping(string what) => _retry.Run(() =>
    {
        Checked(Send(() => Request(HttpMethod.Get, "/v2/"), what), what).Dispose();
        return true;
    });

    /// <summary>A manifest or index by tag or digest, with its digest checked where one is given.</summary>
    public ManifestDocument GetManifest(string tagOrDigest, string shown)
    {
        var what = $"pull {shown}";
        return _retry.Run(() =>
        {
            using var answer = Checked(Send(() => ManifestRequest(HttpMethod.Get, tagOrDigest), what), what);
            var type = answer.Content.Headers.ContentType?.MediaType;
            var bytes = ReadAll(answer, ManifestLimits.Manifest, what);
            var document = ManifestDocument.Parse(bytes, type, shown);
            var said = answer.Headers.TryGetValues("Docker-Content-Digest", out var values) ? values.FirstOrDefault() : null;
            var wanted = tagOrDigest.Contains(':') ? tagOrDigest : said;
            return wanted is null || !wanted.StartsWith("sha256:", StringComparison.Ordinal) || wanted == $"sha256:{document.Hex}"
                ? document
                : throw new ImageException($"pull {shown}: the manifest that came has the digest sha256:{document.Hex}, and {wanted} was asked for or announced; nothing was stored");
        });
    }

    /// <summary>The digest of a manifest; null if there is none.</summary>
    public string? HeadManifest(string tagOrDigest, string what) => _retry.Run(() =>
    {
        using var answer = Send(() => ManifestRequest(HttpMethod.Head, tagOrDigest), what);
        return answer.StatusCode == HttpStatusCode.NotFound ? null
            : Checked(answer, what).Headers.TryGetValues("Docker-Content-Digest", out var values) ? values.FirstOrDefault() : null;
    });

    /// <summary>A small blob as a whole, checked.</summary>
    public byte[] GetBlob(Descriptor blob, int limit, string shown)
    {
        var what = $"pull {shown}";
        if (blob.Size > limit)
        {
            throw new ImageException($"{what}: {blob.Digest} has {blob.Size} bytes; the limit is {limit}");
        }

        return _retry.Run(() =>
        {
            using var answer = OpenBlob(blob.Digest, 0, what);
            var bytes = ReadAll(answer, (int)blob.Size, what);
            return bytes.Length != blob.Size ? throw new RegistryFailure($"{what}: {blob.Digest} ends after {bytes.Length} of {blob.Size} bytes", null, "")
                : $"sha256:{Sha256.Hex(bytes)}" == blob.Digest ? bytes
                : throw new ImageException($"{what}: the content that came for {blob.Digest} has another digest; nothing was stored");
        });
    }

    /// <summary>One answer with a blob from an offset on (206), or from its start (200). Not tried again here.</summary>
    public HttpResponseMessage OpenBlob(string digest, long offset, string what)
        => Checked(
            Send(
                () =>
                {
                    var request = Request(HttpMethod.Get, $"/v2/{_repository}/blobs/{digest}");
                    request.Headers.Range = offset > 0 ? new RangeHeaderValue(offset, null) : null;
                    return request;
                },
                what),
            what);

    public bool HasBlob(string digest, string what) => _retry.Run(() =>
    {
        using var answer = Send(() => Request(HttpMethod.Head, $"/v2/{_repository}/blobs/{digest}"), what);
        return answer.StatusCode != HttpStatusCode.NotFound && Checked(answer, what).IsSuccessStatusCode;
    });

    /// <summary>
    /// Asks for a place to upload a blob to. Null if none is needed, because the registry had the blob in the repository
    /// to mount it from.
    /// </summary>
    public Uri? BeginUpload(string digest, string? mountFrom, string what) => _retry.Run(() =>
    {
        var query = mountFrom is null ? "" : $"?mount={Uri.EscapeDataString(digest)}&from={Uri.EscapeDataString(mountFrom)}";
        using var answer = Checked(Send(() => Request(HttpMethod.Post, $"/v2/{_repository}/blobs/uploads/{query}"), what), what);
        return answer.StatusCode == HttpStatusCode.Created ? null : LocationOf(answer, what);
    });

    /// <summary>Uploads a whole blob to the place that <see cref="BeginUpload"/> gave. Not tried again here.</summary>
    public void Upload(Uri place, string digest, Func<HttpContent> content, string what)
    {
        var query = place.Query.Length > 1 ? $"{place.Query[1..]}&digest={Uri.EscapeDataString(digest)}" : $"digest={Uri.EscapeDataString(digest)}";
        Checked(Send(() => new HttpRequestMessage(HttpMethod.Put, new UriBuilder(place) { Query = query }.Uri) { Content = content() }, what), what).Dispose();
    }

    /// <summary>Stores a manifest; the digest that the registry gives it.</summary>
    public void PutManifest(string tagOrDigest, byte[] bytes, string mediaType, string what) => _retry.Run(() =>
    {
        using var answer = Checked(
            Send(
                () =>
                {
                    var request = Request(HttpMethod.Put, $"/v2/{_repository}/manifests/{tagOrDigest}");
                    request.Content = new ByteArrayContent(bytes);
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
                    return request;
                },
                what),
            what);
        return true;
    });

    /// <summary>All tags of the repository.</summary>
    public List<string> Tags(string what) => Pages($"/v2/{_repository}/tags/list?n=1000", DistributionJson.Default.TagList, list => list.Tags, what);

    /// <summary>All repositories of the registry, where it tells them.</summary>
    public List<string> Repositories(string what) => Pages("/v2/_catalog?n=1000", DistributionJson.Default.Catalog, list => list.Repositories, what);

    /// <summary>Images that have a word in their name, where the registry offers a search.</summary>
    public List<SearchResult> Search(string term, int limit, string what) => _retry.Run(() =>
    {
        using var answer = Checked(Send(() => Request(HttpMethod.Get, $"/v1/search?q={Uri.EscapeDataString(term)}&n={limit}"), what), what);
        return Json(ReadAll(answer, MaxList, what), DistributionJson.Default.SearchAnswer, what).Results ?? [];
    });

    public void Dispose() => _transport.Dispose();

    private List<string> Pages<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, Func<T, List<string>?> items, string what)
    {
        var all = new List<string>();
        var next = path;
        for (var page = 0; next is not null && page < MostPages; page++)
        {
            var current = next;
            (var list, next) = _retry.Run(() =>
            {
                using var answer = Checked(Send(() => Request(HttpMethod.Get, current), what), what);
                return (Json(ReadAll(answer, MaxList, what), type, what), NextPage(answer));
            });
            all.AddRange(items(list) ?? []);
        }

        return all;
    }

    private static T Json<T>(byte[] bytes, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string what)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new ImageException($"{what}: the registry's answer is not what it should be: {e.Message}", e);
        }
    }

    private static string? NextPage(HttpResponseMessage answer)
    {
        if (!answer.Headers.TryGetValues("Link", out var values) || values.FirstOrDefault() is not { } link || !link.Contains("rel=\"next\"", StringComparison.Ordinal))
        {
            return null;
        }

        var (start, end) = (link.IndexOf('<'), link.IndexOf('>'));
        return start < 0 || end < start || !Uri.TryCreate(answer.RequestMessage!.RequestUri, link[(start + 1)..end], out var uri) || uri.Authority != answer.RequestMessage.RequestUri!.Authority ? null : uri.PathAndQuery;
    }

    private static Uri LocationOf(HttpResponseMessage answer, string what)
        => answer.Headers.Location is { } location
            ? new Uri(answer.RequestMessage!.RequestUri!, location)
            : throw new ImageException($"{what}: the registry does not say where to upload to");

    private HttpRequestMessage ManifestRequest(HttpMethod method, string tagOrDigest)
    {
        var request = Request(method, $"/v2/{_repository}/manifests/{tagOrDigest}");
        foreach (var type in (string[])[MediaTypes.Index, MediaTypes.Manifest, MediaTypes.DockerManifestList, MediaTypes.DockerManifest])
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }

        return request;
    }

    private HttpRequestMessage Request(HttpMethod method, string path) => new(method, $"{Base().AbsoluteUri.TrimEnd('/')}{path}");

    // Of two bases, the first that speaks HTTP at all.
    private Uri Base()
    {
        lock (_probing)
        {
            if (_base is not null || _endpoint.Bases.Count == 1)
            {
                return _base ??= _endpoint.Bases[0];
            }

            foreach (var candidate in _endpoint.Bases)
            {
                try
                {
                    _transport.Send(() => new HttpRequestMessage(HttpMethod.Get, new Uri(candidate, "/v2/")), $"reach {_endpoint.Name}").Dispose();
                    return _base = candidate;
                }
                catch (RegistryFailure) when (candidate != _endpoint.Bases[^1])
                {
                    // plain HTTP, perhaps
                }
            }

            return _endpoint.Bases[^1];
        }
    }

    // Only what goes to the endpoint itself is authorized: an upload's place may be elsewhere.
    private HttpResponseMessage Send(Func<HttpRequestMessage> make, string what)
    {
        HttpRequestMessage Authorized(AuthenticationHeaderValue? header)
        {
            var request = make();
            request.Headers.Authorization = request.RequestUri!.Authority == Base().Authority && request.RequestUri.Scheme == Base().Scheme ? header : null;
            return request;
        }

        var header = _authenticator.Header(_scopes);
        for (var attempt = 0; ; attempt++)
        {
            var answer = _transport.Send(() => Authorized(header), what);
            if (answer.StatusCode != HttpStatusCode.Unauthorized || attempt == 2 || answer.RequestMessage!.RequestUri!.Authority != Base().Authority)
            {
                return answer;
            }

            var next = _authenticator.Answer(answer, _scopes, header, what);
            if (next is null)
            {
                return answer;
            }

            answer.Dispose();
            header = next;
        }
    }

    private static HttpResponseMessage Checked(HttpResponseMessage answer, string what)
    {
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw RegistryFailure.Of(answer, what);
        }
    }

    private static byte[] ReadAll(HttpResponseMessage answer, int limit, string what)
    {
        if (answer.Content.Headers.ContentLength > limit)
        {
            throw new ImageException($"{what}: the answer has {answer.Content.Headers.ContentLength} bytes; the limit is {limit}");
        }

        try
        {
            using var body = answer.Content.ReadAsStream();
            using var bytes = new MemoryStream();
            var buffer = new byte[64 * 1024];
            int count;
            while ((count = body.Read(buffer)) > 0)
            {
                bytes.Write(buffer, 0, count);
                if (bytes.Length > limit)
                {
                    throw new ImageException($"{what}: the answer has more than {limit} bytes, which is the limit");
                }
            }

            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw RegistryFailure.Unreachable(answer.RequestMessage!.RequestUri!, what, e);
        }
    }
}
