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

    /// <summary>The archive of a tree, or of a single file, for "cp": with a name of its own, and the owners that the container sees.</summary>
    /// <param name="node">what is archived: a directory open for listing, or anything else opened with O_PATH.</param>
    public static void Write(Fd node, TreeView view, Stream output)
    {
        var archiver = new LayerArchiver(node, output, asLayer: false, view);
        if (Files.StatOf(node).IsDirectory)
        {
            archiver.Write();
        }
        else
        {
            archiver.WriteSingle();
        }
    }

    /// <summary>The same as a stream, written by a thread of its own.</summary>
    public static Stream Read(Fd node, TreeView view) => new ThreadPipe(output => Write(node, view, output));

    /// <summary>
    /// Unpacks a tar archive, plain or compressed, into a directory; nothing in it leads out of that directory. Returns what was
    /// left out, a line each.
    /// </summary>
    /// <param name="root">a directory, open.</param>
    /// <param name="shown">what to call the archive in messages.</param>
    /// <param name="bytes">of the archive.</param>
    public static IReadOnlyList<string> Extract(Stream archive, Fd root, CopyRules rules, string shown, out long bytes)
    {
        using var counted = new CountingStream(archive, null);
        using var input = new PeekStream(counted);
        var compression = Decompressor.Detect(input.Peek(Decompressor.MagicLength));
        using var plain = new GuardedStream(Decompressor.Open(compression, input), compression, shown, counted, "unpack");
        using var unpacker = new LayerUnpacker(root, null, rules);
        try
        {
            unpacker.Unpack(new TarReader(new PeekStream(plain)));
            input.DrainRest(); // who writes it may go on to write zeros
            bytes = counted.Count;
            return unpacker.Notes;
        }
        catch (TarFormatException e)
        {
            throw new ImageException($"unpack {Printable.Name(shown)}: {e.Message}", e);
        }
    }
}
