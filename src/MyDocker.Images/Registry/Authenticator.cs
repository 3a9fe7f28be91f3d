using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MyDocker.Oci.Distribution;

namespace MyDocker.Images.Registry;

/// <summary>
/// Answers the challenges of one endpoint: Basic, or Bearer with a token from the service that it names. Credentials are
/// those of this endpoint's name and go to it and to the token service that it names, never unprotected where the endpoint
/// itself is protected.
/// </summary>
internal sealed class Authenticator(Endpoint endpoint, Credentials credentials, Transport transport, Login? given = null)
{
    private const int MaxToken = 1 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string Token, DateTimeOffset Until)> _tokens = [];
    private bool _hasLooked;
    private Login? _login = given;
    private Dictionary<string, string>? _bearer; // the last challenge, so that the next request need not be refused first
    private bool _isBasic;

    private Login? Login
    {
        get
        {
            if (!_hasLooked)
            {
                (_hasLooked, _login) = (true, _login ?? credentials.Find(endpoint.Name));
            }

            return _login;
        }
    }

    public bool HasLogin => Login is not null;

    /// <summary>What is known to be needed for a request with these scopes; null at first.</summary>
    public AuthenticationHeaderValue? Header(IReadOnlyList<string> scopes)
    {
        lock (_lock)
        {
            return _isBasic ? Basic()
                : _bearer is not null && _tokens.TryGetValue(string.Join(' ', scopes), out var known) && known.Until > DateTimeOffset.UtcNow ? new AuthenticationHeaderValue("Bearer", known.Token)
                : null;
        }
    }

    /// <summary>After a 401: the header to try again with; null if there is none that could help.</summary>
    /// <param name="refused">the header that did not do.</param>
    public AuthenticationHeaderValue? Answer(HttpResponseMessage answer, IReadOnlyList<string> scopes, AuthenticationHeaderValue? refused, string what)
    {
        lock (_lock)
        {
            var challenges = answer.Headers.WwwAuthenticate;
            if (challenges.FirstOrDefault(c => c.Scheme.Equals("bearer", StringComparison.OrdinalIgnoreCase)) is { } bearer)
            {
                _bearer = Parameters(bearer.Parameter ?? "");
                var key = string.Join(' ', scopes);
                var wasOurs = refused is not null && _tokens.TryGetValue(key, out var old) && old.Token == refused.Parameter;
                if (wasOurs || !_tokens.ContainsKey(key) || refused is null)
                {
                    if (wasOurs && _tokens[key].Until - DateTimeOffset.UtcNow > TimeSpan.FromSeconds(50))
                    {
                        return null; // a token just made for this: the right is missing, not the token
                    }

                    _tokens[key] = Fetch(_bearer, scopes, answer.RequestMessage!.RequestUri!, what);
                }

                return new AuthenticationHeaderValue("Bearer", _tokens[key].Token);
            }

            if (challenges.Any(c => c.Scheme.Equals("basic", StringComparison.OrdinalIgnoreCase)))
            {
                _isBasic = true;
                return refused is null ? Basic() : null;
            }

            return null;
        }
    }

    private AuthenticationHeaderValue? Basic()
        => Login is { IdentityToken: null } login ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}"))) : null;

    private (string Token, DateTimeOffset Until) Fetch(Dictionary<string, string> challenge, IReadOnlyList<string> scopes, Uri asked, string what)
    {
        if (!Uri.TryCreate(challenge.GetValueOrDefault("realm"), UriKind.Absolute, out var realm) || realm.Scheme is not ("http" or "https"))
        {
            throw new ImageException($"{what}: {asked.Authority} asks for a token and does not say from where");
        }

        if (realm.Scheme == "http" && asked.Scheme == "https")
        {
            throw new ImageException($"{what}: {asked.Authority} wants credentials sent to {realm.Authority} unprotected; refused");
        }

        using var answer = transport.Send(() => Login?.IdentityToken is { } token ? Refresh(realm, challenge, scopes, token) : Question(realm, challenge, scopes), $"{what}: get a token from {realm.Authority}");
        if (!answer.IsSuccessStatusCode)
        {
            throw RegistryFailure.Of(answer, $"{what}: get a token from {realm.Authority}");
        }

        try
        {
            using var body = answer.Content.ReadAsStream();
            var buffer = new byte[MaxToken];
            var length = body.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            var given = JsonSerializer.Deserialize(buffer.AsSpan(0, length), DistributionJson.Default.TokenAnswer);
            var text = given?.Token ?? given?.AccessToken;
            return text is { Length: > 0 } && !text.Any(char.IsControl)
                ? (text, DateTimeOffset.UtcNow.AddSeconds(Math.Max(60, given!.ExpiresIn ?? 60) * 0.9))
                : throw new ImageException($"{what}: the answer of {realm.Authority} holds no token");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new ImageException($"{what}: the answer of {realm.Authority} is not a token: {e.Message}", e);
        }
    }

    private HttpRequestMessage Question(Uri realm, Dictionary<string, string> challenge, IReadOnlyList<string> scopes)
    {
        var query = new StringBuilder(realm.Query.TrimStart('?'));
        Append(query, "service", challenge.GetValueOrDefault("service"));
        Append(query, "account", Login?.User);
        foreach (var scope in scopes)
        {
            Append(query, "scope", scope);
        }

        var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(realm) { Query = query.ToString() }.Uri);
        request.Headers.Authorization = Basic();
        return request;
    }

    private static HttpRequestMessage Refresh(Uri realm, Dictionary<string, string> challenge, IReadOnlyList<string> scopes, string token) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["service"] = challenge.GetValueOrDefault("service") ?? "",
            ["client_id"] = "mydocker",
            ["scope"] = string.Join(' ', scopes),
            ["refresh_token"] = token,
        }),
    };

    private static void Append(StringBuilder query, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            query.Append(query.Length > 0 ? "&" : "").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    /// <summary>NAME="VALUE", NAME=VALUE, … (RFC 9110, 11.2).</summary>
    internal static Dictionary<string, string> Parameters(string text)
    {
        var result = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < text.Length;)
        {
            while (i < text.Length && text[i] is ' ' or '\t' or ',')
            {
                i++;
            }

            var equals = text.IndexOf('=', Math.Min(i, text.Length));
            if (equals < 0)
            {
                break;
            }

            var name = text[i..equals].Trim();
            var value = new StringBuilder();
            i = equals + 1;
            if (i < text.Length && text[i] == '"')
            {
                for (i++; i < text.Length && text[i] != '"'; i++)
                {
                    i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
                    value.Append(text[i]);
                }

                i++;
            }
            else
            {
                for (; i < text.Length && text[i] != ','; i++)
                {
                    value.Append(text[i]);
                }
            }

            result.TryAdd(name, value.ToString().Trim());
        }

        return result;
    }
}
