using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static MyDocker.Kernel.Netlink.RtNetlink;

namespace MyDocker.Kernel.Netlink;

/// <summary>One received message: its header and the bytes after it. Valid until the next receive.</summary>
public readonly ref struct NetlinkMessage(NlMsgHdr header, ReadOnlySpan<byte> payload)
{
    public NlMsgHdr Header { get; } = header;
    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>The fixed head; zero if the message is shorter than it.</summary>
    public T Head<T>()
        where T : unmanaged
        => Payload.Length < Unsafe.SizeOf<T>() ? default : MemoryMarshal.Read<T>(Payload);

    /// <summary>The attributes after the fixed head.</summary>
    public NetlinkAttributes Attributes<T>()
        where T : unmanaged
        => new(Payload.Length < Unsafe.SizeOf<T>() ? default : Payload[((Unsafe.SizeOf<T>() + 3) & ~3)..]);
}

/// <summary>Walks over a row of attributes; stops at the first one whose length cannot be right.</summary>
public ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Type of the current attribute, its flag bits taken off.</summary>
    public ushort Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>For foreach.</summary>
    public readonly NetlinkAttributes GetEnumerator() => this;

    public readonly NetlinkAttributes Current => this;

    public bool MoveNext()
    {
        if (_rest.Length < 4)
        {
            return false;
        }

        var head = MemoryMarshal.Read<NlAttr>(_rest);
        if (head.Length < 4 || head.Length > _rest.Length)
        {
            return false;
        }

        Type = (ushort)(head.Type & NLA_TYPE_MASK);
        Value = _rest[4..head.Length];
        _rest = _rest[Math.Min((head.Length + 3) & ~3, _rest.Length)..];
        return true;
    }

    public readonly NetlinkAttributes Nested => new(Value);

    public readonly uint UInt32 => Value.Length < 4 ? 0 : MemoryMarshal.Read<uint>(Value);

    public readonly int Int32 => (int)UInt32;

    /// <summary>The value as a string, up to its NUL.</summary>
    public readonly string Text
    {
        get
        {
            var end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    /// <summary>The value as an address; null unless it has 4 or 16 bytes.</summary>
    public readonly IPAddress? Address => Value.Length is 4 or 16 ? new IPAddress(Value) : null;
}
