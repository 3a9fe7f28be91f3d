using System.Text.Json.Serialization;

namespace MyDocker.Oci.Runtime;

/// <summary>
/// How the records of this namespace are read and written: camel case, unknown fields ignored (the specification asks
/// for that), nulls unwritten, and a null where the specification wants a value is a JsonException that names its path.
/// Metadata only: the writer's "fast path" would double the generated code for documents of a few kilobytes.
/// For indented output hand JsonSerializer a Utf8JsonWriter that indents.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RuntimeSpec))]
[JsonSerializable(typeof(ProcessSpec))]
[JsonSerializable(typeof(LinuxResources))]
[JsonSerializable(typeof(RuntimeState))]
[JsonSerializable(typeof(List<RuntimeState>))]
[JsonSerializable(typeof(ContainerProcessState))]
[JsonSerializable(typeof(Features))]
public sealed partial class RuntimeJson : JsonSerializerContext;

/// <summary>The same for a profile alone: a context links what it knows of all its records.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LinuxSeccomp))]
public sealed partial class SeccompJson : JsonSerializerContext;
