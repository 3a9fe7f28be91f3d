using MyDocker.Images.Archives;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>
/// Copies a directory of the host into a layer and writes the canonical archive of the copy meanwhile, whose hash is the
/// layer's id; or copies a layer for one container (<see cref="LayerCopy"/>). Members stand in the order of a walk, each directory before what is in it, names sorted by bytes. No link
/// is followed; other file systems mounted inside are left out, as are sockets.
/// </summary>
/// <param name="source">the directory to copy, open for listing.</param>
/// <param name="target">the layer's directory, open, empty.</param>
/// <param name="archive">null: none is written; overlayfs' whiteouts and opaque markers then are copied as what they are.</param>
/// <param name="exclude">a directory that is not to be copied (the data root, should it lie inside); by device and inode.</param>
/// <param name="shift">moves owners to the host ids of a container; null: they stay.</param>
/// <param name="merges">the target holds the layers below, see <see cref="LayerMerge"/>.</param>
internal sealed class DirectoryCopier(Fd source, Fd target, TarWriter? archive, Stat exclude, OwnerShift? shift = null, bool merges = false)
{
    private const int MaxNotes = 20;
    private const int FICLONE = 0x40049409; // ioctl_ficlone(2)
    private const ulong Beneath = OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS;

    private readonly Dictionary<(ulong Inode, uint Major, uint Minor), byte[]> _links = [];
    private readonly List<(byte[] Path, Stat Stat)> _directories = [];
    private readonly FileWriter _writer = new();
    private readonly List<string> _notes = [];
    private readonly string _verb = archive is null ? "copy" : "import";
    private Action<long>? _progress;
    private ulong _mount;

    public IReadOnlyList<string> Notes => _notes;
    public long Count { get; private set; }

    /// <summary>Sum of the file sizes, bytes.</summary>
    public long Size { get; private set; }

    /// <param name="progress">called again and again with the bytes copied so far.</param>
    public void Copy(Action<long>? progress)
    {
        _progress = progress;
        var stat = Files.StatOf(source);
        _mount = stat.MountId;
        Check(FinishDirectory(source, target, [], stat), []);
        var open = new Stack<Level>();
        open.Push(new Level([]));
        while (open.TryPeek(out var level))
        {
            if (CopyUpToNextDirectory(level) is { } below)
            {
                open.Push(new Level(below));
            }
            else
            {
                open.Pop();
            }

            progress?.Invoke(Size);
        }

        archive?.Finish();
        for (var i = _directories.Count - 1; i >= 0; i--)
        {
            var (path, times) = _directories[i];
            Check(At.TryResolve(target, path, O_RDONLY | O_DIRECTORY, out var directory, Beneath), path);
            using (directory)
            {
                Check(At.SetTime(directory!, times.ModifiedSeconds, times.ModifiedNanoseconds), path);
            }
        }
    }

    private sealed class Level(byte[] path)
    {
        public byte[] Path { get; } = path;
        public List<byte[]>? Names { get; set; }
        public int Next { get; set; }
    }

    // Returns the path of the directory that is to be copied next, or null at this one's end. Both directories are opened
    // by their path from the top: a table of descriptors is not as deep as a tree may be.
    private byte[]? CopyUpToNextDirectory(Level level)
    {
        if (level.Names is not null && level.Next == level.Names.Count)
        {
            return null;
        }

        var path = level.Path;
        var errno = At.TryResolve(source, path, O_RDONLY | O_DIRECTORY, out var from, Beneath);
        if (errno == Errno.ENAMETOOLONG)
        {
            throw new ImageException($"{_verb} {Printable.Name(path)}: the path has {path.Length} bytes, {LayerPath.Max} are possible; shorten it");
        }

        Check(errno, path);
        using (from)
        {
            Check(At.TryResolve(target, path, O_RDONLY | O_DIRECTORY, out var to, Beneath), path);
            using (to)
            {
                level.Names ??= At.List(from!);
                while (level.Next < level.Names.Count)
                {
                    var name = level.Names[level.Next++];
                    var child = LayerPath.Join(path, name);
                    Check(CopyOne(from!, to!, name, child, out var goInto), child);
                    if (goInto)
                    {
                        return child;
                    }
                }
            }
        }

        return null;
    }

    private Errno CopyOne(Fd from, Fd to, byte[] name, byte[] path, out bool goInto)
    {
        goInto = false;
        var errno = At.TryOpen(from, name, O_PATH, out var node);
        if (errno != Errno.None)
        {
            return errno;
        }

        using (node)
        {
            var stat = Files.StatOf(node!);
            if (merges && LayerMerge.Prepare(node!, stat, to, name, out errno))
            {
                return errno;
            }

            if (stat.IsDirectory)
            {
                return CopyDirectory(node!, to, name, path, stat, out goInto);
            }

            if ((stat.Mode & Stat.S_IFMT) == Stat.S_IFSOCK)
            {
                Note($"{Printable.Name(path)}: a socket, left out");
                return Errno.None;
            }

            var key = (stat.Inode, stat.FileSystemMajor, stat.FileSystemMinor);
            if (stat.Links > 1 && _links.TryGetValue(key, out var first))
            {
                archive?.WriteHeader(Entry(TarType.HardLink, path, stat, first, [], 0));
                Count++;
                return Link(first, to, name);
            }

            if (stat.Links > 1)
            {
                _links.Add(key, path);
            }

            Count++;
            return stat.IsRegular ? CopyFile(from, node!, to, name, path) : CopyNode(from, node!, to, name, path, stat);
        }
    }

    private Errno CopyDirectory(Fd node, Fd to, byte[] name, byte[] path, Stat stat, out bool goInto)
    {
        goInto = false;
        if (stat.Inode == exclude.Inode && stat.FileSystemMajor == exclude.FileSystemMajor && stat.FileSystemMinor == exclude.FileSystemMinor)
        {
            Note($"{Printable.Name(path)}: the place where images are kept, left out");
            return Errno.None;
        }

        var errno = At.MakeDirectory(to, name, 0x1C0 /* 0700 */);
        Fd? made = null;
        errno = errno == Errno.None || (merges && errno == Errno.EEXIST) ? At.TryOpen(to, name, O_RDONLY | O_DIRECTORY, out made) : errno;
        if (errno != Errno.None)
        {
            return errno;
        }

        using (made)
        {
            Count++;
            if (stat.MountId != _mount)
            {
                Note($"{Printable.Name(path)}: another file system is mounted there, its files are left out");
            }
            else
            {
                goInto = true;
            }

            return FinishDirectory(node, made!, path, stat);
        }
    }

    private Errno FinishDirectory(Fd node, Fd made, byte[] path, Stat stat)
    {
        var errno = Attributes.TryRead(node, out var attributes);
        if (errno == Errno.None)
        {
            errno = Finish(made, path, stat, ref attributes);
            errno = errno == Errno.None && archive is null && !merges && Attributes.IsOpaque(node) ? Attributes.TrySetOpaque(made) : errno;
            archive?.WriteHeader(Entry(TarType.Directory, path.Length == 0 ? "."u8.ToArray() : path, stat, [], attributes, 0));
            _directories.Add((path, stat));
        }

        return errno;
    }

    private Errno CopyFile(Fd from, Fd node, Fd to, byte[] name, byte[] path)
    {
        // Not through the name again, which may be something else by now; a FIFO never blocks the open.
        var errno = Files.TryOpen(node.ProcPath, O_RDONLY | O_NOCTTY | O_NONBLOCK, out var file);
        if (errno != Errno.None)
        {
            return errno;
        }

        using (file)
        {
            var stat = Files.StatOf(file!);
            errno = Attributes.TryRead(file!, out var attributes);
            Fd? made = null;
            errno = errno == Errno.None ? At.TryOpen(to, name, O_RDWR | O_CREAT | O_EXCL, out made, 0x180 /* 0600 */) : errno;
            if (errno != Errno.None)
            {
                return errno;
            }

            using (made)
            {
                errno = Finish(made!, path, stat, ref attributes);
                archive?.WriteHeader(Entry(TarType.File, path, stat, [], attributes, (long)stat.Size));
                errno = errno == Errno.None ? CopyData(file!, made!, path, (long)stat.Size) : errno;

                // Writing has cleared set-id bits and capabilities again (only root keeps them): once more.
                errno = errno == Errno.None ? Finish(made!, path, stat, ref attributes) : errno;
                return errno == Errno.None ? At.SetTime(made!, stat.ModifiedSeconds, stat.ModifiedNanoseconds) : errno;
            }
        }
    }

    private Errno CopyData(Fd file, Fd made, byte[] path, long size)
    {
        // Where the file system can share the blocks, the copy is free, and the copy is what is hashed.
        var cloned = size > 0 && Syscall.Invoke(Nr.ioctl, made.Number, FICLONE, file.Number) == 0;
        var copied = archive is null
            ? cloned ? size : _writer.Copy(file, made, _ => _progress?.Invoke(Size))
            : cloned ? ReadAll(made, archive) : _writer.Copy(file, made, archive.WriteData);
        if (copied < 0)
        {
            return (Errno)(-copied);
        }

        if (copied != size)
        {
            throw new ImageException($"{_verb} {Printable.Name(path)}: it changed from {size} to {copied} bytes while it was read; stop what writes there and try again");
        }

        archive?.Pad(size);
        Size += size;
        return Errno.None;
    }

    private static long ReadAll(Fd file, TarWriter archive)
    {
        var buffer = new byte[64 * 1024];
        var done = 0L;
        int count;
        while ((count = Files.Read(file, buffer)) > 0)
        {
            archive.WriteData(buffer.AsSpan(0, count));
            done += count;
        }

        return count < 0 ? count : done;
    }

    private Errno CopyNode(Fd from, Fd node, Fd to, byte[] name, byte[] path, Stat stat)
    {
        var target = Array.Empty<byte>();
        var errno = stat.IsSymlink ? At.TryReadLink(node, [], out target) : Errno.None;
        List<ExtendedAttribute> attributes = [];
        errno = errno == Errno.None ? Attributes.TryRead(node, out attributes) : errno;
        if (errno == Errno.None)
        {
            errno = stat.IsSymlink ? At.MakeSymlink(target, to, name) : At.MakeNode(to, name, (stat.Mode & Stat.S_IFMT) | 0x180, stat.DeviceNodeMajor, stat.DeviceNodeMinor);
        }

        errno = errno == Errno.None ? At.SetOwner(to, name, OwnerOf(stat.Uid, path), OwnerOf(stat.Gid, path)) : errno;
        if (errno == Errno.None && !stat.IsSymlink)
        {
            errno = At.SetMode(to, name, stat.Permissions);
        }

        if (errno == Errno.None && attributes.Count > 0)
        {
            errno = At.TryOpen(to, name, O_PATH, out var made);
            using (made)
            {
                errno = errno == Errno.None ? SetAttributes(made!, path, ref attributes) : errno;
            }
        }

        var type = (stat.Mode & Stat.S_IFMT) switch
        {
            Stat.S_IFLNK => TarType.Symlink,
            Stat.S_IFCHR => TarType.CharDevice,
            Stat.S_IFBLK => TarType.BlockDevice,
            _ => TarType.Fifo,
        };
        archive?.WriteHeader(Entry(type, path, stat, target, attributes, 0));
        return errno == Errno.None ? At.SetTime(to, name, stat.ModifiedSeconds, stat.ModifiedNanoseconds) : errno;
    }

    private Errno Link(byte[] first, Fd to, byte[] name)
    {
        var (parentPath, firstName) = LayerPath.Split(first);
        var errno = At.TryResolve(target, parentPath, O_PATH | O_DIRECTORY, out var parent, Beneath);
        using (parent)
        {
            return errno == Errno.None ? At.MakeLink(parent!, firstName, to, name) : errno;
        }
    }

    private Errno Finish(Fd made, byte[] path, in Stat stat, ref List<ExtendedAttribute> attributes)
    {
        var errno = At.SetOwner(made, OwnerOf(stat.Uid, path), OwnerOf(stat.Gid, path));
        errno = errno == Errno.None ? At.SetMode(made, stat.Permissions) : errno;
        return errno == Errno.None ? SetAttributes(made, path, ref attributes) : errno;
    }

    private uint OwnerOf(uint id, byte[] path) => shift is null ? id : shift.Apply(id, path);

    // What the layer's file system does not take is not in the layer, so it must not be in the archive either.
    private Errno SetAttributes(Fd made, byte[] path, ref List<ExtendedAttribute> attributes)
    {
        List<ExtendedAttribute>? kept = null;
        foreach (var attribute in attributes)
        {
            var errno = Attributes.TrySet(made, attribute.Name, shift is null ? attribute.Value : shift.Apply(attribute, path));
            if (errno is Errno.EOPNOTSUPP or Errno.EPERM)
            {
                Note($"{Printable.Name(path)}: attribute {Printable.Name(attribute.Name)} left out: {errno.Describe()}");
                kept ??= [.. attributes];
                kept.Remove(attribute);
            }
            else if (errno != Errno.None)
            {
                return errno;
            }
        }

        attributes = kept ?? attributes;
        return Errno.None;
    }

    private static TarEntry Entry(TarType type, byte[] path, in Stat stat, byte[] link, List<ExtendedAttribute> attributes, long size) => new()
    {
        Name = path,
        LinkName = link,
        Type = type,
        Mode = stat.Permissions,
        Uid = stat.Uid,
        Gid = stat.Gid,
        Size = size,
        Seconds = stat.ModifiedSeconds,
        Nanoseconds = stat.ModifiedNanoseconds,
        DeviceMajor = stat.DeviceNodeMajor,
        DeviceMinor = stat.DeviceNodeMinor,
        Attributes = attributes,
    };

    private void Note(string note)
    {
        if (_notes.Count < MaxNotes && !_notes.Contains(note))
        {
            _notes.Add(note);
        }
    }

    private void Check(Errno errno, byte[] path)
    {
        if (errno != Errno.None)
        {
            throw ImageException.Kernel(_verb, path.Length == 0 ? "the directory" : Printable.Name(path), errno);
        }
    }
}
