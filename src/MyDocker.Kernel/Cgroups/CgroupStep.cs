using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

public enum CgroupStepKind
{
    /// <summary>Makes a cgroup directory, and its parents where they are missing.</summary>
    MakeDirectory,

    /// <summary>Enables v2 controllers for the children of a cgroup.</summary>
    EnableControllers,

    /// <summary>Fills the empty cpuset.cpus and cpuset.mems of a new v1 cpuset from those of its parent.</summary>
    InheritCpuset,

    /// <summary>Writes one value into one file.</summary>
    Write,

    /// <summary>Loads the eBPF device filter of a v2 cgroup and attaches or replaces it.</summary>
    DeviceFilter,

    /// <summary>Gives a v2 cgroup to a user, as delegation asks (cgroups(7)).</summary>
    Delegate,

    /// <summary>Fails if the cgroup is there and has processes or is frozen.</summary>
    CheckUnused,
}

/// <summary>One operation on a cgroup: it can be printed, run and undone.</summary>
public sealed record CgroupStep(CgroupStepKind Kind, string Directory)
{
    /// <summary>Of a write: the file's name in the directory.</summary>
    public string File { get; init; } = "";

    /// <summary>Of a write: the text, written by one write(2).</summary>
    public string Value { get; init; } = "";

    /// <summary>Of a write: what to write where the first file does not exist (a weight of another scheduler).</summary>
    public (string File, string Value)? Otherwise { get; init; }

    /// <summary>Of a write: a missing file is fine, because the kernel's state is then what is asked for.</summary>
    public bool Optional { get; init; }

    /// <summary>Of a write: what to do about a failure.</summary>
    public string? Remedy { get; init; }

    /// <summary>Of enabling: the controllers that limits need (a failure is an error).</summary>
    public Controllers Need { get; init; }

    /// <summary>Of enabling: the controllers that are enabled where that is possible, for their counters.</summary>
    public Controllers Want { get; init; }

    /// <summary>Of a device filter: the rules, the last matching one wins.</summary>
    public IReadOnlyList<DeviceRule> Rules { get; init; } = [];

    /// <summary>Of a delegation: the owner's ids on the host.</summary>
    public (uint Uid, uint Gid) Owner { get; init; }

    /// <summary>As a plan shows it: "mkdir /sys/fs/cgroup/memory/mydocker/web1", "write memory.limit_in_bytes 26214400".</summary>
    public override string ToString() => Kind switch
    {
        CgroupStepKind.MakeDirectory => $"mkdir {Directory}",
        CgroupStepKind.EnableControllers => $"write {Directory}/cgroup.subtree_control {(Need | Want).Names(v2: true, "+")}",
        CgroupStepKind.InheritCpuset => $"inherit cpuset.cpus cpuset.mems {Directory}",
        CgroupStepKind.Write => $"write {File} {Value}" + (Otherwise is { } other ? $" (or {other.File} {other.Value})" : ""),
        CgroupStepKind.DeviceFilter => $"attach device filter {Directory} ({Rules.Count} rules)",
        CgroupStepKind.Delegate => $"chown {Owner.Uid}:{(Owner.Gid == uint.MaxValue ? "" : Owner.Gid)} {Directory}",
        CgroupStepKind.CheckUnused => $"check that nothing is in {Directory}",
        _ => Kind.ToString(),
    };

    /// <summary>Does it. Throws <see cref="CgroupException"/> or <see cref="KernelException"/>.</summary>
    public void Run()
    {
        var errno = TryRun();
        if (errno != Errno.None)
        {
            throw Failure(errno);
        }
    }

    /// <summary>Does it; the errno of a plain write or mkdir is returned, other failures are thrown.</summary>
    public Errno TryRun()
    {
        switch (Kind)
        {
            case CgroupStepKind.MakeDirectory:
                return CgroupTree.TryMake(Directory);
            case CgroupStepKind.EnableControllers:
                V2.SubtreeControl.Enable(Directory, Need, Want);
                return Errno.None;
            case CgroupStepKind.InheritCpuset:
                V1.Cpuset.Inherit(Directory);
                return Errno.None;
            case CgroupStepKind.DeviceFilter:
                V2.Devices.Attach(Directory, Rules);
                return Errno.None;
            case CgroupStepKind.Delegate:
                CgroupTree.Delegate(Directory, Owner.Uid, Owner.Gid);
                return Errno.None;
            case CgroupStepKind.CheckUnused:
                CgroupTree.RefuseInUse(Directory);
                return Errno.None;
            default:
                return TryWrite();
        }
    }

    /// <summary>Takes it back: a directory is removed, the rest goes with its directory.</summary>
    public void Undo()
    {
        if (Kind == CgroupStepKind.MakeDirectory)
        {
            CgroupTree.TryRemove(Directory, timeoutMilliseconds: 200);
        }
    }

    /// <summary>The error of a failed run.</summary>
    public CgroupException Failure(Errno errno) => new(
        Kind == CgroupStepKind.Write ? $"write {File} {Value} in {Directory}" : ToString(),
        errno,
        errno switch
        {
            Errno.EROFS => "the cgroup file system is mounted read-only here: mount it read-write or run without limits",
            Errno.EACCES or Errno.EPERM when Kind == CgroupStepKind.MakeDirectory => "run as root, or in a cgroup that is delegated to this user",
            _ => Remedy,
        });

    /// <summary>
    /// Runs steps in order. A write that the kernel refuses with EINVAL is tried once more after the others: two limits
    /// that bound each other (memory and memory+swap, CPU quota and burst) must be raised and lowered in opposite
    /// orders, and only the kernel knows which of the two this is.
    /// </summary>
    public static void RunAll(IReadOnlyList<CgroupStep> steps)
    {
        List<CgroupStep>? again = null;
        CgroupStep? previous = null;
        Fd? open = null;
        foreach (var step in steps)
        {
            // Consecutive writes to one file (devices.allow has a dozen) share its descriptor.
            var same = previous is not null && step.Kind == CgroupStepKind.Write && step.File == previous.File && step.Directory == previous.Directory;
            if (!same)
            {
                open?.Dispose();
                open = null;
            }
            else if (open is null)
            {
                Files.TryOpen($"{step.Directory}/{step.File}", OpenFlags.O_WRONLY, out open);
            }

            previous = step;
            var errno = open is null ? step.TryRun() : WriteTo(open, step.Value);
            if (errno == Errno.EINVAL && step.Kind == CgroupStepKind.Write)
            {
                (again ??= []).Add(step);
            }
            else if (errno != Errno.None)
            {
                open?.Dispose();
                throw step.Failure(errno);
            }
        }

        open?.Dispose();
        again?.ForEach(step => step.Run());
    }

    private static Errno WriteTo(Fd fd, string value)
    {
        using var bytes = new Utf8Z(value, stackalloc byte[Utf8Z.Inline]);
        unsafe
        {
            return Files.TryWrite(fd, new ReadOnlySpan<byte>((void*)bytes.Address, bytes.Length));
        }
    }

    private Errno TryWrite()
    {
        var errno = Files.TryWriteExisting($"{Directory}/{File}", Value);
        if (errno == Errno.ENOENT && Otherwise is { } other)
        {
            errno = Files.TryWriteExisting($"{Directory}/{other.File}", other.Value);
        }

        return errno == Errno.ENOENT && Optional ? Errno.None : errno;
    }
}

/// <summary>Collects writes to the files of one cgroup directory.</summary>
public readonly struct CgroupWrites(string directory, List<CgroupStep> steps)
{
    public string Directory => directory;

    public void Add(string file, string value, bool optional = false, string? remedy = null, (string, string)? otherwise = null)
        => steps.Add(new CgroupStep(CgroupStepKind.Write, directory)
        {
            File = file,
            Value = value,
            Optional = optional,
            Remedy = remedy,
            Otherwise = otherwise,
        });

    public void Add(string file, long value, bool optional = false, string? remedy = null)
        => Add(file, value.ToString(), optional, remedy);

    public void Add(CgroupStep step) => steps.Add(step);
}
