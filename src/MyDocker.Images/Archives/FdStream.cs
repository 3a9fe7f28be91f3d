using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Archives;

/// <summary>Reads a descriptor front to back; it stays open.</summary>
internal sealed class FdStream(Fd fd, string shown) : ReadOnlyStream
{
    private bool _owns;

    /// <summary>Standard input; an error if that is a terminal, which would wait for an archive to be typed.</summary>
    public static unsafe FdStream StandardInput()
    {
        const int F_DUPFD_CLOEXEC = 1030, TCGETS = 0x5401;
        var termios = stackalloc byte[256];
        if (Syscall.Invoke(Nr.ioctl, 0, TCGETS, (nint)termios) == 0)
        {
            throw new ImageException("import standard input: it is a terminal; pipe an archive into it: tar -c … | mydocker import - NAME");
        }

        var copy = Syscall.Check(Syscall.Invoke(Nr.fcntl, 0, F_DUPFD_CLOEXEC, 3), "read", "standard input");
        return new FdStream(new Fd((int)copy), "standard input") { _owns = true };
    }

    public override int Read(Span<byte> buffer)
    {
        var count = Files.Read(fd, buffer);
        return count >= 0 ? count : throw ImageException.Kernel("read", shown, (Errno)(-count));
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing && _owns)
        {
            fd.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Turns whatever a decompressor throws at damaged input into a message that names the file and the place.</summary>
/// <param name="verb">what is being done with the archive, for the message.</param>
internal sealed class GuardedStream(Stream plain, Compression compression, string shown, CountingStream source, string verb = "import") : ReadOnlyStream
{
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return plain.Read(buffer);
        }
        catch (Exception e) when (compression != Compression.None && e is not (ImageException or Registry.BrokenOffException))
        {
            // SharpCompress and ZstdSharp have no common exception, and some of theirs are ArgumentOutOfRange and the like.
            var name = compression.ToString().ToLowerInvariant();
            throw new ImageException($"{verb} {(verb == "import" ? Printable.Name(shown) : shown)}: its {name} data is damaged or cut off near byte {source.Count}; nothing was stored", e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing && compression != Compression.None)
        {
            plain.Dispose();
        }

        base.Dispose(disposing);
    }
}
