using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Containers.Text;

/// <summary>
/// The text of container.json and state.json. Every command reads or writes them, so it is done without the serializer, whose
/// getting ready takes longer than all else that the command does (docs/adr/0007). What the reader here does not take goes to
/// the serializer, which knows what is wrong with it. A new property needs its line here, to be read and to be written; the test
/// that compares with the serializer fails until it has one.
/// </summary>
internal static class ContainerText
{
    /// <exception cref="JsonException">it is no such record.</exception>
    public static ContainerRecord ReadRecord(byte[] text) => JsonCursor.TryRead(text, RecordText.Read) ?? Ask(text, EngineJson.Default.ContainerRecord);

    /// <exception cref="JsonException">it is no such state.</exception>
    public static ContainerState ReadState(byte[] text) => JsonCursor.TryRead(text, StateText.Read) ?? Ask(text, EngineJson.Default.ContainerState);

    public static byte[] Write(ContainerRecord record) => RecordText.Write(record, new JsonText()).ToArray();

    public static byte[] Write(ContainerState state) => StateText.Write(state, new JsonText()).ToArray();

    private static T Ask<T>(byte[] text, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(text, type) ?? throw new JsonException("it says null");
}
