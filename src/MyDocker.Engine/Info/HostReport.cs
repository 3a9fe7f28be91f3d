using System.Text.Json;
using System.Text.Json.Serialization;

namespace MyDocker.Engine.Info;

[JsonConverter(typeof(JsonStringEnumConverter<FeatureState>))]
public enum FeatureState
{
    [JsonStringEnumMemberName("yes")]
    Yes,
    [JsonStringEnumMemberName("no")]
    No,

    /// <summary>Cannot be told without trying it, or without more rights.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,
}

/// <summary>One thing of the host that containers need or can use.</summary>
/// <param name="Detail">what was found, in a few words.</param>
/// <param name="Without">what does not work without it; null if it is there.</param>
/// <param name="Remedy">how to get it; null if it is there.</param>
public sealed record HostFeature(string Area, string Name, FeatureState State, string Detail, string? Without = null, string? Remedy = null);

/// <summary>One mounted cgroup hierarchy and its controllers.</summary>
public sealed record HostHierarchy(string Mount, int Version, IReadOnlyList<string> Controllers);

/// <summary>What `mydocker info` tells. Sizes in bytes.</summary>
/// <param name="StorageDriver">overlay2, or vfs where containers copy their image.</param>
/// <param name="CgroupMode">v1, hybrid, v2 or none.</param>
public sealed record HostReport(
    string Version,
    string DataRoot,
    string DataFileSystem,
    string StorageDriver,
    string StateRoot,
    string OperatingSystem,
    string Kernel,
    string Architecture,
    int Cpus,
    long Memory,
    string CgroupMode,
    IReadOnlyList<HostHierarchy> Cgroups,
    IReadOnlyList<HostFeature> Features)
{
    public string ToJson() => JsonSerializer.Serialize(this, HostReportJson.Default.HostReport);
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(HostReport))]
internal sealed partial class HostReportJson : JsonSerializerContext;
