using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Netlink;

/// <summary>
/// The deletion of a link by a child that is cloned for it. A link, its addresses and its routes are gone within a
/// millisecond, but the request returns 10 to 40 ms later, when every CPU has let go of them (rcu_barrier in
/// netdev_run_todo, after the lock of rtnetlink is given back). So the child does that waiting, and we that of the link.
/// The caller must be the only managed thread of its process, like everybody who clones (docs/adr/0002-the-fork.md).
/// </summary>
public sealed unsafe class LinkDeletion : IDisposable
{
    private const int POLLIN = 1;
    private readonly NetlinkSocket _request;
    private readonly NetlinkSocket _watch;
    private readonly SyscallProgram _program;
    private readonly ClonedChild _child;
    private readonly int _index;
    private bool _isGone;

    private LinkDeletion(int index)
    {
        _index = index;
        _watch = NetlinkSocket.Open();
        _request = NetlinkSocket.Open();
        Links.Delete(_request.Begin(), index);
        _program = Program(_request);
        var (read, write) = ClonedChild.NewStatusPipe();
        using (write)
        {
            _child = ClonedChild.Start(_program, flags: 0, read, write);
        }
    }

    /// <summary>Begins to delete a link of the calling thread's network namespace.</summary>
    public static LinkDeletion Start(int index) => new(index);

    /// <summary>Waits until nobody can see the link any more.</summary>
    /// <exception cref="NetlinkException">the kernel refused.</exception>
    public void AwaitGone()
    {
        while (!_isGone)
        {
            _isGone = Links.Find(_watch, _index) is null;
            if (!_isGone && HasEnded(200_000) && !_request.TryCollect(out var failure) && failure.Errno != Errno.ENODEV)
            {
                throw new NetlinkException($"delete link {_index}", failure.Errno, failure.KernelText);
            }
        }
    }

    /// <summary>Waits for the child's end too.</summary>
    public void Dispose()
    {
        _child.Reap();
        _child.Dispose();
        _program.Dispose();
        _request.Dispose();
        _watch.Dispose();
    }

    /// <summary>The child holds nothing but the socket: neither the lock of a journal nor somebody's output stays open for its sake.</summary>
    private static SyscallProgram Program(NetlinkSocket request)
    {
        var program = new SyscallProgram();
        var message = request.Pending;
        if (request.Number > 0)
        {
            program.Add("close descriptors below", "the socket", Nr.close_range, 0, request.Number - 1);
        }

        program.Add("close descriptors above", "the socket", Nr.close_range, request.Number + 1, uint.MaxValue);
        program.Add("send", "netlink request", Nr.sendto, request.Number, program.Arena.Bytes(message), message.Length);
        program.Add("end", "", Nr.exit_group, 0);
        return program;
    }

    private bool HasEnded(long nanoseconds)
    {
        var poll = stackalloc int[2] { _child.PidFd.Number, POLLIN };
        var timeout = stackalloc long[2] { 0, nanoseconds };
        return Syscall.Retry(Nr.ppoll, (nint)poll, 1, (nint)timeout) > 0;
    }
}
