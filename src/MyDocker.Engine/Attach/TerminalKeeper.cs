using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Attach;

/// <summary>The master end of a terminal that nobody looks at any more: what is written to it is read and forgotten.</summary>
internal static unsafe class TerminalKeeper
{
    /// <summary>Returns when the last process on the terminal has ended.</summary>
    public static void Run(Fd master)
    {
        const int Size = 4096;
        var waste = stackalloc byte[Size];
        var poll = stackalloc PollFd[1];
        int count;
        do
        {
            *poll = new PollFd { Descriptor = master.Number, Events = PollFd.POLLIN };
            Descriptors.Poll(poll, 1, -1);
            count = Descriptors.Read(master.Number, waste, Size);
        }
        while (count > 0 || count == -(int)Errno.EAGAIN);
    }
}
