using System.Buffers.Binary;
using System.Text;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>Reads protocol buffers field by field; what the caller does not know it passes over.</summary>
/// <exception cref="FormatException">(of every method) the message ends in the middle of a field, or has none that there can be.</exception>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Moves to the next field; false: there is none.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = Raw();
        Field = (int)(tag >> 3);
        Value = 0;
        Block = default;
        switch (tag & 7)
        {
            case 0: Value = Raw(); break;
            case 1: Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong))); break;
            case 2: Block = Take(Raw()); break;
            case 5: Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint))); break;
            default: throw new FormatException($"a field of wire type {tag & 7}");
        }

        return true;
    }

    public int Field { get; private set; }

    /// <summary>Of a number.</summary>
    public ulong Value { get; private set; }

    /// <summary>Of a text or a message.</summary>
    public ReadOnlySpan<byte> Block { get; private set; }

    public readonly int Number => (int)Value;

    public readonly bool Flag => Value != 0;

    public readonly string Text => Encoding.UTF8.GetString(Block);

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw new FormatException("a field is cut off");
        }

        var result = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return result;
    }

    private ulong Raw()
    {
        const int Longest = 70;
        ulong value = 0;
        for (var shift = 0; shift < Longest; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("a number of more than ten bytes");
    }
}
