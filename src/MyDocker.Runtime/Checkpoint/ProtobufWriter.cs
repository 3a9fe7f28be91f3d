using System.Buffers;
using System.Text;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>
/// Writes protocol buffers (the wire format of protobuf.dev, "Encoding"): the little of it that the messages of CRIU need. A
/// field that is null is left out.
/// </summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0, Delimited = 2;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    public ReadOnlySpan<byte> Bytes => _buffer.WrittenSpan;

    /// <summary>int32, uint32 and enum; a negative number takes ten bytes.</summary>
    public ProtobufWriter Number(int field, long? value)
    {
        if (value is { } number)
        {
            Raw((ulong)((field << 3) | Varint));
            Raw((ulong)number);
        }

        return this;
    }

    public ProtobufWriter Flag(int field, bool value) => Number(field, value ? 1 : 0);

    public ProtobufWriter Text(int field, string? value) => value is null ? this : Block(field, Encoding.UTF8.GetBytes(value));

    public ProtobufWriter Message(int field, ProtobufWriter? message) => message is null ? this : Block(field, message.Bytes);

    private ProtobufWriter Block(int field, ReadOnlySpan<byte> bytes)
    {
        Raw((ulong)((field << 3) | Delimited));
        Raw((ulong)bytes.Length);
        _buffer.Write(bytes);
        return this;
    }

    /// <summary>Seven bits a byte, the least significant first; the highest bit says that there is more.</summary>
    private void Raw(ulong value)
    {
        var target = _buffer.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            target[length++] = (byte)(value | 0x80);
        }

        target[length++] = (byte)value;
        _buffer.Advance(length);
    }
}
