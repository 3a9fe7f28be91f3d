using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MyDocker.Oci.Distribution;

namespace MyDocker.Images.Registry;

/// <summary>A registry said no, or nothing. The message is for users: "verb object: reason".</summary>
/// <param name="status">what it answered; null if it could not be reached.</param>
/// <param name="code">the distribution specification's code, MANIFEST_UNKNOWN and so on; "" if it gave none.</param>
internal sealed class RegistryFailure(string message, HttpStatusCode? status, string code, Exception? cause = null) : Exception(message, cause)
{
    private const int MaxErrorBody = 64 * 1024;

    public HttpStatusCode? Status { get; } = status;
    public string Code { get; } = code;

    /// <summary>How long the registry asks to wait; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Whether the same again may have another result: rate limits, overload, a connection that broke.</summary>
    public bool IsPassing => Status is null or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError and not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported);

    public bool IsMissing => Status == HttpStatusCode.NotFound;

    public bool IsRefused => Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    /// <summary>Reads what a registry says about its refusal.</summary>
    public static RegistryFailure Of(HttpResponseMessage answer, string what)
    {
        var (code, text) = Reason(answer);
        var status = (int)answer.StatusCode;
        return new RegistryFailure($"{what}: the registry answers {status}{(answer.ReasonPhrase is { Length: > 0 } reason ? $" {Printable.Name(reason).Trim('\'')}" : "")}{(text.Length > 0 ? $": {text}" : "")}", answer.StatusCode, code)
        {
            RetryAfter = Wait(answer.Headers.RetryAfter),
        };
    }

    public static RegistryFailure Unreachable(Uri uri, string what, Exception cause)
    {
        var reason = cause;
        while (reason.InnerException is not null)
        {
            reason = reason.InnerException;
        }

        var where = $"{uri.Scheme}://{uri.Authority}";
        var hint = cause.ToString().Contains("AuthenticationException", StringComparison.Ordinal)
            ? $"; if you trust it, name its certificate authority (\"ca\") or mark it \"insecure\" in {RegistrySettings.DefaultPath}"
            : "";
        return new RegistryFailure($"{what}: cannot reach {where}: {Printable.Name(reason.Message).Trim('\'')}{hint}", null, "", cause);
    }

    private static (string Code, string Text) Reason(HttpResponseMessage answer)
    {
        try
        {
            using var body = answer.Content.ReadAsStream();
            var buffer = new byte[MaxErrorBody];
            var length = body.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length == 0 || buffer[0] != (byte)'{')
            {
                return ("", "");
            }

            var errors = JsonSerializer.Deserialize(buffer.AsSpan(0, length), DistributionJson.Default.RegistryErrors);
            var first = errors?.Errors?.FirstOrDefault(error => error is not null);
            var text = first?.Message ?? errors?.Details ?? errors?.Message ?? "";
            return (first?.Code ?? "", text.Length > 0 ? Printable.Name(text).Trim('\'') : first?.Code is { Length: > 0 } code ? Printable.Name(code).Trim('\'') : "");
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            return ("", "");
        }
    }

    private static TimeSpan? Wait(RetryConditionHeaderValue? header)
        => header is null ? null : header.Delta ?? (header.Date is { } date ? date - DateTimeOffset.UtcNow : null);
}
