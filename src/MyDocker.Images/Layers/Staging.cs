using System.Text;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>
/// A layer in the making: a directory ".tmp-…" beside the layers, which becomes one by a rename or goes away. It is
/// locked (flock) for as long as its maker lives, so that what a killed maker left can be told and swept.
/// </summary>
internal sealed class Staging : IDisposable
{
    private const string Prefix = ".tmp-";

    private readonly Fd _layers;
    private readonly Fd _directory;
    private readonly byte[] _name;
    private bool _done;

    private Staging(Fd layers, Fd directory, byte[] name)
    {
        (_layers, _directory, _name) = (layers, directory, name);
        FileSystem = MakeInside("fs", 0x1ED /* 0755 */);
        Trash = MakeInside("trash", 0x1C0 /* 0700 */);
    }

    /// <summary>The directory that the layer's files go into.</summary>
    public Fd FileSystem { get; }

    /// <summary>Takes what is replaced while unpacking.</summary>
    public Fd Trash { get; }

    public static Staging Make(Fd layers)
    {
        DirectorySpread.Ask(layers);
        while (true)
        {
            var name = NewName();
            var errno = At.MakeDirectory(layers, name, 0x1C0);
            if (errno == Errno.EEXIST)
            {
                continue;
            }

            Fd? directory = null;
            errno = errno == Errno.None ? At.TryOpen(layers, name, O_RDONLY | O_DIRECTORY, out directory) : errno;
            if (errno == Errno.None && Files.TryLock(directory!, wait: true) && Files.StatOf(directory!).Links > 0)
            {
                return new Staging(layers, directory!, name);
            }

            // A sweeper was quicker than our lock and took the new directory for a dead one: make another.
            directory?.Dispose();
            if (errno is not (Errno.None or Errno.ENOENT))
            {
                throw ImageException.Kernel("create", "a directory for the image's files", errno);
            }
        }
    }

    /// <summary>Makes this the layer of that name. False if there is one already, which has the same files then.</summary>
    /// <param name="size">sum of its files' sizes, bytes; kept beside them.</param>
    /// <param name="isPending">its files may reach the disk later: see <see cref="LayerState"/>.</param>
    public bool Commit(string name, long size, bool isPending = false)
    {
        Remove(Trash, "trash"u8);
        Check(At.SetMode(_directory, 0x1C9 /* 0711 */));
        LayerState.Write(_directory, size, isPending);
        if (!isPending)
        {
            // A layer that has its name is whole, after a loss of power too: its files go to disk before the name does.
            Check(Syscall.ErrnoOf(Syscall.Retry(Nr.syncfs, _directory.Number)));
        }

        var errno = At.Rename(_layers, _name, _layers, Encoding.ASCII.GetBytes(name));
        if (errno == Errno.EEXIST)
        {
            return false;
        }

        Check(errno);
        _done = true;
        return true;
    }

    /// <summary>Removes a layer: from one moment to the next it is not there any more, then its files go.</summary>
    public static Errno TryRemove(Fd layers, string layer)
    {
        var name = NewName();
        var errno = At.Rename(layers, Encoding.ASCII.GetBytes(layer), layers, name);
        return errno == Errno.None ? TreeRemover.TryRemove(layers, name)
            : errno == Errno.ENOENT ? Errno.None
            : errno;
    }

    /// <summary>Removes what killed processes left behind; what a live one works on is locked and stays.</summary>
    public static void Sweep(Fd layers)
    {
        foreach (var name in At.List(layers))
        {
            if (!name.AsSpan().StartsWith(".tmp-"u8) || At.TryOpen(layers, name, O_RDONLY | O_DIRECTORY, out var directory) != Errno.None)
            {
                continue;
            }

            using (directory)
            {
                if (Files.TryLock(directory!))
                {
                    TreeRemover.TryRemove(layers, name); // what fails now is tried again next time
                }
            }
        }
    }

    public void Dispose()
    {
        FileSystem.Dispose();
        Trash.Dispose();
        if (!_done)
        {
            TreeRemover.TryRemove(_layers, _name);
        }

        _directory.Dispose();
    }

    private Fd MakeInside(string name, int mode)
    {
        var bytes = Encoding.ASCII.GetBytes(name);
        Check(At.MakeDirectory(_directory, bytes, mode));
        Check(At.TryOpen(_directory, bytes, O_RDONLY | O_DIRECTORY, out var fd));
        Check(At.SetOwner(fd!, 0, 0));
        Check(At.SetMode(fd!, mode));
        return fd!;
    }

    private void Remove(Fd directory, ReadOnlySpan<byte> name)
    {
        directory.Dispose();
        Check(TreeRemover.TryRemove(_directory, name));
    }

    private static byte[] NewName() => Encoding.ASCII.GetBytes($"{Prefix}{KernelRandom.Hex(8)}");

    private static void Check(Errno errno)
    {
        if (errno != Errno.None)
        {
            throw ImageException.Kernel("store", "the image's files", errno);
        }
    }
}
