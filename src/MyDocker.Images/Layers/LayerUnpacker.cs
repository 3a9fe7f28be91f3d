using MyDocker.Images.Archives;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>
/// Unpacks the members of one layer's archive into an empty directory, or of another archive into one that may have files. Whatever their names and links say, nothing
/// outside that directory is touched: every path is resolved by openat2(2) with the directory as its root, and the last
/// component is made, replaced or removed by an *at call that does not follow links.
/// </summary>
/// <param name="root">the layer's directory, open.</param>
/// <param name="trash">a directory beside it, for trees that a later member replaces; null where none may be replaced.</param>
/// <param name="copy">what is different where the archive is no layer; null for a layer.</param>
internal sealed partial class LayerUnpacker(Fd root, Fd? trash, CopyRules? copy = null) : IDisposable
{
    private const int MaxNotes = 20;

    private readonly ParentCursor _parents = new(root);
    private readonly FileWriter _writer = new();
    private readonly List<string> _notes = [];
    private int _trashed;

    /// <summary>What could not be kept exactly; each once, at most 20.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Number of members unpacked.</summary>
    public long Count { get; private set; }

    /// <summary>Sum of the file sizes, bytes.</summary>
    public long Size { get; private set; }

    public void Unpack(TarReader archive)
    {
        while (archive.Next() is { } entry)
        {
            Apply(entry, archive);
            Count++;
            _newest = entry.Seconds > _newest.Seconds ? (entry.Seconds, entry.Nanoseconds) : _newest;
        }

        if (copy is null)
        {
            SetImpliedTimes();
        }

        SetDirectoryTimes();
    }

    private void Apply(TarEntry entry, TarReader data)
    {
        var path = LayerPath.Normalize(entry.Name);
        if (path.Length == 0)
        {
            ApplyToRoot(entry);
            return;
        }

        var (parentPath, name) = LayerPath.Split(path);
        var parent = _parents.Open(parentPath);
        if (copy is null && entry.Type != TarType.Directory && name.StartsWith(".wh."u8))
        {
            Hide(parent, name, entry);
            return;
        }

        var errno = entry.Type switch
        {
            TarType.File => MakeFile(parent, name, entry, data),
            TarType.Directory => MakeDirectory(parent, name, path, entry),
            TarType.HardLink => MakeHardLink(parent, name, entry),
            _ => MakeNode(parent, name, entry),
        };
        Check(errno, entry);
    }

    private void ApplyToRoot(TarEntry entry)
    {
        if (entry.Type != TarType.Directory)
        {
            throw new TarFormatException($"the member {Printable.Name(entry.Name)} would replace the root directory");
        }

        Check(Finish(root, entry), entry);
        Check(Files.TryStat("", out var stat, dir: root), entry);
        _times.Add(new DirectoryTime([], stat.Inode, entry.Seconds, entry.Nanoseconds));
    }

    private Errno MakeFile(Fd parent, ReadOnlySpan<byte> name, TarEntry entry, TarReader data)
    {
        const int Flags = O_WRONLY | O_CREAT | O_EXCL;
        var errno = At.TryOpen(parent, name, Flags, out var file, 0x180 /* 0600 */);
        if (errno == Errno.EEXIST)
        {
            MakeRoom(parent, name, entry);
            errno = At.TryOpen(parent, name, Flags, out file, 0x180);
        }

        if (errno != Errno.None)
        {
            return errno;
        }

        using (file)
        {
            errno = _writer.TryWrite(file!, entry, data);
            Size += entry.Size;
            errno = errno == Errno.None ? Finish(file!, entry) : errno;
            return errno == Errno.None ? At.SetTime(file!, entry.Seconds, entry.Nanoseconds) : errno;
        }
    }

    private Errno MakeDirectory(Fd parent, ReadOnlySpan<byte> name, byte[] path, TarEntry entry)
    {
        var opaque = false;
        var errno = At.MakeDirectory(parent, name, 0x1C0 /* 0700 */);
        if (errno == Errno.EEXIST)
        {
            errno = At.TryStat(parent, name, out var there);
            if (errno == Errno.None && !there.IsDirectory)
            {
                if (copy is not null)
                {
                    throw new ImageException($"cannot overwrite non-directory {Printable.Name(path)} with directory {Printable.Name(entry.Name)}");
                }

                // Hidden below and made anew here: the new directory must not show what is below.
                opaque = Whiteout.Is(there);
                MakeRoom(parent, name, entry);
                errno = At.MakeDirectory(parent, name, 0x1C0);
            }
        }

        Fd? directory = null;
        errno = errno == Errno.None ? At.TryOpen(parent, name, O_RDONLY | O_DIRECTORY, out directory) : errno;
        if (errno != Errno.None)
        {
            return errno;
        }

        using (directory)
        {
            errno = opaque ? Whiteout.MakeOpaque(directory!) : Errno.None;
            errno = errno == Errno.None ? Finish(directory!, entry) : errno;
            _times.Add(new DirectoryTime(path, Files.StatOf(directory!).Inode, entry.Seconds, entry.Nanoseconds));
            return errno;
        }
    }

    private Errno MakeHardLink(Fd parent, ReadOnlySpan<byte> name, TarEntry entry)
    {
        var target = LayerPath.Normalize(entry.LinkName);
        if (target.Length == 0)
        {
            throw new TarFormatException($"{Printable.Name(entry.Name)} is a hard link to the root directory");
        }

        var (targetParentPath, targetName) = LayerPath.Split(target);
        var errno = At.TryResolve(root, targetParentPath, O_PATH | O_DIRECTORY, out var targetParent);
        if (errno != Errno.None)
        {
            throw MissingTarget(entry, errno);
        }

        using (targetParent)
        {
            errno = At.TryStat(targetParent!, targetName, out var source);
            if (errno != Errno.None || source.IsDirectory)
            {
                throw MissingTarget(entry, source.IsDirectory ? Errno.EISDIR : errno);
            }

            errno = At.MakeLink(targetParent!, targetName, parent, name);
            if (errno != Errno.EEXIST)
            {
                return errno;
            }

            // A link to itself, or made twice: removing it first would lose the file.
            if (At.TryStat(parent, name, out var there) == Errno.None && there.Inode == source.Inode)
            {
                return Errno.None;
            }

            MakeRoom(parent, name, entry);
            return At.MakeLink(targetParent!, targetName, parent, name);
        }
    }

    private Errno MakeNode(Fd parent, ReadOnlySpan<byte> name, TarEntry entry)
    {
        if (copy?.LeavesOut(entry) is { } reason)
        {
            Note($"{Printable.Name(entry.Name)}: left out: {reason}");
            return Errno.None;
        }

        var errno = TryMakeNode(parent, name, entry);
        if (errno == Errno.EEXIST)
        {
            MakeRoom(parent, name, entry);
            errno = TryMakeNode(parent, name, entry);
        }

        var (uid, gid) = OwnerOf(entry);
        errno = errno == Errno.None ? At.SetOwner(parent, name, uid, gid) : errno;
        if (errno == Errno.None && entry.Type != TarType.Symlink)
        {
            errno = At.SetMode(parent, name, ModeOf(entry));
        }

        if (errno == Errno.None && entry.Attributes.Count > 0)
        {
            errno = At.TryOpen(parent, name, O_PATH, out var node);
            using (node)
            {
                errno = errno == Errno.None ? SetAttributes(node!, entry) : errno;
            }
        }

        return errno == Errno.None ? At.SetTime(parent, name, entry.Seconds, entry.Nanoseconds) : errno;
    }

    private static Errno TryMakeNode(Fd parent, ReadOnlySpan<byte> name, TarEntry entry)
    {
        if (entry.Type == TarType.Symlink)
        {
            return At.MakeSymlink(entry.LinkName, parent, name);
        }

        if (entry.DeviceMajor > 0xfff || entry.DeviceMinor > 0xfffff)
        {
            throw new TarFormatException($"{Printable.Name(entry.Name)} has the device number {entry.DeviceMajor}:{entry.DeviceMinor}; Linux has 4095:1048575 at most");
        }

        var kind = entry.Type switch
        {
            TarType.CharDevice => Stat.S_IFCHR,
            TarType.BlockDevice => Stat.S_IFBLK,
            _ => Stat.S_IFIFO,
        };
        return At.MakeNode(parent, name, kind | 0x180 /* 0600 */, entry.DeviceMajor, entry.DeviceMinor);
    }

    /// <summary>Turns a whiteout of the image specification (layer.md) into overlayfs' form.</summary>
    private void Hide(Fd parent, ReadOnlySpan<byte> name, TarEntry entry)
    {
        if (name.SequenceEqual(".wh..wh..opq"u8))
        {
            Check(Whiteout.MakeOpaque(parent), entry);
            return;
        }

        var hidden = name[4..];
        if (hidden.StartsWith(".wh."u8))
        {
            return; // .wh..wh.plnk, .wh..wh.aufs: left behind by aufs, without meaning
        }

        if (hidden.IsEmpty || hidden.SequenceEqual("."u8) || hidden.SequenceEqual(".."u8))
        {
            throw new TarFormatException($"the whiteout {Printable.Name(entry.Name)} names no file");
        }

        var errno = Whiteout.Make(parent, hidden);
        if (errno == Errno.EEXIST)
        {
            // A whiteout is about the layers below, never about this layer's own file, which hides them anyway; a
            // directory would be merged with theirs. What stands there may be a link: it is not followed.
            errno = At.TryOpen(parent, hidden, O_PATH, out var own);
            using (own)
            {
                errno = errno == Errno.None && Files.StatOf(own!).IsDirectory ? Whiteout.MakeOpaque(own!) : errno;
            }
        }

        Check(errno, entry);
    }

    // The order matters: chown clears set-id bits and capabilities.
    private Errno Finish(Fd file, TarEntry entry)
    {
        var (uid, gid) = OwnerOf(entry);
        var errno = At.SetOwner(file, uid, gid);
        errno = errno == Errno.None ? At.SetMode(file, ModeOf(entry)) : errno;
        return errno == Errno.None && entry.Attributes.Count > 0 ? SetAttributes(file, entry) : errno;
    }

    private (uint Uid, uint Gid) OwnerOf(TarEntry entry) => copy?.OwnerOf(entry) ?? (entry.Uid, entry.Gid);

    private int ModeOf(TarEntry entry) => copy?.ModeOf(entry) ?? entry.Mode;

    private Errno SetAttributes(Fd file, TarEntry entry)
    {
        foreach (var attribute in entry.Attributes)
        {
            if (!Attributes.IsWanted(attribute.Name) || copy?.Takes(attribute) == false)
            {
                continue;
            }

            var errno = Attributes.TrySet(file, attribute.Name, copy?.ValueOf(attribute, entry) ?? attribute.Value);
            switch (errno)
            {
                case Errno.None:
                    break;
                // ext4 says ENOSPC for a value that does not fit into a block, long before the disk is full.
                case Errno.ENOSPC when attribute.Value.Length < 1024:
                    return errno;
                case Errno.EOPNOTSUPP or Errno.EPERM or Errno.E2BIG or Errno.ERANGE or Errno.ENOSPC:
                    Note($"{Printable.Name(entry.Name)}: attribute {Printable.Name(attribute.Name)} left out: {errno.Describe()}");
                    break;
                default:
                    return errno;
            }
        }

        return Errno.None;
    }

    private void MakeRoom(Fd parent, ReadOnlySpan<byte> name, TarEntry entry)
    {
        // The kernel refuses to remove a mount point of one's own mount namespace; one of a container's it would take its mount away.
        if (copy is not null && At.TryStat(parent, name, out var there) == Errno.None && there.MountId != Files.StatOf(parent).MountId)
        {
            Check(Errno.EBUSY, entry);
        }

        var errno = At.Unlink(parent, name);
        if (errno == Errno.EISDIR)
        {
            errno = At.Rename(parent, name, trash ?? throw new ImageException($"cannot overwrite directory {Printable.Name(name)} with non-directory {Printable.Name(entry.Name)}"), System.Text.Encoding.ASCII.GetBytes($"{_trashed++}"));
        }

        Check(errno, entry);
        _parents.Forget(); // the open parent may have been reached through what is gone
    }

    private void Note(string note)
    {
        if (_notes.Count < MaxNotes && !_notes.Contains(note))
        {
            _notes.Add(note);
        }
    }

    private static TarFormatException MissingTarget(TarEntry entry, Errno errno)
        => new($"{Printable.Name(entry.Name)} is a hard link to {Printable.Name(entry.LinkName)}, which cannot be linked to inside the archive: {errno.Describe()}");

    private void Check(Errno errno, TarEntry entry)
    {
        if (errno != Errno.None)
        {
            throw copy is null ? ImageException.Kernel("unpack", Printable.Name(entry.Name), errno) : CopyRules.Failure(entry, errno);
        }
    }

    public void Dispose() => _parents.Dispose();
}
