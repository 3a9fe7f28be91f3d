using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Netlink.RtNetlink;

namespace MyDocker.Kernel.Netlink;

/// <summary>Takes one reply of the kernel; <paramref name="request"/> is the number of the request in its batch, from 0.</summary>
public delegate void NetlinkReply(int request, NetlinkMessage message);

/// <summary>Turns one message of a dump into an object; null to leave it out.</summary>
public delegate T? NetlinkParser<T>(NetlinkMessage message)
    where T : class;

/// <summary>
/// A rtnetlink(7) socket of one network namespace: that of the thread which opened it, for ever. One request or many go
/// out in one datagram, and the kernel has answered all of them when the send returns. Not for use by two threads.
/// </summary>
public sealed unsafe class NetlinkSocket : IDisposable
{
    private const int SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40;
    private const int DumpTries = 32;
    private const int ReceiveSize = 32 * 1024; // the most that the kernel puts into one datagram of a dump

    private readonly Fd _fd;
    private readonly NetlinkBatch _batch = new();
    private byte[] _received = [];
    private uint _sequence = 1;

    private NetlinkSocket(Fd fd) => _fd = fd;

    /// <summary>Opens a socket in the network namespace of the calling thread.</summary>
    public static NetlinkSocket Open()
    {
        var fd = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "open", "netlink socket"));
        try
        {
            var address = new SockAddrNl { Family = AF_NETLINK };
            Syscall.Check(Syscall.Invoke(Nr.bind, fd.Number, (nint)(&address), sizeof(SockAddrNl)), "bind", "netlink socket");

            // The kernel's own words with each error (4.12), errors without a copy of the request (4.2), and dumps that
            // honour their filter (4.20). An older kernel answers ENOPROTOOPT and works without.
            var on = 1;
            Syscall.Invoke(Nr.setsockopt, fd.Number, SOL_NETLINK, NETLINK_EXT_ACK, (nint)(&on), sizeof(int));
            Syscall.Invoke(Nr.setsockopt, fd.Number, SOL_NETLINK, NETLINK_CAP_ACK, (nint)(&on), sizeof(int));
            Syscall.Invoke(Nr.setsockopt, fd.Number, SOL_NETLINK, NETLINK_GET_STRICT_CHK, (nint)(&on), sizeof(int));
            return new NetlinkSocket(fd);
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a socket in another network namespace: setns there, socket, setns back (see
    /// <see cref="NetworkNamespace.Visit"/> for what that asks of the caller).
    /// </summary>
    public static NetlinkSocket OpenIn(int netnsFd)
    {
        using var home = NetworkNamespace.Current();
        return NetworkNamespace.Visit(netnsFd, home, Open);
    }

    public void Dispose() => _fd.Dispose();

    internal int Number => _fd.Number;

    /// <summary>The batch for somebody else to send over this socket.</summary>
    internal ReadOnlySpan<byte> Pending => _batch.Bytes;

    /// <summary>The socket's own batch, emptied. Write requests into it, then <see cref="Execute"/> it.</summary>
    public NetlinkBatch Begin()
    {
        _batch.Reset(_sequence);
        return _batch;
    }

    /// <summary>Sends the batch and waits for all answers; false with the first failure. Later requests were tried all the same.</summary>
    /// <exception cref="NetlinkException">the datagram itself could not be sent or received.</exception>
    public bool TryExecute(out NetlinkFailure failure, NetlinkReply? onReply = null)
    {
        Send();
        return TryCollect(out failure, onReply);
    }

    /// <summary>Waits for the answers to a batch that is sent.</summary>
    internal bool TryCollect(out NetlinkFailure failure, NetlinkReply? onReply = null)
    {
        failure = default;
        var failed = false;
        for (var open = _batch.Count; open > 0;)
        {
            for (var datagram = Receive(); TryNext(ref datagram, out var message);)
            {
                var request = (int)(message.Header.Sequence - _batch.FirstSequence);
                if ((uint)request >= (uint)_batch.Count)
                {
                    continue; // an answer to something given up earlier
                }

                if (message.Header.Type != NLMSG_ERROR)
                {
                    onReply?.Invoke(request, message);
                    continue;
                }

                open--;
                var errno = ErrnoOf(message);
                if (errno != Errno.None && !failed)
                {
                    failed = true;
                    failure = new NetlinkFailure(request, errno, TextOf(message));
                }
            }
        }

        return !failed;
    }

    /// <summary>Sends the batch; throws for the first request that failed. <paramref name="operation"/> reads "delete link br9".</summary>
    public void Execute(string operation, NetlinkReply? onReply = null)
    {
        if (!TryExecute(out var failure, onReply))
        {
            throw new NetlinkException(operation, failure.Errno, failure.KernelText);
        }
    }

    /// <summary>
    /// Sends the batch, which must be one request with NLM_F_DUMP, and collects the answers. A dump that was
    /// interrupted by a change (NLM_F_DUMP_INTR) may miss or repeat entries, so it is made again.
    /// </summary>
    public List<T> Dump<T>(string operation, NetlinkParser<T> parse)
        where T : class
    {
        var list = new List<T>();
        for (var tries = 0; tries < DumpTries; tries++)
        {
            list.Clear();
            Send();
            if (CollectDump(operation, list, parse))
            {
                return list;
            }
        }

        throw new NetlinkException(operation, Errno.EINTR, "the list changes faster than it can be read");
    }

    /// <summary>True if the dump is whole.</summary>
    private bool CollectDump<T>(string operation, List<T> list, NetlinkParser<T> parse)
        where T : class
    {
        var whole = true;
        while (true)
        {
            for (var datagram = Receive(); TryNext(ref datagram, out var message);)
            {
                var header = message.Header;
                if (header.Sequence != _batch.FirstSequence)
                {
                    continue;
                }

                whole &= (header.Flags & NLM_F_DUMP_INTR) == 0;
                if (header.Type is NLMSG_ERROR or NLMSG_DONE)
                {
                    var errno = ErrnoOf(message);
                    return errno == Errno.None ? whole : throw new NetlinkException(operation, errno, TextOf(message));
                }

                if (parse(message) is { } item)
                {
                    list.Add(item);
                }
            }
        }
    }

    private void Send()
    {
        var bytes = _batch.Bytes;
        _sequence = _batch.FirstSequence + (uint)Math.Max(1, _batch.Count);
        fixed (byte* start = bytes)
        {
            var sent = Syscall.Retry(Nr.sendto, _fd.Number, (nint)start, bytes.Length);
            if (sent != bytes.Length)
            {
                throw new NetlinkException("send netlink request", sent < 0 ? Syscall.ErrnoOf(sent) : Errno.EMSGSIZE);
            }
        }
    }

    /// <summary>One datagram of the kernel.</summary>
    private ReadOnlySpan<byte> Receive()
    {
        if (_received.Length == 0)
        {
            _received = GC.AllocateUninitializedArray<byte>(ReceiveSize);
        }

        while (true)
        {
            SockAddrNl sender;
            var senderLength = sizeof(SockAddrNl);
            nint length;
            fixed (byte* start = _received)
            {
                length = Syscall.Retry(Nr.recvfrom, _fd.Number, (nint)start, _received.Length, MSG_DONTWAIT | MSG_TRUNC, (nint)(&sender), (nint)(&senderLength));
            }

            if (length > _received.Length)
            {
                throw new NetlinkException("receive netlink answer", Errno.EMSGSIZE);
            }

            if (length >= 0)
            {
                if (sender.PortId != 0)
                {
                    continue; // not from the kernel: any process with CAP_NET_ADMIN may write to us
                }

                return _received.AsSpan(0, (int)length);
            }

            if (Syscall.ErrnoOf(length) != Errno.EAGAIN)
            {
                throw new NetlinkException("receive netlink answer", Syscall.ErrnoOf(length));
            }

            WaitReadable();
        }
    }

    /// <summary>Answers are there when the send returns; should one be missing, this ends in an error and not in a hang.</summary>
    private void WaitReadable()
    {
        const int POLLIN = 1;
        var poll = stackalloc int[2] { _fd.Number, POLLIN };
        var timeout = stackalloc long[2] { 5, 0 };
        var ready = Syscall.Retry(Nr.ppoll, (nint)poll, 1, (nint)timeout);
        if (ready <= 0)
        {
            throw new NetlinkException("receive netlink answer", ready < 0 ? Syscall.ErrnoOf(ready) : Errno.ETIMEDOUT);
        }
    }

    private static bool TryNext(ref ReadOnlySpan<byte> datagram, out NetlinkMessage message)
    {
        message = default;
        if (datagram.Length < sizeof(NlMsgHdr))
        {
            return false;
        }

        var header = MemoryMarshal.Read<NlMsgHdr>(datagram);
        if (header.Length < sizeof(NlMsgHdr) || header.Length > datagram.Length)
        {
            return false;
        }

        message = new NetlinkMessage(header, datagram[sizeof(NlMsgHdr)..(int)header.Length]);
        datagram = datagram[Math.Min(((int)header.Length + 3) & ~3, datagram.Length)..];
        return true;
    }

    /// <summary>struct nlmsgerr and NLMSG_DONE both start with a negated errno.</summary>
    private static Errno ErrnoOf(NetlinkMessage message) => (Errno)(-message.Head<int>());

    private static string? TextOf(NetlinkMessage message)
    {
        // nlmsgerr: int error, nlmsghdr of the request and, unless NLM_F_CAPPED, the request itself; then attributes.
        // NLMSG_DONE: the errno, then attributes.
        if ((message.Header.Flags & NLM_F_ACK_TLVS) == 0)
        {
            return null;
        }

        var skip = sizeof(int);
        if (message.Header.Type == NLMSG_ERROR && message.Payload.Length >= sizeof(int) + sizeof(NlMsgHdr))
        {
            var request = MemoryMarshal.Read<NlMsgHdr>(message.Payload[sizeof(int)..]);
            skip += (message.Header.Flags & NLM_F_CAPPED) != 0 ? sizeof(NlMsgHdr) : ((int)request.Length + 3) & ~3;
        }

        foreach (var attribute in new NetlinkAttributes(skip <= message.Payload.Length ? message.Payload[skip..] : default))
        {
            if (attribute.Type == NLMSGERR_ATTR_MSG)
            {
                return attribute.Text;
            }
        }

        return null;
    }
}
