using System.Runtime.InteropServices;
using System.Text;

namespace MyDocker.Kernel.Syscalls;

/// <summary>
/// Native memory that is handed out piece by piece and freed as a whole: strings, structures and descriptor cells
/// that must stay at one address, such as the arguments of system calls made by a cloned child.
/// Memory is zeroed and aligned to 8 bytes.
/// </summary>
public sealed unsafe class NativeArena : IDisposable
{
    private const int BlockSize = 32 * 1024;

    private readonly List<nint> _blocks = [];
    private byte* _next;
    private nuint _left;

    /// <summary>Zeroed memory of <paramref name="size"/> bytes.</summary>
    public byte* Alloc(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var rounded = ((nuint)size + 7) & ~(nuint)7;
        if (rounded > _left)
        {
            var block = Math.Max(rounded, BlockSize);
            _next = (byte*)NativeMemory.AllocZeroed(block);
            _left = block;
            _blocks.Add((nint)_next);
        }

        var piece = _next;
        _next += rounded;
        _left -= rounded;
        return piece;
    }

    public T* Copy<T>(in T value = default)
        where T : unmanaged
    {
        var piece = (T*)Alloc(sizeof(T));
        *piece = value;
        return piece;
    }

    /// <summary>A NUL-terminated UTF-8 copy of a string.</summary>
    public byte* String(string text)
    {
        if (text.Contains('\0'))
        {
            throw new ArgumentException("a string for the kernel must not contain a NUL character");
        }

        var length = Encoding.UTF8.GetByteCount(text);
        var piece = Alloc(length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(piece, length));
        return piece;
    }

    public byte* Bytes(ReadOnlySpan<byte> bytes)
    {
        var piece = Alloc(bytes.Length);
        bytes.CopyTo(new Span<byte>(piece, bytes.Length));
        return piece;
    }

    /// <summary>A NULL-terminated array of C strings, as execve(2) takes them.</summary>
    public byte** StringArray(IReadOnlyList<string> texts)
    {
        var array = (byte**)Alloc((texts.Count + 1) * sizeof(byte*));
        for (var i = 0; i < texts.Count; i++)
        {
            array[i] = String(texts[i]);
        }

        return array;
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            NativeMemory.Free((void*)block);
        }

        _blocks.Clear();
        _next = null;
        _left = 0;
    }
}
