using System.Runtime.CompilerServices;
using System.Text;

namespace MyDocker.Kernel.Syscalls;

/// <summary>
/// A NUL-terminated UTF-8 copy of a string for the length of one call, on the stack where it is short.
/// <code>
/// using var path = new Utf8Z(name, stackalloc byte[Utf8Z.Inline]);
/// Syscall.Invoke(Nr.unlinkat, dirFd, path.Address, 0);
/// </code>
/// </summary>
public unsafe ref struct Utf8Z
{
    public const int Inline = 256;

    private readonly byte* _heap;

    /// <param name="text">the string; must not contain a NUL.</param>
    /// <param name="scratch">stack memory of the caller; used if the text fits.</param>
    public Utf8Z(ReadOnlySpan<char> text, Span<byte> scratch)
    {
        if (text.Contains('\0'))
        {
            throw new ArgumentException("a path or name must not contain a NUL character");
        }

        var needed = Encoding.UTF8.GetByteCount(text) + 1;
        if (needed > scratch.Length)
        {
            _heap = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)needed);
            scratch = new Span<byte>(_heap, needed);
        }

        var written = Encoding.UTF8.GetBytes(text, scratch);
        scratch[written] = 0;
        Length = written;
        Address = (nint)Unsafe.AsPointer(ref scratch[0]);
    }

    /// <summary>Address of the first byte; valid until this is disposed or the scratch memory goes out of scope.</summary>
    public nint Address { get; }

    /// <summary>Length in bytes without the terminator.</summary>
    public int Length { get; }

    public readonly void Dispose()
    {
        if (_heap != null)
        {
            System.Runtime.InteropServices.NativeMemory.Free(_heap);
        }
    }
}
