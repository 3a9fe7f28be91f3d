using MyDocker.Images.Archives;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>
/// Writes the canonical archive of a tree: members in the order of a walk, each directory before what is in it, names
/// sorted by bytes. Equal trees give equal bytes, so a layer's archive need not be kept: it can be written again.
/// No link is followed; other file systems mounted inside are left out, as are sockets.
/// </summary>
/// <param name="root">the tree, open for listing.</param>
/// <param name="asLayer">overlayfs' whiteouts and opaque markers become those of the image specification (layer.md).</param>
/// <param name="view">what it is called in the archive, and whose ids are on its files; null: "." and those on disk.</param>
internal sealed class LayerArchiver(Fd root, Stream output, bool asLayer, TreeView? view = null)
{
    private const ulong Beneath = OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS;

    private readonly TarWriter _writer = new(output);
    private readonly Dictionary<(ulong Inode, uint Major, uint Minor), byte[]> _links = [];
    private readonly byte[] _buffer = new byte[256 * 1024];
    private ulong _mount;

    /// <summary>Sum of the file sizes, bytes.</summary>
    public long Size { get; private set; }

    private sealed class Level(byte[] path)
    {
        public byte[] Path { get; } = path;
        public List<byte[]>? Names { get; set; }
        public int Next { get; set; }
    }

    public void Write()
    {
        var stat = Files.StatOf(root);
        _mount = stat.MountId;
        WriteDirectory(root, view?.Name ?? "."u8.ToArray(), stat);
        var open = new Stack<Level>();
        open.Push(new Level([]));
        while (open.TryPeek(out var level))
        {
            if (WriteUpToNextDirectory(level) is { } below)
            {
                open.Push(new Level(below));
            }
            else
            {
                open.Pop();
            }
        }

        _writer.Finish();
    }

    /// <summary>The archive of one thing that is no directory: <paramref name="root"/> itself, opened with O_PATH.</summary>
    public void WriteSingle()
    {
        var stat = Files.StatOf(root);
        if (stat.IsRegular)
        {
            WriteFile(root, view!.Name);
        }
        else if ((stat.Mode & Stat.S_IFMT) != Stat.S_IFSOCK)
        {
            WriteNode(root, view!.Name, stat);
        }

        _writer.Finish();
    }

    // Opened by its path from the top: a table of descriptors is not as deep as a tree may be.
    private byte[]? WriteUpToNextDirectory(Level level)
    {
        if (level.Names is not null && level.Next == level.Names.Count)
        {
            return null;
        }

        Check(At.TryResolve(root, level.Path, O_RDONLY | O_DIRECTORY, out var directory, Beneath), level.Path);
        using (directory)
        {
            if (level.Names is null)
            {
                level.Names = At.List(directory!);
                if (asLayer && Attributes.IsOpaque(directory!))
                {
                    WriteMark(LayerPath.Join(level.Path, ".wh..wh..opq"u8.ToArray()));
                }
            }

            while (level.Next < level.Names.Count)
            {
                var name = level.Names[level.Next++];
                var path = LayerPath.Join(level.Path, name);
                if (WriteOne(directory!, name, path, view is null ? path : LayerPath.Join(view.Name, path)))
                {
                    return path;
                }
            }
        }

        return null;
    }

    /// <summary>True if this is a directory whose content comes next.</summary>
    private bool WriteOne(Fd parent, byte[] name, byte[] below, byte[] path)
    {
        var errno = At.TryOpen(parent, name, O_PATH, out var node);
        if (errno == Errno.ENOENT && view is not null)
        {
            return false; // a container that runs has just removed it
        }

        Check(errno, path);
        using (node)
        {
            var stat = Files.StatOf(node!);
            if (stat.IsDirectory)
            {
                WriteDirectory(node!, path, stat);
                return stat.MountId == _mount || view?.EntersMount?.Invoke(below) == true;
            }

            if ((stat.Mode & Stat.S_IFMT) == Stat.S_IFSOCK)
            {
                return false;
            }

            if (asLayer && stat.IsCharDevice && stat.DeviceNodeMajor == 0 && stat.DeviceNodeMinor == 0)
            {
                WriteMark(MarkOf(path, name));
                return false;
            }

            var key = (stat.Inode, stat.FileSystemMajor, stat.FileSystemMinor);
            if (stat.Links > 1 && !_links.TryAdd(key, path))
            {
                _writer.WriteHeader(Entry(TarType.HardLink, path, stat, _links[key], [], 0));
                return false;
            }

            if (stat.IsRegular)
            {
                WriteFile(node!, path);
                return false;
            }

            WriteNode(node!, path, stat);
            return false;
        }
    }

    private static byte[] MarkOf(byte[] path, byte[] name) => [.. path.AsSpan(0, path.Length - name.Length), .. ".wh."u8, .. name];

    private void WriteMark(byte[] path) => _writer.WriteHeader(new TarEntry
    {
        Name = path,
        LinkName = [],
        Type = TarType.File,
        Mode = 0x180, // 0600
        Uid = 0,
        Gid = 0,
        Size = 0,
        Seconds = 0,
        Nanoseconds = 0,
    });

    private void WriteDirectory(Fd node, byte[] path, in Stat stat)
    {
        Check(Attributes.TryRead(node, out var attributes), path);
        _writer.WriteHeader(Entry(TarType.Directory, path, stat, [], attributes, 0));
    }

    private void WriteFile(Fd node, byte[] path)
    {
        // Not through the name again, which may be something else by now; a FIFO never blocks the open.
        Check(Files.TryOpen(node.ProcPath, O_RDONLY | O_NOCTTY | O_NONBLOCK, out var file), path);
        using (file)
        {
            var stat = Files.StatOf(file!);
            var size = (long)stat.Size;
            Check(Attributes.TryRead(file!, out var attributes), path);
            _writer.WriteHeader(Entry(TarType.File, path, stat, [], attributes, size));
            var done = 0L;
            while (done < size)
            {
                var count = Files.Read(file!, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, size - done)));
                Check(count < 0 ? (Errno)(-count) : Errno.None, path);
                if (count == 0)
                {
                    throw new ImageException($"archive {Printable.Name(path)}: it changed from {size} to {done} bytes while it was read; stop (or pause) what writes there and try again");
                }

                _writer.WriteData(_buffer.AsSpan(0, count));
                done += count;
            }

            _writer.Pad(size);
            Size += size;
        }
    }

    private void WriteNode(Fd node, byte[] path, in Stat stat)
    {
        var target = Array.Empty<byte>();
        Check(stat.IsSymlink ? At.TryReadLink(node, [], out target) : Errno.None, path);
        Check(Attributes.TryRead(node, out var attributes), path);
        var type = (stat.Mode & Stat.S_IFMT) switch
        {
            Stat.S_IFLNK => TarType.Symlink,
            Stat.S_IFCHR => TarType.CharDevice,
            Stat.S_IFBLK => TarType.BlockDevice,
            _ => TarType.Fifo,
        };
        _writer.WriteHeader(Entry(type, path, stat, target, attributes, 0));
    }

    private TarEntry Entry(TarType type, byte[] path, in Stat stat, byte[] link, List<ExtendedAttribute> attributes, long size) => new()
    {
        Name = path,
        LinkName = link,
        Type = type,
        Mode = stat.Permissions,
        Uid = view?.Owners.ToContainer(stat.Uid) ?? stat.Uid,
        Gid = view?.Owners.ToContainer(stat.Gid) ?? stat.Gid,
        Size = size,
        Seconds = stat.ModifiedSeconds,
        Nanoseconds = stat.ModifiedNanoseconds,
        DeviceMajor = stat.DeviceNodeMajor,
        DeviceMinor = stat.DeviceNodeMinor,
        Attributes = view is null ? attributes : attributes.ConvertAll(view.Owners.ToContainer),
    };

    private static void Check(Errno errno, byte[] path)
    {
        if (errno != Errno.None)
        {
            throw ImageException.Kernel("archive", path.Length == 0 ? "the directory" : Printable.Name(path), errno);
        }
    }
}
