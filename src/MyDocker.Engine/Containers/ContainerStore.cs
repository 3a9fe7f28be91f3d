using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Containers;

/// <summary>Containers by name and id, as files; takes no lock that a stuck container could hold.</summary>
public sealed class ContainerStore(EngineRoots roots)
{
    public EngineRoots Roots { get; } = roots;

    public string NamePath(string name) => $"{Roots.Data}/names/{name}";

    /// <summary>Who has an address of a container network, while it runs.</summary>
    public string AddressPath(string address) => $"{Roots.State}/addresses/{address}";

    public string JournalPath(string id) => $"{Roots.State}/journal/{id}";

    /// <summary>Where its monitor listens while it runs.</summary>
    public string SocketPath(string id) => $"{Roots.StateDirectory(id)}/attach";

    /// <summary>Ids of all containers.</summary>
    public List<string> Ids() => Files.List($"{Roots.Data}/containers");

    /// <summary>The container of a name, a full id or a prefix of one that no other has.</summary>
    public ContainerRecord Find(string nameOrId) => TryLoad(FindId(nameOrId)) ?? throw NotFound(nameOrId);

    /// <summary>Its id; its record may be damaged.</summary>
    public string FindId(string nameOrId)
        => TryFindId(nameOrId) is { } id && Files.Exists(Roots.ContainerDirectory(id)) ? id : throw NotFound(nameOrId);

    public bool IsThere(string nameOrId) => TryFindId(nameOrId) is { } id && Files.Exists(Roots.ContainerDirectory(id));

    /// <summary>The name that an id has claimed; for a container whose record cannot be read.</summary>
    public string? NameOf(string id) => Files.List($"{Roots.Data}/names").Find(name => Claims.OwnerOf(NamePath(name)) == id);

    /// <summary>
    /// Changes a record as it is now, one command after the other. The lock is held for a moment and by commands only: none
    /// that merely reads takes it.
    /// </summary>
    public ContainerRecord Change(string id, Action<ContainerRecord> change)
    {
        using var held = Files.Open($"{Roots.ContainerDirectory(id)}/lock", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0x180);
        Files.TryLock(held, wait: true);
        var record = TryLoad(id) ?? throw NotFound(id);
        change(record);
        Save(record, durable: true);
        return record;
    }

    private static EngineException NotFound(string nameOrId) => new($"no such container: {nameOrId}; see 'mydocker ps -a'", exitCode: 1);

    private string? TryFindId(string nameOrId)
    {
        if (nameOrId.Length == 0 || nameOrId.Contains('/'))
        {
            return null;
        }

        if (Claims.OwnerOf(NamePath(nameOrId)) is { } id)
        {
            return id;
        }

        if (!nameOrId.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        var matches = Ids().Where(other => other.StartsWith(nameOrId, StringComparison.Ordinal)).Take(2).ToList();
        return matches.Count switch
        {
            0 => null,
            1 => matches[0],
            _ => throw new EngineException($"several containers have an id that begins with {nameOrId}; give more of it", exitCode: 1),
        };
    }

    /// <exception cref="EngineException">it is there and damaged.</exception>
    public ContainerRecord? TryLoad(string id)
    {
        var record = TryRead(RecordPath(id), RecordShapes.Record);
        return record is null || record.Id == id
            ? record
            : throw new EngineException($"{RecordPath(id)} is damaged: its \"id\" is \"{record.Id}\"; {RecordOracle.Remedy}", exitCode: 1);
    }

    public void Save(ContainerRecord record, bool durable = false) => Write(RecordPath(record.Id), record, RecordShapes.Record, durable);

    /// <summary>Takes the record away, first of all that a container has: from here on it is none, for ps and for its volumes.</summary>
    public void Forget(string id) => Files.TryUnlink(RecordPath(id));

    /// <summary>
    /// What the monitor last wrote: of the run under way, else of the last one. While a run is put away both are there, and the
    /// final one knows the exit code. After the machine has gone down there is only the one that lasts, and it may tell of a run
    /// that nobody saw the end of.
    /// </summary>
    public ContainerState LoadState(string id)
    {
        var running = TryReadState($"{Roots.StateDirectory(id)}/state.json", out var damage);
        var last = TryReadState(LastingState(id), out var lastDamage);
        var isOver = last is { Status: ContainerStatus.Exited } && running?.Started == last.Started;
        return (isOver ? last : running ?? (last is null ? null : LostRun(id, last)))
            ?? ((damage ?? lastDamage) is { } reason ? new ContainerState { Status = ContainerStatus.Exited, Reason = reason } : new ContainerState());
    }

    /// <param name="alsoLasting">so that a power failure does not make a container that ran look as if it never had.</param>
    public void SaveRunningState(string id, ContainerState state, bool alsoLasting)
    {
        Write($"{Roots.StateDirectory(id)}/state.json", state, RecordShapes.State);
        if (alsoLasting)
        {
            Write(LastingState(id), state, RecordShapes.State);
        }
    }

    public void SaveFinalState(string id, ContainerState state) => Write(LastingState(id), state, RecordShapes.State, durable: true);

    /// <summary>Whether what lasts tells of this end; of a container that never ran there is nothing to tell.</summary>
    public bool IsEndSaved(string id, ContainerState end)
        => end.Status == ContainerStatus.Created || (TryReadState(LastingState(id), out _) is { Status: ContainerStatus.Exited } last && last.Started == end.Started);

    /// <summary>Waits until the record is on disk; while the container runs already, as a start does not wait for disks.</summary>
    public void MakeDurable(ContainerRecord record)
    {
        if (record.IsKept && Files.TryOpen(RecordPath(record.Id), OpenFlags.O_RDONLY, out var file) == Errno.None)
        {
            using (file)
            {
                Syscall.Retry(Nr.fsync, file!.Number);
            }

            using var directory = Files.Open(Roots.ContainerDirectory(record.Id), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            Syscall.Retry(Nr.fsync, directory.Number);
        }
    }

    /// <summary>Whether a person has stopped it: until a person starts it, no restart policy does.</summary>
    public bool IsWantedStopped(string id) => Files.Exists(StoppedMark(id));

    public void SetWantedStopped(string id, bool stopped)
    {
        if (!stopped)
        {
            Files.TryUnlink(StoppedMark(id));
        }
        else if (Files.TryOpen(StoppedMark(id), OpenFlags.O_WRONLY | OpenFlags.O_CREAT, out var mark, 0x180) is var errno && errno != Errno.None)
        {
            throw new KernelException("write", StoppedMark(id), errno);
        }
        else
        {
            mark!.Dispose();
        }
    }

    private string RecordPath(string id) => $"{Roots.ContainerDirectory(id)}/container.json";

    private string LastingState(string id) => $"{Roots.ContainerDirectory(id)}/state.json";

    private string StoppedMark(string id) => $"{Roots.ContainerDirectory(id)}/stopped";

    /// <summary>A lasting state that tells of a run, without the run's own: the machine went down. Unless the process is still there.</summary>
    private static ContainerState? LostRun(string id, ContainerState last)
    {
        if (last.Status is ContainerStatus.Exited or ContainerStatus.Created)
        {
            return last;
        }

        if (last.IsAlive && Files.TryReadText($"/proc/{last.Pid}/cgroup", out _)?.Contains(id, StringComparison.Ordinal) == true)
        {
            return last;
        }

        return last with { Status = ContainerStatus.Exited, Pid = 0, MonitorPid = 0, ExitCode = null, Finished = null, Reason = LostReason };
    }

    private const string LostReason = "the machine went down while it ran; nobody saw the exit code";

    /// <summary>A state that cannot be read is one that is not known: the container itself is not hurt by it.</summary>
    private static ContainerState? TryReadState(string path, out string? damage)
    {
        try
        {
            damage = null;
            return TryRead(path, RecordShapes.State);
        }
        catch (EngineException e)
        {
            damage = e.Message;
            return null;
        }
    }

    private static T? TryRead<T>(string path, JsonShape<T> shape)
        where T : class
    {
        var text = Files.TryReadBytes(path, out var errno);
        if (text is null)
        {
            return errno == Errno.ENOENT ? null : throw new KernelException("read", path, errno);
        }

        // What is as we write it is read in no time. What somebody else has written may be right all the same.
        return shape.TryRead(text) ?? shape.TryRead(RecordOracle.Canonical(typeof(T) == typeof(ContainerState), path))
            ?? throw new EngineException($"{path} is damaged: it says null; {RecordOracle.Remedy}", exitCode: 1);
    }

    private static void Write<T>(string path, T value, JsonShape<T> shape, bool durable = false)
        where T : class
        => Files.WriteAtomically(path, shape.ToBytes(value), durable: durable);
}
