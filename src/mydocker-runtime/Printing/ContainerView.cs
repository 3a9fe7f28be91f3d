using System.Globalization;
using System.Text.Json.Serialization;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>A container as <c>state</c> and <c>list</c> show it: the fields of runc, in its order, and always all of them.</summary>
internal sealed record ContainerView
{
    public required string OciVersion { get; init; }
    public required string Id { get; init; }

    /// <summary>0 once the container is stopped.</summary>
    public required int Pid { get; init; }
    public required string Status { get; init; }
    public required string Bundle { get; init; }
    public required string Rootfs { get; init; }

    /// <summary>RFC 3339, UTC.</summary>
    public required string Created { get; init; }
    public Dictionary<string, string>? Annotations { get; init; }

    /// <summary>Name of the user who created it; of <c>list</c> only, elsewhere empty.</summary>
    public required string Owner { get; init; }

    public static ContainerView Of(RuntimeState state, string owner = "") => new()
    {
        OciVersion = state.OciVersion,
        Id = state.Id,
        Pid = state.Pid,
        Status = state.Status,
        Bundle = state.Bundle,
        Rootfs = state.Rootfs ?? "",
        Created = state.Created ?? "",
        Annotations = state.Annotations is { Count: > 0 } annotations ? annotations : null,
        Owner = owner,
    };

    [JsonIgnore]
    public IReadOnlyList<string> Row => [Id, Pid.ToString(CultureInfo.InvariantCulture), Status, Bundle, Created, Owner];
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerView))]
[JsonSerializable(typeof(List<ContainerView>))]
[JsonSerializable(typeof(List<int>))]
internal sealed partial class ViewJson : JsonSerializerContext;
