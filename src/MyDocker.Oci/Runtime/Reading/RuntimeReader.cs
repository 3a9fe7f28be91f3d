using MyDocker.Oci.Json;

namespace MyDocker.Oci.Runtime.Reading;

/// <summary>
/// Reads the documents of a start path, with the same result as <see cref="RuntimeJson"/> and a tenth of its instructions.
/// As for Go's decoder, and so for runc, a name may be written in another case: "CPU" for "cpu".
/// Null: the document is not right, or is the word null; RuntimeJson says what is wrong and where.
/// </summary>
public static class RuntimeReader
{
    public static RuntimeSpec? TrySpec(ReadOnlySpan<byte> text) => JsonCursor.TryRead(text, SpecReading.Spec, static () => FieldNames.All);

    public static LinuxSeccomp? TrySeccomp(ReadOnlySpan<byte> text) => JsonCursor.TryRead(text, SeccompReading.Seccomp, static () => FieldNames.All);

    public static ProcessSpec? TryProcess(ReadOnlySpan<byte> text) => JsonCursor.TryRead(text, ProcessReading.Process, static () => FieldNames.All);
}
