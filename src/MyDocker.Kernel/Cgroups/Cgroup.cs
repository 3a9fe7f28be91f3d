using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

/// <summary>
/// The cgroup of a container in all hierarchies of a host, after it was made: counters, freezing, killing, removing.
/// Holds no descriptor and no state: any process that knows the path can make one.
/// </summary>
/// <param name="path">
/// "/mydocker/web1" below each mount, or without the slash below the cgroup of this process. ".." leads nowhere.
/// </param>
/// <param name="directories">
/// where it was made, by <see cref="KeyOf"/>: for a relative path, which means something else to a process in another cgroup.
/// </param>
public sealed class Cgroup(CgroupLayout layout, string path, IReadOnlyDictionary<string, string>? directories = null)
{
    private const int SIGKILL = 9;

    public CgroupLayout Layout { get; } = layout;

    public string Path { get; } = path;

    /// <summary>The directory in the hierarchy of a controller, or null if the host has no such controller.</summary>
    public string? DirectoryOf(Controllers controller)
        => Layout.Of(controller) is { } hierarchy ? DirectoryIn(hierarchy) : null;

    /// <summary>The directory in one hierarchy.</summary>
    public string DirectoryIn(CgroupHierarchy hierarchy)
        => directories is not null && directories.TryGetValue(KeyOf(hierarchy), out var known) ? known : hierarchy.Directory(Resolve(Layout, hierarchy, Path));

    /// <summary>What a hierarchy is called: its first controller, "name=systemd", "" for v2.</summary>
    public static string KeyOf(CgroupHierarchy hierarchy)
        => hierarchy.IsV2 ? "" : hierarchy.Name is { } name ? $"name={name}" : hierarchy.Controllers.Each().First().Name(v2: false);

    /// <summary>The directories in all hierarchies, by <see cref="KeyOf"/>.</summary>
    public Dictionary<string, string> DirectoriesByKey()
    {
        var result = Layout.V1.ToDictionary(KeyOf, DirectoryIn);
        if (Layout.Unified is { } unified)
        {
            result[KeyOf(unified)] = DirectoryIn(unified);
        }

        return result;
    }

    /// <summary>The directories in all hierarchies, whether they exist or not.</summary>
    public IEnumerable<string> Directories
    {
        get
        {
            foreach (var hierarchy in Layout.V1)
            {
                yield return DirectoryIn(hierarchy);
            }

            if (Layout.Unified is not null)
            {
                yield return DirectoryIn(Layout.Unified);
            }
        }
    }

    /// <summary>
    /// The path of a cgroup below a mount. A relative one lies below the cgroup of this process, on v2 beside it: a v2
    /// cgroup with processes cannot hand controllers down (so does runc).
    /// </summary>
    public static string Resolve(CgroupLayout layout, CgroupHierarchy hierarchy, string path)
    {
        var clean = Clean(path);
        if (path.StartsWith('/'))
        {
            return clean;
        }

        var own = layout.OwnPath(hierarchy);
        if (hierarchy.IsV2 && own != "/")
        {
            own = own[..Math.Max(1, own.LastIndexOf('/'))];
        }

        return own == "/" ? clean : own + clean;
    }

    /// <summary>Counters now; a few reads, nothing is cached.</summary>
    public CgroupStats Stats(bool io = true)
    {
        var memory = Layout.Of(Controllers.Memory);
        var cpu = Layout.Of(Controllers.Cpu) ?? Layout.Of(Controllers.CpuAcct);
        var block = io ? Layout.Of(Controllers.BlockIo) : null;
        return new CgroupStats(
            memory is null ? null : memory.IsV2 ? V2.Memory.Read(DirectoryIn(memory)) : V1.Memory.Read(DirectoryIn(memory)),
            cpu is null ? null
                : cpu.IsV2 ? V2.Cpu.Read(DirectoryIn(cpu))
                : V1.Cpu.Read(DirectoryOf(Controllers.Cpu), DirectoryOf(Controllers.CpuAcct)),
            DirectoryOf(Controllers.Pids) is { } pids ? V1.Pids.Read(pids) : null,
            block is null ? [] : block.IsV2 ? V2.Io.Read(DirectoryIn(block)) : V1.BlockIo.Read(DirectoryIn(block)));
    }

    /// <summary>The memory counters alone.</summary>
    public MemoryStats? Memory()
        => Layout.Of(Controllers.Memory) is not { } memory ? null
            : memory.IsV2 ? V2.Memory.Read(DirectoryIn(memory)) : V1.Memory.Read(DirectoryIn(memory));

    /// <summary>A descriptor that becomes readable when the container is at its memory limit.</summary>
    public OomWatch WatchOom()
    {
        var memory = Layout.Of(Controllers.Memory)
            ?? throw new CgroupException("watch for out of memory", Errno.None, "this host has no memory controller");
        return OomWatch.Start(DirectoryIn(memory), memory.IsV2);
    }

    /// <summary>
    /// Freezes all processes and waits until they stand. Throws <see cref="CgroupException"/> if some do not in time
    /// (they wait in the kernel, such as for a dead network disk); what was frozen runs again then.
    /// </summary>
    public void Freeze(int timeoutMilliseconds = 10_000)
    {
        var (directory, v2) = FreezerDirectory();
        if (v2 ? V2.Freezer.Freeze(directory, timeoutMilliseconds) : V1.Freezer.Freeze(directory, timeoutMilliseconds))
        {
            return;
        }

        Thaw();
        throw new CgroupException($"freeze {directory}: not frozen after {timeoutMilliseconds} ms", Errno.None,
            "a process waits in the kernel and cannot be stopped now: try again, or kill it");
    }

    /// <summary>One that is gone is not frozen: systemd removes a scope with its last process.</summary>
    public void Thaw()
    {
        var (directory, v2) = FreezerDirectory();
        try
        {
            if (v2)
            {
                V2.Freezer.Thaw(directory);
            }
            else
            {
                V1.Freezer.Thaw(directory);
            }
        }
        catch (CgroupException) when (!Files.Exists(directory))
        {
        }
    }

    /// <summary>Whether it is to stand still: what has just joined it may need a moment.</summary>
    public bool IsFrozen()
    {
        var (directory, v2) = FreezerDirectory();
        return v2 ? V2.Freezer.IsFreezing(directory) : V1.Freezer.IsFreezing(directory);
    }

    /// <summary>The processes in the container's cgroup and the cgroups below it.</summary>
    public List<int> Processes() => CgroupTree.Processes(ProcessDirectory);

    /// <summary>Whether no process is left.</summary>
    public bool IsEmpty() => CgroupTree.IsEmpty(ProcessDirectory);

    /// <summary>
    /// Kills everything in the cgroup, paused or frozen or forking, and waits until it is empty. False if something is
    /// still there when the time is up.
    /// </summary>
    public bool KillAll(int timeoutMilliseconds = 10_000)
    {
        var directory = ProcessDirectory;
        if (CgroupFile.IsCgroup2(directory))
        {
            var errno = V2.Freezer.TryKill(directory);
            if (errno is Errno.None)
            {
                return V2.Freezer.WaitFor(directory, "populated"u8, 0, timeoutMilliseconds);
            }
        }

        var pause = new Backoff(timeoutMilliseconds);
        while (true)
        {
            // 1. Frozen, nobody can fork away from the signals. A task paused at its memory limit does not freeze: go on.
            // 2. Signal. 3. Thaw: a frozen v1 task dies only then. 4. Wait a little and look again.
            var frozen = TryFreezeBriefly();
            SignalEach(directory, SIGKILL, frozen);
            TryThaw();
            if (IsEmpty())
            {
                return true;
            }

            if (!pause.Wait())
            {
                return false;
            }
        }
    }

    /// <summary>Sends a signal to every process now in the cgroup. Returns how many got it.</summary>
    public int SignalAll(int signal) => SignalEach(ProcessDirectory, signal, frozen: false);

    /// <summary>
    /// Removes the cgroup from every hierarchy, with the cgroups below it, and empty parents where asked. What is gone
    /// already is fine; it may be called again. Throws for what cannot be removed, after trying the others.
    /// </summary>
    public void Destroy(bool emptyParents = false, int timeoutMilliseconds = 500)
    {
        CgroupException? failure = null;
        foreach (var directory in Directories)
        {
            var errno = CgroupTree.TryRemove(directory, timeoutMilliseconds);
            if (errno == Errno.None)
            {
                continue;
            }

            failure ??= new CgroupException($"remove cgroup {directory}", errno,
                errno == Errno.EBUSY ? "processes are still in it (see cgroup.procs): kill them and try again" : null);
        }

        if (emptyParents)
        {
            foreach (var hierarchy in Layout.V1)
            {
                CgroupTree.RemoveEmptyParents(DirectoryIn(hierarchy), hierarchy.Mount);
            }

            if (Layout.Unified is { } unified)
            {
                CgroupTree.RemoveEmptyParents(DirectoryIn(unified), unified.Mount);
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>Removes "." and ".." as if "/" had no parent: no configuration leads out of the mount.</summary>
    private static string Clean(string path)
    {
        if (path.Contains('\0'))
        {
            throw new ArgumentException("a cgroup path must not contain a NUL character");
        }

        var kept = new List<string>();
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                kept.RemoveRange(Math.Max(0, kept.Count - 1), Math.Min(1, kept.Count));
            }
            else if (part != ".")
            {
                kept.Add(part);
            }
        }

        return kept.Count > 0 ? "/" + string.Join('/', kept)
            : throw new CgroupException($"cgroup path \"{path}\" names the root cgroup", Errno.None, "give the container one of its own");
    }

    private (string Directory, bool V2) FreezerDirectory()
        => Layout.Of(Controllers.Freezer) is { } hierarchy ? (DirectoryIn(hierarchy), hierarchy.IsV2)
            : throw new CgroupException("freeze the container", Errno.None, "this host has no freezer: mount the v1 freezer or cgroup2");

    /// <summary>A hierarchy in which every container is: that of the freezer, else the first of the usual ones.</summary>
    public string ProcessDirectory
        => DirectoryOf(Controllers.Freezer) ?? DirectoryOf(Controllers.Devices) ?? DirectoryOf(Controllers.Memory) ?? DirectoryOf(Controllers.Pids)
            ?? throw new CgroupException("list the processes of the container", Errno.None, "this host has no cgroup hierarchy: mount cgroup2 on /sys/fs/cgroup");

    private bool TryFreezeBriefly()
    {
        try
        {
            var (directory, v2) = FreezerDirectory();
            return v2 ? V2.Freezer.Freeze(directory, 20) : V1.Freezer.Freeze(directory, 20);
        }
        catch (CgroupException)
        {
            return false; // no freezer, or the cgroup is gone: signals alone must do
        }
    }

    private void TryThaw()
    {
        try
        {
            Thaw();
        }
        catch (CgroupException)
        {
            // as above
        }
    }

    private static int SignalEach(string directory, int signal, bool frozen)
    {
        const int Batch = 64; // of descriptors at once
        var count = 0;
        foreach (var pids in CgroupTree.Processes(directory).Chunk(Batch))
        {
            var fds = new List<(int Pid, Fd Process)>(pids.Length);
            foreach (var pid in pids)
            {
                if (Syscall.Invoke(Nr.pidfd_open, pid) is var result and >= 0)
                {
                    fds.Add((pid, new Fd((int)result)));
                }
            }

            // A number may have passed to a stranger between the list and the pidfd; if the list has it still, now that
            // the pidfd is held, then either it is ours or it is dead.
            var still = frozen ? null : CgroupTree.Processes(directory).ToHashSet();
            foreach (var (pid, process) in fds)
            {
                using (process)
                {
                    count += (still is null || still.Contains(pid))
                        && Syscall.Invoke(Nr.pidfd_send_signal, process.Number, signal) == 0 ? 1 : 0;
                }
            }
        }

        return count;
    }
}
