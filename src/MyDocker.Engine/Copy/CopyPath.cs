using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Copy;

/// <summary>
/// A path as it was typed for "cp", and what docker takes it for: "a/" must be a directory, "a/." is what is in it, and a link at
/// its end is itself. It is resolved inside a root, of the host or of a container, and never leads out of that.
/// </summary>
internal sealed class CopyPath
{
    private const int MostLinks = 40; // MAXSYMLINKS of the kernel

    /// <param name="text">as typed.</param>
    /// <param name="directory">what it is relative to.</param>
    /// <param name="shown">how messages call it.</param>
    public CopyPath(string text, string directory, string shown)
    {
        Shown = shown;
        Absolute = Path.GetFullPath(text, directory);
        Absolute = Absolute.Length > 1 ? Absolute.TrimEnd('/') : Absolute;
        IsContent = text == "." || text.EndsWith("/.", StringComparison.Ordinal) || Absolute.Length == 1;
        MustBeDirectory = IsContent || text.EndsWith('/');
        Name = IsContent ? "." : Absolute[(Absolute.LastIndexOf('/') + 1)..];
    }

    public string Shown { get; }

    public string Absolute { get; }

    /// <summary>Of what is copied, in an archive; "." for the content of a directory.</summary>
    public string Name { get; }

    private bool IsContent { get; }

    private bool MustBeDirectory { get; }

    /// <summary>What is to be copied: a directory open for listing, or anything else opened with O_PATH.</summary>
    /// <param name="followLink">a link at its end is what it leads to.</param>
    public Fd OpenSource(Fd root, bool followLink)
    {
        var flags = O_PATH | (MustBeDirectory ? O_DIRECTORY : followLink ? 0 : O_NOFOLLOW);
        var errno = RootedPath.TryOpen(root, Absolute, flags, out var node);
        if (errno != Errno.None)
        {
            throw Failure(errno);
        }

        if (!Files.StatOf(node!).IsDirectory)
        {
            return node!;
        }

        using (node)
        {
            return Files.Open(".", O_RDONLY | O_DIRECTORY, dir: node);
        }
    }

    /// <summary>
    /// Where something goes: a directory, open, and the name that it gets there; null where it keeps its own, because the path
    /// is a directory.
    /// </summary>
    public (Fd Directory, string? Name) OpenDestination(Fd root, bool sourceIsDirectory)
    {
        if (TryOpenDirectory(root) is { } directory)
        {
            return (directory, null);
        }

        var (parent, name) = FollowLast(root);
        try
        {
            var exists = Files.TryStat(name, out var there, followLinks: false, parent) == Errno.None;
            if (exists && sourceIsDirectory)
            {
                throw new EngineException($"copy a directory to {Shown}: it is there, and no directory", exitCode: 1);
            }

            if (MustBeDirectory && !sourceIsDirectory)
            {
                throw Failure(exists ? Errno.ENOTDIR : Errno.ENOENT);
            }

            if (exists && !there.IsRegular)
            {
                throw new EngineException($"copy to {Shown}: it is neither a directory nor a regular file", exitCode: 1);
            }

            using (parent)
            {
                return (Files.Open(".", O_RDONLY | O_DIRECTORY, dir: parent), name);
            }
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    /// <summary>The directory that the path is; null if it is none.</summary>
    public Fd? TryOpenDirectory(Fd root)
        => RootedPath.TryOpen(root, Absolute, O_RDONLY | O_DIRECTORY, out var directory) switch
        {
            Errno.None => directory,
            Errno.ENOENT or Errno.ENOTDIR => null,
            var errno => throw Failure(errno),
        };

    /// <summary>The last component once links at it are followed, which may lead to nothing, and its directory.</summary>
    private (Fd Parent, string Name) FollowLast(Fd root)
    {
        var path = Absolute;
        for (var i = 0; i < MostLinks; i++)
        {
            var errno = RootedPath.TryOpenParent(root, path, out var parent, out var name);
            if (errno != Errno.None)
            {
                throw Failure(errno == Errno.EINVAL ? Errno.ENOENT : errno, path[..Math.Max(1, path.LastIndexOf('/'))]);
            }

            if (Files.TryReadLink(name, parent) is not { } target)
            {
                return (parent!, name);
            }

            parent!.Dispose();
            path = Path.GetFullPath(target, path[..Math.Max(1, path.LastIndexOf('/'))]);
        }

        throw Failure(Errno.ELOOP);
    }

    private EngineException Failure(Errno errno, string? directory = null) => new(
        errno switch
        {
            Errno.ENOENT when directory is not null => $"copy to {Shown}: there is no directory {directory}",
            Errno.ENOENT => $"{Shown}: there is no such file or directory",
            Errno.ENOTDIR => $"{Shown}: it is no directory",
            _ => $"{Shown}: {errno.Describe()}",
        },
        exitCode: 1);
}
