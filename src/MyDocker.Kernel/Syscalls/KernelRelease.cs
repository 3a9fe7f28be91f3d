namespace MyDocker.Kernel.Syscalls;

/// <summary>The version of the running kernel (uname(2)), for what cannot be asked for otherwise; a few hundred nanoseconds.</summary>
public static unsafe class KernelRelease
{
    private const int Field = 65; // struct utsname: sysname, nodename, release, …

    /// <summary>Whether it is this version or a later one; false where its name does not begin with two numbers.</summary>
    public static bool IsAtLeast(int major, int minor)
    {
        var names = stackalloc byte[6 * Field];
        if (Syscall.Invoke(Nr.uname, (nint)names) != 0)
        {
            return false;
        }

        var release = names + (2 * Field);
        var first = Number(ref release);
        release++;
        return first > major || (first == major && Number(ref release) >= minor);
    }

    private static int Number(ref byte* text)
    {
        var number = 0;
        for (; *text is >= (byte)'0' and <= (byte)'9'; text++)
        {
            number = (number * 10) + (*text - '0');
        }

        return number;
    }
}
