using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static MyDocker.Kernel.Netlink.RtNetlink;

namespace MyDocker.Kernel.Netlink;

/// <summary>
/// Requests written one after another into one reusable buffer, to be sent as one datagram. The kernel works through
/// them in order and goes on after one that fails (netlink_rcv_skb), so a later request must be harmless if an earlier
/// one was refused. Nothing is allocated per message.
/// </summary>
public sealed class NetlinkBatch
{
    private byte[] _buffer = new byte[4096];
    private int _length;
    private int _message;

    /// <summary>Number of requests written.</summary>
    public int Count { get; private set; }

    /// <summary>Sequence number of the first request; the others follow by ones.</summary>
    public uint FirstSequence { get; private set; }

    /// <summary>The bytes as they will be sent.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Empties the batch; the buffer stays.</summary>
    public void Reset(uint firstSequence)
    {
        _length = 0;
        Count = 0;
        FirstSequence = firstSequence;
    }

    /// <summary>Starts a request: nlmsghdr and its fixed head (ifinfomsg, ifaddrmsg, rtmsg). NLM_F_REQUEST and NLM_F_ACK are implied.</summary>
    public void Begin<T>(ushort type, ushort flags, in T head)
        where T : unmanaged
    {
        _message = _length;
        Put(new NlMsgHdr { Type = type, Flags = (ushort)(flags | NLM_F_REQUEST | NLM_F_ACK), Sequence = FirstSequence + (uint)Count });
        Put(head);
    }

    /// <summary>Ends the request that was begun: its length is known now.</summary>
    public void End()
    {
        MemoryMarshal.Write(_buffer.AsSpan(_message), (uint)(_length - _message));
        Count++;
    }

    /// <summary>A structure as it lies in memory, padded to 4 bytes (NLMSG_ALIGN).</summary>
    public void Put<T>(in T value)
        where T : unmanaged
        => MemoryMarshal.Write(Claim(Unsafe.SizeOf<T>()), in value);

    public void Attribute(ushort type, ReadOnlySpan<byte> value) => value.CopyTo(ClaimAttribute(type, value.Length));

    public void Attribute(ushort type, uint value) => MemoryMarshal.Write(ClaimAttribute(type, sizeof(uint)), in value);

    public void Attribute(ushort type, int value) => MemoryMarshal.Write(ClaimAttribute(type, sizeof(int)), in value);

    public void Attribute(ushort type, MacAddress value) => value.CopyTo(ClaimAttribute(type, MacAddress.Length));

    /// <summary>An address in network order, 4 or 16 bytes.</summary>
    public void Attribute(ushort type, IPAddress value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, out var length);
        Attribute(type, bytes[..length]);
    }

    /// <summary>A NUL-terminated string.</summary>
    public void Attribute(ushort type, ReadOnlySpan<char> value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        var bytes = ClaimAttribute(type, length + 1);
        Encoding.UTF8.GetBytes(value, bytes);
        bytes[length] = 0;
    }

    /// <summary>Opens an attribute that holds others. Give the result to <see cref="EndNest"/>.</summary>
    public int BeginNest(ushort type)
    {
        var mark = _length;
        Put(new NlAttr { Type = (ushort)(type | NLA_F_NESTED) });
        return mark;
    }

    public void EndNest(int mark) => MemoryMarshal.Write(_buffer.AsSpan(mark), checked((ushort)(_length - mark)));

    private Span<byte> ClaimAttribute(ushort type, int length)
    {
        Put(new NlAttr { Type = type, Length = checked((ushort)(length + 4)) });
        return Claim(length);
    }

    private Span<byte> Claim(int length)
    {
        var padded = (length + 3) & ~3;
        if (_length + padded > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + padded));
        }

        var start = _length;
        _length += padded;
        _buffer.AsSpan(start + length, padded - length).Clear();
        return _buffer.AsSpan(start, length);
    }
}
