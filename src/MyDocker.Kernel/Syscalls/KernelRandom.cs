namespace MyDocker.Kernel.Syscalls;

/// <summary>Random bytes straight from getrandom(2): .NET's generator loads and initialises OpenSSL first, which costs more than a container's start.</summary>
public static unsafe class KernelRandom
{
    /// <summary>For names that nobody guesses: two digits for each of <paramref name="bytes"/>, at most 256.</summary>
    public static string Hex(int bytes)
    {
        Span<byte> buffer = stackalloc byte[bytes];
        Fill(buffer);
        return Convert.ToHexStringLower(buffer);
    }

    /// <param name="buffer">at most 256 bytes: the kernel fills those at once and without interruption.</param>
    public static void Fill(Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(buffer.Length, 256);
        fixed (byte* start = buffer)
        {
            Syscall.Check(Syscall.Retry(Nr.getrandom, (nint)start, buffer.Length, 0), "get", "random bytes");
        }
    }
}
