using System.Text.Json.Serialization;

namespace MyDocker.Oci.Distribution;

/// <summary>What a registry answers when it refuses (distribution-spec, "Error codes").</summary>
public sealed record RegistryErrors
{
    public List<RegistryError>? Errors { get; set; }

    /// <summary>Some token services answer with this instead.</summary>
    public string? Details { get; set; }
    public string? Message { get; set; }
}

/// <summary>One of them: MANIFEST_UNKNOWN, DENIED, UNAUTHORIZED, TOOMANYREQUESTS, …</summary>
public sealed record RegistryError
{
    public string? Code { get; set; }
    public string? Message { get; set; }
}

/// <summary>What a token service answers (distribution, "Token Authentication"): one of the two fields has the token.</summary>
public sealed record TokenAnswer
{
    public string? Token { get; set; }

    [JsonPropertyName("access_token")]
    public string? AccessToken { get; set; }

    /// <summary>Seconds; 60 where it is missing.</summary>
    [JsonPropertyName("expires_in")]
    public int? ExpiresIn { get; set; }
}

/// <summary>GET /v2/NAME/tags/list.</summary>
public sealed record TagList
{
    public string? Name { get; set; }
    public List<string>? Tags { get; set; }
}

/// <summary>GET /v2/_catalog.</summary>
public sealed record Catalog
{
    public List<string>? Repositories { get; set; }
}

/// <summary>GET /v1/search, which Docker Hub, quay.io and others still answer.</summary>
public sealed record SearchAnswer
{
    public List<SearchResult>? Results { get; set; }
}

public sealed record SearchResult
{
    public string? Name { get; set; }
    public string? Description { get; set; }

    [JsonPropertyName("star_count")]
    public int StarCount { get; set; }

    [JsonPropertyName("is_official")]
    public bool IsOfficial { get; set; }
}

/// <summary>How the records of this namespace are read.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RegistryErrors))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(TagList))]
[JsonSerializable(typeof(Catalog))]
[JsonSerializable(typeof(SearchAnswer))]
public sealed partial class DistributionJson : JsonSerializerContext;
