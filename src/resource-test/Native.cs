using System.Runtime.InteropServices;

namespace MyDocker.ResourceTest;

/// <summary>
/// The few functions of libc that the test programs need. They use no Console and no managed heap worth mentioning: what is
/// to be measured is the memory and time that they ask for on purpose, not their own.
/// </summary>
internal static unsafe partial class Native
{
    private const int PROT_READ_WRITE = 3;
    private const int MAP_PRIVATE_ANONYMOUS = 0x22;

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int fd, byte* data, nint length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(nint address, nint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int fd, byte* data, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Sleep(long* time, long* rest);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);

    /// <summary>Writes one line at once: what the reader sees is never half a line, and never late.</summary>
    public static void WriteLine(ReadOnlySpan<char> line, bool isError = false)
    {
        Span<byte> text = stackalloc byte[256];
        var length = 0;
        while (length < line.Length && length < text.Length - 1)
        {
            text[length] = (byte)line[length];
            length++;
        }

        text[length++] = (byte)'\n';
        fixed (byte* address = text)
        {
            Write(isError ? 2 : 1, address, length);
        }
    }

    /// <summary>Takes memory from the kernel and writes to each page, so that it is really there. False: the kernel gave none.</summary>
    public static bool Allocate(nint bytes)
    {
        const int Page = 4096;
        var memory = Map(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
        if ((nint)memory == -1)
        {
            return false;
        }

        for (nint at = 0; at < bytes; at += Page)
        {
            memory[at] = 1;
        }

        return true;
    }

    public static void Sleep(long milliseconds)
    {
        var time = stackalloc long[2] { milliseconds / 1000, milliseconds % 1000 * 1_000_000 };
        while (Sleep(time, time) != 0)
        {
            // interrupted by a signal: the kernel wrote what is left
        }
    }

    /// <summary>CLOCK_MONOTONIC, in milliseconds.</summary>
    public static long Now()
    {
        var time = stackalloc long[2];
        GetTime(1, time);
        return (time[0] * 1000) + (time[1] / 1_000_000);
    }

    /// <summary>What the program itself holds in memory, in KiB: the second number of /proc/self/statm. 0 without a /proc.</summary>
    public static long ResidentKilobytes()
    {
        var text = stackalloc byte[128];
        int fd;
        fixed (byte* path = "/proc/self/statm\0"u8)
        {
            fd = Open(path, 0);
        }

        if (fd < 0)
        {
            return 0;
        }

        var length = Read(fd, text, 128);
        Close(fd);
        long pages = 0;
        var field = 0;
        for (var i = 0; i < length && field < 2; i++)
        {
            if (text[i] == ' ')
            {
                field++;
            }
            else if (field == 1)
            {
                pages = (pages * 10) + (text[i] - '0');
            }
        }

        return pages * 4;
    }

    /// <summary>The value of <c>--name N</c> or <c>--name=N</c>, in whole numbers above zero; anything else is an error.</summary>
    public static bool TryOption(string[] args, ref int at, string name, ref long value)
    {
        var text = args[at];
        if (text == name && at + 1 < args.Length)
        {
            return long.TryParse(args[++at], out value) && value > 0;
        }

        return text.StartsWith(name, StringComparison.Ordinal) && text.Length > name.Length && text[name.Length] == '='
            && long.TryParse(text.AsSpan(name.Length + 1), out value) && value > 0;
    }
}
