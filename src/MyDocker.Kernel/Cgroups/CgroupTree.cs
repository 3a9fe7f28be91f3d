using System.Buffers.Text;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

/// <summary>Making, emptying and removing cgroup directories.</summary>
public static unsafe class CgroupTree
{
    private const int Mode = 0x1ED; // 0755
    private const int Attempts = 100;

    /// <summary>
    /// Makes a cgroup. A missing parent is made too, again if another container's end removes it in between.
    /// An existing directory is a success: limits of an earlier, half-made container are written over.
    /// </summary>
    public static Errno TryMake(string directory)
    {
        var errno = Errno.None;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            errno = Files.TryMakeDirectory(directory, Mode);
            if (errno != Errno.ENOENT)
            {
                break;
            }

            errno = Path.GetDirectoryName(directory) is { Length: > 1 } parent ? TryMake(parent) : Errno.ENOENT;
            if (errno != Errno.None)
            {
                return errno;
            }
        }

        return errno == Errno.EEXIST ? Errno.None : errno;
    }

    /// <summary>
    /// Removes a cgroup with the cgroups below it (a nested container leaves its own). A cgroup stays busy for a moment
    /// after its last process is gone, so EBUSY is tried again for up to <paramref name="timeoutMilliseconds"/>.
    /// A missing cgroup is a success.
    /// </summary>
    public static Errno TryRemove(string directory, int timeoutMilliseconds = 500)
    {
        var pause = new Backoff(timeoutMilliseconds);
        while (true)
        {
            var errno = Files.TryUnlink(directory, directory: true);
            if (errno is Errno.None or Errno.ENOENT)
            {
                return Errno.None;
            }

            if (errno is not Errno.EBUSY and not Errno.ENOTEMPTY)
            {
                return errno;
            }

            foreach (var child in Children(directory))
            {
                TryRemove($"{directory}/{child}", 0);
            }

            errno = Files.TryUnlink(directory, directory: true);
            if (errno is Errno.None or Errno.ENOENT)
            {
                return Errno.None;
            }

            if (!pause.Wait())
            {
                return errno;
            }
        }
    }

    /// <summary>Removes the empty ones of the parents of a cgroup, up to (and not with) the mount. Busy ones stay.</summary>
    public static void RemoveEmptyParents(string directory, string mount)
    {
        while (Path.GetDirectoryName(directory) is { } parent && parent.Length > mount.Length
            && Files.TryUnlink(parent, directory: true) == Errno.None)
        {
            directory = parent;
        }
    }

    /// <summary>The processes in a cgroup and the cgroups below it; empty if it is gone.</summary>
    public static List<int> Processes(string directory, string file = "cgroup.procs")
    {
        var pids = new List<int>();
        Collect(directory, file, pids);
        return pids;
    }

    /// <summary>Whether no process is in the cgroup or below it.</summary>
    public static bool IsEmpty(string directory)
    {
        Span<byte> buffer = stackalloc byte[16];
        if (!CgroupFile.Read(directory + "/cgroup.procs", buffer).IsEmpty)
        {
            return false;
        }

        foreach (var child in Children(directory))
        {
            if (!IsEmpty($"{directory}/{child}"))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Throws <see cref="CgroupException"/> if a cgroup is there and has processes, or is frozen: whoever joins a frozen one
    /// would never run.
    /// </summary>
    public static void RefuseInUse(string directory)
    {
        if (Processes(directory).Count is > 0 and var count)
        {
            throw new CgroupException($"container's cgroup is not empty: {count} process(es) found in {directory}", Errno.None,
                "give the container another linux.cgroupsPath, or end what uses this one");
        }

        Span<byte> buffer = stackalloc byte[32];
        var state = CgroupFile.Read(directory + "/cgroup.freeze", buffer);
        state = state.IsEmpty ? CgroupFile.Read(directory + "/freezer.state", buffer) : state;
        if (state.StartsWith("1"u8) || state.StartsWith("FR"u8))
        {
            throw new CgroupException($"container's cgroup unexpectedly frozen: {directory}", Errno.None, "thaw it, or give the container another linux.cgroupsPath");
        }
    }

    /// <summary>Gives a v2 cgroup to a user (a group id of all ones leaves the group): the directory and the files of /sys/kernel/cgroup/delegate (cgroups(7)).</summary>
    public static void Delegate(string directory, uint uid, uint gid)
    {
        Chown(directory, uid, gid);
        var names = Files.TryReadText("/sys/kernel/cgroup/delegate", out _) ?? "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
        foreach (var name in names.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Chown($"{directory}/{name}", uid, gid);
        }
    }

    /// <summary>The names of the cgroups directly below a cgroup.</summary>
    internal static List<string> Children(string directory)
    {
        const int DT_DIR = 4, Size = 16 * 1024;
        var names = new List<string>();
        if (Files.TryStat(directory, out var stat) != Errno.None || stat.Links == 2
            || Files.TryOpen(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out var fd) != Errno.None)
        {
            return names; // a cgroup directory has one link for each child, as directories of kernfs do
        }

        using (fd)
        {
            var buffer = stackalloc byte[Size];
            while (Syscall.Retry(Nr.getdents64, fd!.Number, (nint)buffer, Size) is var count and > 0)
            {
                // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, char name[]
                for (var offset = 0; offset < count; offset += *(ushort*)(buffer + offset + 16))
                {
                    var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + offset + 19);
                    if (buffer[offset + 18] == DT_DIR && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    {
                        names.Add(System.Text.Encoding.UTF8.GetString(name));
                    }
                }
            }
        }

        return names;
    }

    private static void Collect(string directory, string file, List<int> pids)
    {
        if (Files.TryOpen($"{directory}/{file}", OpenFlags.O_RDONLY, out var fd) != Errno.None)
        {
            return;
        }

        using (fd)
        {
            Span<byte> buffer = stackalloc byte[4096];
            var kept = 0;
            while (Files.Read(fd!, buffer[kept..]) is var count and > 0)
            {
                ReadOnlySpan<byte> text = buffer[..(kept + count)];
                while (text.IndexOf((byte)'\n') is var end and >= 0)
                {
                    // 0 is a process of another pid namespace: it is there but cannot be named from here.
                    if (Utf8Parser.TryParse(text[..end], out int pid, out _) && pid > 0)
                    {
                        pids.Add(pid);
                    }

                    text = text[(end + 1)..];
                }

                text.CopyTo(buffer);
                kept = text.Length;
            }
        }

        foreach (var child in Children(directory))
        {
            Collect($"{directory}/{child}", file, pids);
        }
    }

    private static void Chown(string path, uint uid, uint gid)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        var errno = Syscall.ErrnoOf(Syscall.Invoke(Nr.fchownat, AtFlags.AT_FDCWD, name.Address, (nint)uid, (nint)gid, AtFlags.AT_SYMLINK_NOFOLLOW));
        if (errno is not (Errno.None or Errno.ENOENT))
        {
            throw new KernelException($"give to {uid}:{gid}", path, errno);
        }
    }
}
