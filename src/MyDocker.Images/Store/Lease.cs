using System.Text;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>
/// Keeps blobs and layers that no image names yet from being collected, for as long as its maker lives: a locked file
/// that lists them. What is leased first and looked for then will not go away; what was collected before, is not found.
/// </summary>
internal sealed class Lease : IDisposable
{
    private readonly StorePaths _paths;
    private readonly Fd _file;
    private readonly string _path;

    private Lease(StorePaths paths, Fd file, string path) => (_paths, _file, _path) = (paths, file, path);

    public static Lease Take(StorePaths paths)
    {
        paths.Make();
        while (true)
        {
            var path = $"{paths.Leases}/{KernelRandom.Hex(8)}";
            var errno = Files.TryOpen(path, O_RDWR | O_CREAT | O_EXCL, out var file, 0x180 /* 0600 */);
            if (errno != Errno.None)
            {
                throw ImageException.Kernel("create", path, errno);
            }

            // A collector may have taken the file, not locked yet, for a dead one.
            if (Files.TryLock(file!, wait: true) && Files.StatOf(file!).Links > 0)
            {
                return new Lease(paths, file!, path);
            }

            file!.Dispose();
        }
    }

    /// <summary>Adds digests (64 digits) of blobs and diff ids of layers; from now on they stay.</summary>
    public void Add(params IEnumerable<string> hexes)
    {
        var text = string.Concat(hexes.Select(hex => hex + "\n"));
        using (_paths.Lock(exclusive: false))
        {
            lock (_file)
            {
                var errno = Files.TryWrite(_file, Encoding.ASCII.GetBytes(text));
                if (errno != Errno.None)
                {
                    throw ImageException.Kernel("write", _path, errno);
                }
            }
        }
    }

    /// <summary>Everything that is leased; dead leases are removed. To be called under the exclusive lock.</summary>
    public static HashSet<string> Read(StorePaths paths)
    {
        var leased = new HashSet<string>();
        foreach (var name in Files.List(paths.Leases))
        {
            var path = $"{paths.Leases}/{name}";
            if (Files.TryOpen(path, O_RDONLY, out var file) != Errno.None)
            {
                continue;
            }

            using (file)
            {
                if (Files.TryLock(file!))
                {
                    Files.TryUnlink(path);
                    continue;
                }
            }

            if (Files.TryReadText(path, out _, limit: 16 << 20) is { } text)
            {
                leased.UnionWith(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return leased;
    }

    public void Dispose()
    {
        Files.TryUnlink(_path);
        _file.Dispose();
    }
}
