using Microsoft.Win32.SafeHandles;
using MyDocker.Kernel.Digests;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>
/// Blobs by digest. A manifest or configuration is on disk before it has its name; a layer's blob may not be, so whoever
/// reads one checks its digest on the way.
/// </summary>
internal sealed class ContentStore(StorePaths paths)
{
    public bool Has(string hex) => Files.Exists(paths.Blob(hex));

    /// <summary>Stores a small blob; its digest, 64 digits.</summary>
    public string Put(ReadOnlySpan<byte> content)
    {
        var hex = Sha256.Hex(content);
        if (!Has(hex))
        {
            StorePaths.Write(paths.Blobs, hex, content);
        }

        return hex;
    }

    /// <summary>A small blob, checked; null if there is none.</summary>
    public byte[]? TryRead(string hex, int limit)
    {
        var errno = Files.TryOpen(paths.Blob(hex), O_RDONLY, out var fd);
        if (errno == Errno.ENOENT)
        {
            return null;
        }

        if (errno != Errno.None)
        {
            throw ImageException.Kernel("read", paths.Blob(hex), errno);
        }

        using (fd)
        {
            var size = (long)Files.StatOf(fd!).Size;
            if (size > limit)
            {
                throw new ImageException($"read blob sha256:{hex}: it has {size} bytes; the limit is {limit}");
            }

            var content = new byte[size];
            for (var done = 0; done < content.Length;)
            {
                var count = Files.Read(fd!, content.AsSpan(done));
                done += count > 0 ? count : throw ImageException.Kernel("read", paths.Blob(hex), count < 0 ? (Errno)(-count) : Errno.EIO);
            }

            return Sha256.Hex(content) == hex
                ? content
                : throw new ImageException($"read blob sha256:{hex}: its content has another digest: it is damaged; pull or load the image again");
        }
    }

    public byte[] Read(string hex, int limit)
        => TryRead(hex, limit) ?? throw new ImageException($"read blob sha256:{hex}: it is missing from the store; pull or load the image again");

    /// <summary>Size of a blob, bytes; -1 if there is none.</summary>
    public long SizeOf(string hex) => Files.TryStat(paths.Blob(hex), out var stat) == Errno.None ? (long)stat.Size : -1;

    public BlobFile Open(string hex)
    {
        var errno = Files.TryOpen(paths.Blob(hex), O_RDONLY, out var fd);
        return errno == Errno.None ? new BlobFile(fd!) : throw ImageException.Kernel("read", $"blob sha256:{hex}", errno);
    }

    public void Remove(string hex) => Files.TryUnlink(paths.Blob(hex));

    /// <summary>
    /// Begins or goes on with a blob whose digest is known. Waits while another process does the same; null if the blob
    /// is there then.
    /// </summary>
    /// <param name="mayWait">called before it waits.</param>
    public PartialBlob? Ingest(string hex, Action? mayWait = null)
    {
        while (true)
        {
            if (Has(hex))
            {
                return null;
            }

            var path = $"{paths.Partial}/{hex}";
            var errno = Files.TryOpen(path, O_RDWR | O_CREAT, out var fd, 0x180 /* 0600 */);
            if (errno != Errno.None)
            {
                throw ImageException.Kernel("create", path, errno);
            }

            if (!Files.TryLock(fd!))
            {
                mayWait?.Invoke();
                Files.TryLock(fd!, wait: true);
            }

            if (Files.TryStat(path, out var stat) == Errno.None && stat.Inode == Files.StatOf(fd!).Inode)
            {
                return new PartialBlob(paths, hex, path, fd!);
            }

            fd!.Dispose(); // the other has finished or swept it: look again
        }
    }

    /// <summary>Begins a blob whose digest is not known yet.</summary>
    public PartialBlob Ingest()
    {
        while (true)
        {
            var path = $"{paths.Partial}/.tmp-{KernelRandom.Hex(8)}";
            var errno = Files.TryOpen(path, O_RDWR | O_CREAT | O_EXCL, out var fd, 0x180);
            if (errno != Errno.None)
            {
                throw ImageException.Kernel("create", path, errno);
            }

            // A collector may have taken the file, not locked yet, for what a dead process left.
            if (Files.TryLock(fd!, wait: true) && Files.StatOf(fd!).Links > 0)
            {
                return new PartialBlob(paths, null, path, fd!);
            }

            fd!.Dispose();
        }
    }
}

/// <summary>A blob's bytes by their place.</summary>
internal sealed class BlobFile(Fd fd) : IDisposable
{
    private readonly SafeFileHandle _handle = new(fd.Number, ownsHandle: false);

    public long Length => RandomAccess.GetLength(_handle);

    public int Read(Span<byte> buffer, long offset) => RandomAccess.Read(_handle, buffer, offset);

    public void Dispose()
    {
        _handle.Dispose();
        fd.Dispose();
    }
}

/// <summary>A blob in the making. What is written stays for the next who wants it, unless <see cref="Discard"/> is called.</summary>
internal sealed class PartialBlob(StorePaths paths, string? hex, string path, Fd fd) : IDisposable
{
    private readonly SafeFileHandle _handle = new(fd.Number, ownsHandle: false);

    public long Length { get; private set; } = RandomAccess.GetLength(new SafeFileHandle(fd.Number, ownsHandle: false));

    public int Read(Span<byte> buffer, long offset) => RandomAccess.Read(_handle, buffer, offset);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var errno = fd.TryWriteAt(bytes, Length);
        if (errno != Errno.None)
        {
            throw ImageException.Kernel("write", path, errno);
        }

        Length += bytes.Length;
    }

    public void Truncate()
    {
        RandomAccess.SetLength(_handle, 0);
        Length = 0;
    }

    /// <summary>Gives the blob its name; its digest has been checked.</summary>
    public void Commit(string? digest = null)
    {
        var errno = Files.TryRename(path, paths.Blob(digest ?? hex!));
        if (errno != Errno.None)
        {
            throw ImageException.Kernel("store", $"blob sha256:{digest ?? hex}", errno);
        }
    }

    public void Discard() => Files.TryUnlink(path);

    public void Dispose()
    {
        _handle.Dispose();
        fd.Dispose();
    }
}

internal static class FdWriting
{
    public static unsafe Errno TryWriteAt(this Fd fd, ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Syscall.Retry(Nr.pwrite64, fd.Number, (nint)(start + done), bytes.Length - done, (nint)(offset + done));
                if (count < 0)
                {
                    return Syscall.ErrnoOf(count);
                }

                done += (int)count;
            }
        }

        return Errno.None;
    }
}
