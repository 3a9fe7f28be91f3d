using System.Globalization;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// The user's home directory by the container's own /etc/passwd (passwd(5)), for an environment without HOME. The file is the
/// image's: it is opened below the root alone, only if it is a regular file, and no more than a sane size of it is read
/// (CVE-2026-47262).
/// </summary>
public static class HomeDirectory
{
    /// <summary>What the user gets that has no line.</summary>
    public const string Default = "/";

    private const string PasswdFile = "/etc/passwd";
    private const int LargestFile = 1 << 20;

    /// <summary>
    /// For a container that is about to be made: from the root file system, or from what the configuration mounts over the
    /// file. Never fails.
    /// </summary>
    public static string Find(RuntimeSpec spec, string rootfs, uint uid)
    {
        var (directory, file) = (rootfs, PasswdFile);
        foreach (var mount in spec.Mounts ?? [])
        {
            var below = Below(mount.Destination);
            if (below is null)
            {
                continue;
            }

            var isBind = mount.Type == "bind" || mount.Options?.Any(option => option is "bind" or "rbind") == true;
            (directory, file) = isBind && mount.Source is { } source ? (source, below) : ("", "");
        }

        if (directory.Length == 0)
        {
            return Default; // a new file system lies over it
        }

        if (file.Length == 0)
        {
            // The file itself is mounted: a path on the host, given by who gave the configuration.
            (directory, file) = (Path.GetDirectoryName(directory) ?? "/", Path.GetFileName(directory));
        }

        if (Files.TryOpen(directory, O_PATH | O_DIRECTORY, out var root) != Errno.None)
        {
            return Default;
        }

        using (root)
        {
            return Find(root!, file, uid);
        }
    }

    /// <summary>For a container that runs, by its root directory.</summary>
    public static string Find(Fd root, uint uid) => Find(root, PasswdFile, uid);

    /// <summary>The home of the first line with this user id; <see cref="Default"/> without one.</summary>
    public static string Parse(string passwd, uint uid)
    {
        Span<Range> fields = stackalloc Range[8];
        foreach (var line in passwd.AsSpan().EnumerateLines())
        {
            // name:password:uid:gid:comment:home:shell
            if (line.Split(fields, ':') >= 6 && uint.TryParse(line[fields[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id == uid)
            {
                return line[fields[5]] is { Length: > 0 } home ? home.ToString() : Default;
            }
        }

        return Default;
    }

    private static string Find(Fd root, string file, uint uid)
        => RootedPath.TryReadText(root, file, LargestFile, out _) is { } text ? Parse(text, uid) : Default;

    /// <summary>What is left of the file's path below a mount point: "" if it is the file itself, null if the mount does not touch it.</summary>
    private static string? Below(string destination)
    {
        var path = Path.GetFullPath(destination, "/").TrimEnd('/');
        return PasswdFile == path || PasswdFile.StartsWith($"{path}/", StringComparison.Ordinal) ? PasswdFile[path.Length..] : null;
    }
}
