using System.Text.Json.Serialization;

namespace MyDocker.Oci.Image;

/// <summary>
/// How the records of this namespace are read and written: camel case but where a property says otherwise, unknown
/// fields ignored, nulls unwritten, a null for a required text is a JsonException that names its path.
/// A blob's digest is that of the bytes that came: keep those, never write a record again to get them.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Descriptor))]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(ImageLayout))]
[JsonSerializable(typeof(List<DockerArchiveImage>))]
public sealed partial class ImageJson : JsonSerializerContext;
