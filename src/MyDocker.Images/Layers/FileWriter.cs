using MyDocker.Images.Archives;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Layers;

/// <summary>
/// Writes the content of files, leaving holes where a whole piece is zeros: an archive of a few kilobytes that unpacks
/// to gigabytes of zeros costs no disk, and sparse images stay sparse.
/// </summary>
internal sealed unsafe class FileWriter
{
    private const int Piece = 64 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(Piece);

    /// <summary>Writes the current member of an archive into a new, empty file.</summary>
    public Errno TryWrite(Fd file, TarEntry entry, TarReader data)
    {
        var end = 0L;
        foreach (var extent in entry.Extents ?? [new SparseExtent(0, entry.Size)])
        {
            for (var done = 0L; done < extent.Length;)
            {
                var count = Fill(data, (int)Math.Min(Piece, extent.Length - done));
                var errno = TryWriteAt(file, _buffer.AsSpan(0, count), extent.Offset + done, ref end);
                if (errno != Errno.None)
                {
                    return errno;
                }

                done += count;
            }
        }

        return entry.Size == end ? Errno.None : SetSize(file, entry.Size);
    }

    /// <summary>
    /// Copies a file into a new, empty one and shows each piece to <paramref name="look"/>. Returns the number of bytes
    /// copied, or -errno.
    /// </summary>
    public long Copy(Fd from, Fd to, Action<ReadOnlySpan<byte>> look)
    {
        var (done, end) = (0L, 0L);
        while (true)
        {
            var count = Files.Read(from, _buffer);
            if (count < 0)
            {
                return count;
            }

            if (count == 0)
            {
                var sized = done == end ? Errno.None : SetSize(to, done);
                return sized == Errno.None ? done : -(long)sized;
            }

            look(_buffer.AsSpan(0, count));
            var errno = TryWriteAt(to, _buffer.AsSpan(0, count), done, ref end);
            if (errno != Errno.None)
            {
                return -(long)errno;
            }

            done += count;
        }
    }

    private int Fill(TarReader data, int wanted)
    {
        var count = 0;
        while (count < wanted)
        {
            count += data.Read(_buffer.AsSpan(count, wanted - count));
        }

        return count;
    }

    private static Errno TryWriteAt(Fd file, ReadOnlySpan<byte> bytes, long offset, ref long end)
    {
        if (bytes.Length >= 4096 && bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            return Errno.None;
        }

        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Syscall.Retry(Nr.pwrite64, file.Number, (nint)(start + done), bytes.Length - done, (nint)(offset + done));
                if (count < 0)
                {
                    return Syscall.ErrnoOf(count);
                }

                done += (int)count;
            }
        }

        end = offset + bytes.Length;
        return Errno.None;
    }

    // The last piece may be a hole, which pwrite does not make.
    private static Errno SetSize(Fd file, long size) => Syscall.ErrnoOf(Syscall.Retry(Nr.ftruncate, file.Number, (nint)size));
}
