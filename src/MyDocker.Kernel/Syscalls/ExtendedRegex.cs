using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Syscalls;

/// <summary>An extended regular expression of POSIX (regex(7)), by the C library's regcomp(3): .NET's would be half a megabyte more.</summary>
public sealed unsafe partial class ExtendedRegex : IDisposable
{
    private const int REG_EXTENDED = 1;
    private const int REG_NOSUB = 8;

    /// <summary>sizeof(regex_t) is 64 on 64-bit glibc and musl.</summary>
    private const int Size = 128;

    private readonly byte* _compiled = (byte*)NativeMemory.AllocZeroed(Size);

    private ExtendedRegex()
    {
    }

    /// <summary>Null: the expression is none.</summary>
    public static ExtendedRegex? TryParse(string expression)
    {
        var regex = new ExtendedRegex();
        using var text = new Utf8Z(expression, stackalloc byte[Utf8Z.Inline]);
        if (regcomp(regex._compiled, text.Address, REG_EXTENDED | REG_NOSUB) == 0)
        {
            return regex;
        }

        NativeMemory.Free(regex._compiled);
        return null;
    }

    /// <summary>The expression is found anywhere in the text.</summary>
    public bool Matches(string text)
    {
        using var bytes = new Utf8Z(text, stackalloc byte[Utf8Z.Inline]);
        return regexec(_compiled, bytes.Address, 0, 0, 0) == 0;
    }

    public void Dispose()
    {
        regfree(_compiled);
        NativeMemory.Free(_compiled);
    }

    [LibraryImport("libc")]
    private static partial int regcomp(byte* compiled, nint expression, int flags);

    [LibraryImport("libc")]
    private static partial int regexec(byte* compiled, nint text, nuint count, nint matches, int flags);

    [LibraryImport("libc")]
    private static partial void regfree(byte* compiled);
}
