using System.Globalization;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountAttributes;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Kernel.Processes;

/// <summary>
/// Makes this process' executable one that nobody can write to, wherever /proc/PID/exe is opened and whoever executes it
/// (CVE-2019-5736). In place: the same file is mapped again through a read-only mount of its own, which is in no mount
/// namespace and so cannot be remounted; then the kernel is told that this is the executable (prctl(2), PR_SET_MM). That takes
/// some 0.2 ms, where executing a safe copy takes the start of a whole process. Where the kernel refuses, that copy it is:
/// sealed, in memory (docs/adr/0005).
/// </summary>
public static unsafe class SelfSeal
{
    private const string Self = "/proc/self/exe";

    private const int PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4;
    private const int MAP_PRIVATE = 2, MAP_FIXED = 0x10;
    private const int MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2;

    private static int PageSize => Environment.SystemPageSize;

    /// <summary>One line of /proc/self/maps that maps the executable.</summary>
    private readonly record struct Mapping(nint Start, nint Length, int Protection, nint Offset);

    /// <summary>Owner, group and mode of the executable.</summary>
    public static Stat File => Files.TryStat(Self, out var stat) is var errno && errno != Errno.None ? throw new KernelException("stat", Self, errno) : stat;

    /// <summary>Whether the executable is safe already: on a read-only mount, or sealed.</summary>
    public static bool IsSealed
    {
        get
        {
            const int ST_RDONLY = 1;
            using var file = Files.Open(Self, O_RDONLY);
            return (FileSystemFlags(file) & ST_RDONLY) != 0 || MemoryFile.IsSealed(file);
        }
    }

    /// <summary>
    /// Exchanges the executable under this running process. Needs CAP_SYS_ADMIN, Linux 5.12, and CONFIG_CHECKPOINT_RESTORE or
    /// CAP_SYS_RESOURCE. An errno other than None: it is as it was, or mapped twice, which is no harm.
    /// </summary>
    public static Errno TrySealInPlace()
    {
        // 1. a descriptor of the file by way of a read-only mount that is in no namespace
        // 2. the mappings of the executable, one by one: each replaced in one call, while it may be in use
        // 3. the kernel's own reference
        var errno = TryOpenReadOnly(out var file);
        if (errno != Errno.None)
        {
            return errno;
        }

        using (file)
        {
            if (Files.TryReadLink(Self) is not { } name || Files.TryReadText("/proc/self/maps", out errno) is not { } maps)
            {
                return errno == Errno.None ? Errno.EACCES : errno;
            }

            Files.TryOpen("/proc/self/pagemap", O_RDONLY, out var pages);
            using (pages)
            {
                foreach (var mapping in Read(maps, name))
                {
                    errno = (mapping.Protection & PROT_EXEC) != 0 ? Replace(mapping, file!) : ReplaceWithData(mapping, file!, pages);
                    if (errno != Errno.None)
                    {
                        return errno;
                    }
                }
            }

            return TrySetExecutable(file!);
        }
    }

    /// <summary>
    /// Executes a sealed copy of the executable in place of this process, with the same arguments and environment. Returns only
    /// if that fails.
    /// </summary>
    public static Errno ExecuteSealedCopy()
    {
        const int AT_EMPTY_PATH = 0x1000, Largest = 1 << 30;
        using var copy = MemoryFile.Create("mydocker-runtime", executable: true);
        using (var file = Files.Open(Self, O_RDONLY))
        {
            while (true)
            {
                var count = Syscall.Invoke(Nr.sendfile, copy.Number, file.Number, 0, Largest);
                if (count <= 0)
                {
                    if (count < 0)
                    {
                        return Syscall.ErrnoOf(count);
                    }

                    break;
                }
            }
        }

        var errno = MemoryFile.TrySeal(copy);
        if (errno != Errno.None)
        {
            return errno;
        }

        using var arena = new NativeArena();
        var arguments = arena.StringArray(Strings("/proc/self/cmdline"));
        var environment = arena.StringArray(Strings("/proc/self/environ"));
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.execveat, copy.Number, (nint)arena.String(""), (nint)arguments, (nint)environment, AT_EMPTY_PATH));
    }

    private static int FileSystemFlags(Fd file)
    {
        // struct statfs: type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen, frsize, flags, spare[4]; 8 bytes each
        var buffer = stackalloc long[16];
        return Syscall.Invoke(Nr.fstatfs, file.Number, (nint)buffer) < 0 ? 0 : (int)buffer[10];
    }

    private static Errno TryOpenReadOnly(out Fd? file)
    {
        file = null;
        Fd tree;
        try
        {
            tree = MountTree.Clone(Self);
        }
        catch (KernelException e)
        {
            return e.Errno;
        }

        using (tree)
        {
            var errno = MountTree.TrySetAttributes(tree, new MountAttr { Set = MOUNT_ATTR_RDONLY });
            return errno == Errno.None ? Files.TryOpen(tree.ProcPath, O_RDONLY, out file) : errno;
        }

        // With the descriptor of the tree the mount leaves its anonymous namespace: from here on no call changes its attributes.
    }

    private static List<Mapping> Read(string maps, string name)
    {
        var mappings = new List<Mapping>();
        foreach (var line in maps.Split('\n'))
        {
            // "00400000-00403000 r--p 00000000 fe:01 1234    /path", the path from a column on that grows with the rest
            if (!line.EndsWith(name, StringComparison.Ordinal) || line.IndexOf('/') is var path && (path < 0 || line.Length - path != name.Length))
            {
                continue;
            }

            var words = line.Split(' ', 4);
            var dash = words[0].IndexOf('-');
            var start = nint.Parse(words[0].AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var end = nint.Parse(words[0].AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var protection = (words[1][0] == 'r' ? PROT_READ : 0) | (words[1][1] == 'w' ? PROT_WRITE : 0) | (words[1][2] == 'x' ? PROT_EXEC : 0);
            mappings.Add(new Mapping(start, end - start, protection, nint.Parse(words[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        }

        return mappings;
    }

    /// <summary>Code: never written to, the same content, exchanged under the very call that does it.</summary>
    private static Errno Replace(Mapping mapping, Fd file)
        => Syscall.ErrnoOf(Syscall.Invoke(Nr.mmap, mapping.Start, mapping.Length, mapping.Protection, MAP_PRIVATE | MAP_FIXED, file.Number, mapping.Offset));

    /// <summary>
    /// Data: mapped elsewhere, the pages copied that this process has changed (all, if the kernel does not tell which), and
    /// moved over the old. Between copy and move nothing of ours may write to static data: there are plain calls only.
    /// </summary>
    private static Errno ReplaceWithData(Mapping mapping, Fd file, Fd? pages)
    {
        var changed = new bool[mapping.Length / PageSize];
        ReadChanged(mapping, pages, changed);
        var copy = Syscall.Invoke(Nr.mmap, 0, mapping.Length, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.Number, mapping.Offset);
        if (Syscall.ErrnoOf(copy) != Errno.None)
        {
            return Syscall.ErrnoOf(copy);
        }

        for (var page = 0; page < changed.Length; page++)
        {
            if (changed[page])
            {
                var at = page * PageSize;
                Buffer.MemoryCopy((void*)(mapping.Start + at), (void*)(copy + at), PageSize, PageSize);
            }
        }

        var errno = mapping.Protection == (PROT_READ | PROT_WRITE) ? Errno.None : Syscall.ErrnoOf(Syscall.Invoke(Nr.mprotect, copy, mapping.Length, mapping.Protection));
        return errno != Errno.None ? errno
            : Syscall.ErrnoOf(Syscall.Invoke(Nr.mremap, copy, mapping.Length, mapping.Length, MREMAP_MAYMOVE | MREMAP_FIXED, mapping.Start));
    }

    /// <summary>proc_pid_pagemap(5): bit 63 present, 62 swapped, 61 still the file's page.</summary>
    private static void ReadChanged(Mapping mapping, Fd? pages, Span<bool> changed)
    {
        var entries = new ulong[changed.Length];
        fixed (ulong* buffer = entries)
        {
            var size = entries.Length * sizeof(ulong);
            var known = pages is not null && Syscall.Invoke(Nr.pread64, pages.Number, (nint)buffer, size, mapping.Start / PageSize * sizeof(ulong)) == size;
            for (var i = 0; i < changed.Length; i++)
            {
                changed[i] = !known || (entries[i] >> 61) is 2 or 4 or 6;
            }
        }
    }

    private static Errno TrySetExecutable(Fd file)
    {
        const int PR_SET_MM = 35, PR_SET_MM_EXE_FILE = 13, PR_SET_MM_MAP = 14;
        var errno = Syscall.ErrnoOf(Syscall.Invoke(Nr.prctl, PR_SET_MM, PR_SET_MM_EXE_FILE, file.Number));
        if (errno != Errno.EPERM)
        {
            return errno;
        }

        // Without CAP_SYS_RESOURCE: the whole description at once, as CRIU does it, everything but the file as it is.
        if (Files.TryReadText("/proc/self/stat", out errno) is not { } stat)
        {
            return errno;
        }

        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        ulong Field(int number) => ulong.Parse(fields[number - 3], CultureInfo.InvariantCulture);
        var map = new MemoryMap
        {
            StartCode = Field(26), EndCode = Field(27), StartStack = Field(28),
            StartData = Field(45), EndData = Field(46), StartBreak = Field(47), Break = (ulong)Syscall.Invoke(Nr.brk),
            ArgumentsStart = Field(48), ArgumentsEnd = Field(49), EnvironmentStart = Field(50), EnvironmentEnd = Field(51),
            ExecutableFile = (uint)file.Number,
        };
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.prctl, PR_SET_MM, PR_SET_MM_MAP, (nint)(&map), sizeof(MemoryMap)));
    }

    /// <summary>NUL-terminated strings of a file in /proc.</summary>
    private static string[] Strings(string path)
    {
        const int Limit = 16 << 20;
        var text = Files.TryReadText(path, out var errno, limit: Limit) ?? throw new KernelException("read", path, errno);
        return text.Length == 0 ? [] : text[..^1].Split('\0');
    }

    /// <summary>struct prctl_mm_map of linux/prctl.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryMap
    {
        public ulong StartCode, EndCode, StartData, EndData, StartBreak, Break, StartStack;
        public ulong ArgumentsStart, ArgumentsEnd, EnvironmentStart, EnvironmentEnd;
        public ulong AuxiliaryVector;
        public uint AuxiliaryVectorSize;
        public uint ExecutableFile;
    }
}
