using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Inspect;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Volumes;

/// <summary>Directories that outlive containers, by name. On disk their files have the owners that containers see.</summary>
public sealed class VolumeStore(EngineRoots roots)
{
    private const int PassThrough = 0x1C9; // 0711
    private const int Everyone = 0x1ED;    // 0755

    private string Root => $"{roots.Data}/volumes";

    /// <summary>Where a volume's files are.</summary>
    public string DataOf(string name) => $"{Root}/{name}/_data";

    internal string DirectoryOf(string name) => $"{Root}/{name}";

    /// <summary>Whether a directory is a volume.</summary>
    internal bool Owns(string path) => path.StartsWith($"{Root}/", StringComparison.Ordinal);

    /// <summary>Held while a container is made that uses volumes, or one is filled or removed: so none is removed under a container to be.</summary>
    public Fd Hold()
    {
        Files.MakeDirectories(Root, PassThrough);
        var held = Files.Open($"{Root}/.lock", O_RDWR | O_CREAT, 0x180);
        Files.TryLock(held, wait: true);
        return held;
    }

    /// <summary>Makes a volume; one that is there stays as it is. True: it is new.</summary>
    public bool Create(string name, IReadOnlyDictionary<string, string> labels, bool anonymous)
    {
        Files.MakeDirectories(Root, PassThrough);
        var errno = Files.TryMakeDirectory(DirectoryOf(name), PassThrough);
        if (errno is not (Errno.None or Errno.EEXIST))
        {
            throw new KernelException("create volume", DirectoryOf(name), errno);
        }

        Files.MakeDirectories(DataOf(name), Everyone);
        if (errno == Errno.EEXIST)
        {
            return false;
        }

        var record = new VolumeRecord { Name = name, Created = DateTimeOffset.UtcNow, Labels = new(labels), Anonymous = anonymous };
        Files.WriteAtomically(RecordPath(name), VolumeRecord.Shape.ToBytes(record), durable: true);
        Tell("create", name);
        return true;
    }

    /// <summary>By name, in order.</summary>
    public List<VolumeRecord> List()
        => [.. Files.List(Root).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal).Select(Load)];

    public VolumeRecord Find(string name)
        => name.Length > 0 && !name.Contains('/') && name is not ("." or "..") && Files.Exists(DataOf(name)) ? Load(name) : throw new EngineException($"no such volume: {name}; see 'mydocker volume ls'", exitCode: 1);

    /// <summary>Containers, running or not, that were made with it.</summary>
    public List<ContainerRecord> UsersOf(string name)
    {
        var store = new ContainerStore(roots);
        var users = new List<ContainerRecord>();
        foreach (var id in store.Ids())
        {
            try
            {
                if (store.TryLoad(id) is { } record && record.Options.Mounts.Exists(mount => mount.Type == "volume" && mount.Source == name))
                {
                    users.Add(record);
                }
            }
            catch (EngineException)
            {
                // damaged: it cannot be started again either
            }
        }

        return users;
    }

    /// <param name="force">one that is not there is no error.</param>
    public void Remove(string name, bool force)
    {
        using var hold = Hold();
        if (force && !Files.Exists(DataOf(name)))
        {
            return;
        }

        Find(name);
        if (UsersOf(name) is { Count: > 0 } users)
        {
            throw new EngineException($"volume {name} is in use by {string.Join(", ", users.Select(user => user.Name))}; remove the container first (mydocker rm {users[0].Name})", exitCode: 1);
        }

        RemoveFiles(name);
    }

    /// <summary>Removes those that no container uses. Returns their names, and the bytes of their files.</summary>
    /// <param name="all">also those that a person gave a name.</param>
    public (List<string> Names, long Reclaimed) Prune(bool all, Predicate<VolumeRecord> which)
    {
        using var hold = Hold();
        var (names, reclaimed) = (new List<string>(), 0L);
        foreach (var volume in List().Where(volume => (all || volume.Anonymous) && which(volume) && UsersOf(volume.Name).Count == 0))
        {
            reclaimed += SizeOf(volume.Name);
            RemoveFiles(volume.Name);
            names.Add(volume.Name);
        }

        return (names, reclaimed);
    }

    public long SizeOf(string name) => DirectorySize.Of(DataOf(name));

    private void RemoveFiles(string name)
    {
        // The record goes last: a removal that is interrupted leaves a volume that can be removed again.
        using var directory = Files.Open(Root, O_PATH | O_DIRECTORY);
        var errno = RootedPath.TryRemoveTree(directory, name);
        if (errno is not (Errno.None or Errno.ENOENT))
        {
            throw new KernelException("remove volume", DirectoryOf(name), errno);
        }

        Tell("destroy", name);
    }

    private VolumeRecord Load(string name)
    {
        if (Files.TryReadBytes(RecordPath(name), out _) is { } text && VolumeRecord.Shape.TryRead(text) is { } record)
        {
            return record;
        }

        // Cut short by a power failure: what it said of labels is lost, the files are not.
        var created = Files.TryStat(DirectoryOf(name), out var stat) == Errno.None ? DateTimeOffset.FromUnixTimeSeconds(stat.ModifiedSeconds) : default;
        return new VolumeRecord { Name = name, Created = created };
    }

    private void Tell(string action, string name)
        => new EventJournal(roots).Write(new EngineEvent { Type = "volume", Action = action, Id = name, Attributes = new() { ["driver"] = "local" } });

    private string RecordPath(string name) => $"{Root}/{name}/volume.json";
}
