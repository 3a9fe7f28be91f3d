using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Syscalls;

/// <summary>
/// The one door to the kernel: syscall(2). A result below zero is a negated errno, as the kernel itself returns it,
/// so no call can be made without seeing its error.
/// </summary>
public static unsafe partial class Syscall
{
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint RawSyscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "__errno_location")]
    private static partial int* ErrnoLocation();

    /// <summary>Makes a system call. Returns its result, or -errno.</summary>
    public static nint Invoke(int number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        var result = RawSyscall(number, a, b, c, d, e, f);
        return result == -1 ? -*ErrnoLocation() : result;
    }

    /// <summary>Makes a system call, again for as long as a signal interrupts it (EINTR).</summary>
    public static nint Retry(int number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        nint result;
        do
        {
            result = Invoke(number, a, b, c, d, e, f);
        }
        while (result == -(nint)Errno.EINTR);
        return result;
    }

    /// <summary>The errno of a result of <see cref="Invoke"/>; <see cref="Errno.None"/> for a success.</summary>
    public static Errno ErrnoOf(nint result) => result < 0 && result > -4096 ? (Errno)(-result) : Errno.None;

    /// <summary>Passes a success through and turns an error into a <see cref="KernelException"/>.</summary>
    public static nint Check(nint result, string operation, string target)
        => result < 0 ? throw new KernelException(operation, target, ErrnoOf(result)) : result;
}
