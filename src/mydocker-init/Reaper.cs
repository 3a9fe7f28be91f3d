using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.InitCommand;

/// <summary>Process 1 inherits every orphan of its container and must wait for each.</summary>
internal static unsafe class Reaper
{
    /// <summary>si_code of a signal that the kernel itself sent, as for Ctrl-C on a terminal (SI_KERNEL).</summary>
    public const int FromKernel = 0x80;

    private const int WNOHANG = 1;

    /// <summary>Sleeps until the descriptor is readable.</summary>
    public static void WaitFor(Fd fd)
    {
        var poll = new PollFd { Descriptor = fd.Number, Events = PollFd.POLLIN };
        Descriptors.Poll(&poll, 1, -1);
    }

    /// <summary>Reaps all that have ended. Returns the command's exit code, or 128 + signal, once it is among them.</summary>
    public static int? Collect(int command)
    {
        int? code = null;
        while (true)
        {
            int status;
            var pid = (int)Syscall.Retry(Nr.wait4, -1, (nint)(&status), WNOHANG, 0);
            if (pid <= 0)
            {
                return code;
            }

            if (pid == command)
            {
                // wait(2): the low seven bits are the signal, the next byte the exit code
                code = (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
            }
        }
    }
}
