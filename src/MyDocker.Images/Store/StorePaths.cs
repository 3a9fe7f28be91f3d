using System.Text;
using MyDocker.Images.References;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>
/// Where things are below the data root:
/// <code>
/// blobs/sha256/HEX     manifests, configurations, and layers as they came from a registry, by content
/// layers/HEX/fs        the files of a layer, by diff id; owners as in the image. "layers" is mounted, id-mapped, at a start
/// images/records/HEX   what a start needs to know of an image, by its manifest's digest
/// images/names/NAME    symbolic link to the record; NAME is REPOSITORY:TAG, or REPOSITORY@DIGEST as a registry knows it
/// images/leases/ID     what a running pull, load or commit needs, locked for as long as it runs
/// blobs/partial/HEX    what has come of a blob so far, locked while it is being fetched
/// images/cache/DEV-INO which image a tarball that was run directly became
/// images/.lock         shared while a record or layer is made or taken into use, exclusive while unused ones are removed
/// </code>
/// Everything but the data root itself is for root only (0700): layers hold set-uid files, and the ids of common ones are
/// public knowledge (CVE-2021-41091). A container's root gets through by owning "layers" in its id-mapped mount.
/// </summary>
internal sealed class StorePaths(string dataRoot)
{
    public string Root { get; } = Path.GetFullPath(dataRoot);
    public string Blobs => $"{Root}/blobs/sha256";
    public string Layers => $"{Root}/layers";
    public string Images => $"{Root}/images";
    public string Records => $"{Root}/images/records";
    public string Names => $"{Root}/images/names";
    public string Cache => $"{Root}/images/cache";
    public string Leases => $"{Root}/images/leases";
    public string Partial => $"{Root}/blobs/partial";

    public string Layer(string hex) => $"{Root}/layers/{hex}/fs";
    public string LayerHome(string hex) => $"{Root}/layers/{hex}";
    public string Record(string hex) => $"{Root}/images/records/{hex}";
    public string Name(ImageReference reference) => $"{Root}/images/names/{Encode(reference)}";
    public string Blob(string hex) => $"{Root}/blobs/sha256/{hex}";

    public void Make()
    {
        Files.MakeDirectories(Root, 0x1C9 /* 0711 */);
        foreach (var directory in (string[])[$"{Root}/blobs", Blobs, Layers, Partial, Images, Records, Names, Cache, Leases])
        {
            Files.MakeDirectories(directory, 0x1C0 /* 0700 */);
        }
    }

    /// <summary>Takes the store's lock and holds it until the descriptor is closed.</summary>
    public Fd Lock(bool exclusive, string name = ".lock")
    {
        var path = $"{Images}/{name}";
        var errno = Files.TryOpen(path, O_RDONLY | O_CREAT, out var fd, 0x180 /* 0600 */);
        if (errno == Errno.ENOENT)
        {
            Make();
            fd = Files.Open(path, O_RDONLY | O_CREAT, 0x180);
        }
        else if (errno != Errno.None)
        {
            throw ImageException.Kernel("open", path, errno);
        }

        Files.TryLock(fd!, wait: true, shared: !exclusive);
        return fd!;
    }

    /// <summary>
    /// A file name for an image's name: '/' becomes '+' and ':' becomes '=', which no name has. It begins with a host, so
    /// never with a dot.
    /// </summary>
    public static string Encode(ImageReference reference)
    {
        var name = EncodeAny(reference);
        return name.Length <= 255 ? name : throw new ImageException($"use image name {Printable.Name(reference.Familiar)}: it has {name.Length} characters with host and tag; 255 can be stored");
    }

    /// <summary>The same for a name that a registry gave: null if it is too long to be stored.</summary>
    public static string? TryEncode(ImageReference reference) => EncodeAny(reference) is { Length: <= 255 } name ? name : null;

    private static string EncodeAny(ImageReference reference)
        => $"{reference.Domain}/{reference.Path}{(reference.Digest is { } digest && reference.Tag is null ? $"@{digest}" : $":{reference.Tag ?? ImageReference.DefaultTag}")}".Replace('/', '+').Replace(':', '=');

    public static string? Decode(string fileName)
        => fileName.StartsWith('.') ? null : fileName.Replace('+', '/').Replace('=', ':');

    /// <summary>Puts a file in place as a whole, its content on disk before its name.</summary>
    public static void Write(string directory, string name, ReadOnlySpan<byte> content)
    {
        var temporary = $"{directory}/{NewTemporary()}";
        var errno = Files.TryOpen(temporary, O_WRONLY | O_CREAT | O_EXCL, out var fd, 0x180);
        if (errno == Errno.None)
        {
            using (fd)
            {
                errno = Files.TryWrite(fd!, content);
                errno = errno == Errno.None ? Syscall.ErrnoOf(Syscall.Retry(Nr.fsync, fd!.Number)) : errno;
            }

            Place(temporary, $"{directory}/{name}", errno);
            return;
        }

        throw ImageException.Kernel("write", $"{directory}/{name}", errno);
    }

    public static unsafe void Link(string target, string directory, string name)
    {
        var temporary = $"{directory}/{NewTemporary()}";
        using var to = new Utf8Z(target, stackalloc byte[Utf8Z.Inline]);
        using var path = new Utf8Z(temporary, stackalloc byte[Utf8Z.Inline]);
        Place(temporary, $"{directory}/{name}", Syscall.ErrnoOf(Syscall.Invoke(Nr.symlinkat, to.Address, AtFlags.AT_FDCWD, path.Address)));
    }

    private static void Place(string temporary, string path, Errno errno)
    {
        errno = errno == Errno.None ? Files.TryRename(temporary, path) : errno;
        if (errno != Errno.None)
        {
            Files.TryUnlink(temporary);
            throw ImageException.Kernel("write", path, errno);
        }
    }

    private static string NewTemporary() => $".tmp-{KernelRandom.Hex(8)}";
}
