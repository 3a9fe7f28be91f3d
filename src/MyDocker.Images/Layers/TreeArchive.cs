using MyDocker.Images.Archives;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Layers;

/// <summary>Archives of trees that are no layers: what "export" writes, and "cp" writes and reads.</summary>
public static class TreeArchive
{
    /// <summary>
    /// Writes a tree as a tar archive: owners, modes, times, attributes, hard links and devices as they are. File systems
    /// mounted inside are left out, their mount points stay.
    /// </summary>
    /// <param name="root">a directory, open for listing (O_RDONLY | O_DIRECTORY).</param>
    /// <exception cref="ImageException">a file cannot be read, or changes while it is.</exception>
    public static void Write(Fd root, Stream output) => new LayerArchiver(root, output, asLayer: false).Write();

    /// <summary>The same, for a container's writable layer: whiteouts and opaque directories in the form of the image specification.</summary>
    public static void WriteLayer(Fd root, Stream output) => new LayerArchiver(root, output, asLayer: true).Write();

    /// <summary>
    /// Unpacks a tar archive, plain or compressed, below a directory; nothing in it leads out of that directory.
    /// </summary>
    /// <param name="root">a directory, open.</param>
    /// <param name="trash">an empty directory on the same file system, for what the archive replaces; to be removed afterwards.</param>
    /// <param name="shown">what to call the archive in messages.</param>
    public static void Extract(Stream archive, Fd root, Fd trash, string shown)
    {
        using var counted = new CountingStream(archive, null);
        using var input = new PeekStream(counted);
        var compression = Decompressor.Detect(input.Peek(Decompressor.MagicLength));
        using var plain = new GuardedStream(Decompressor.Open(compression, input), compression, shown, counted);
        using var unpacker = new LayerUnpacker(root, trash);
        try
        {
            unpacker.Unpack(new TarReader(new PeekStream(plain)));
        }
        catch (TarFormatException e)
        {
            throw new ImageException($"unpack {Printable.Name(shown)}: {e.Message}", e);
        }
    }
}
