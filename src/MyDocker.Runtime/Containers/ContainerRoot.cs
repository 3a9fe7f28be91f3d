using System.Text.Json;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Containers;

/// <summary>The directory of <c>--root</c>: one directory per container, named by its id.</summary>
public sealed class ContainerRoot(string path)
{
    private const int Mode = 0x1C0; // 0700

    public string Path { get; } = path;

    /// <summary>The runtime stands in for crun, and keeps the file of that beside its own.</summary>
    public bool HasCrunStatus { get; init; }

    /// <summary>Ids of all containers, half-made ones included, sorted.</summary>
    /// <param name="mustExist">a missing directory is an error, not an empty one.</param>
    public List<string> Ids(bool mustExist = false)
    {
        if (mustExist && !Files.Exists(Path))
        {
            throw new KernelException("open", Path, Errno.ENOENT);
        }

        var ids = Files.List(Path);
        ids.RemoveAll(id => !Files.Exists($"{Path}/{id}/{ContainerDirectory.StateFile}"));
        ids.Sort(string.CompareOrdinal);
        return ids;
    }

    /// <summary>Makes the directory of a new container and locks it. Refuses an id that is taken.</summary>
    public ContainerDirectory Create(string id)
    {
        CheckId(id);
        Files.MakeDirectories(Path, Mode);
        while (true)
        {
            var errno = Files.TryMakeDirectory($"{Path}/{id}", Mode);
            if (errno == Errno.EEXIST && !RemoveAbandoned(id))
            {
                throw new ContainerException($"container with id \"{id}\" exists already: delete it first, or choose another id");
            }

            if (errno is not (Errno.None or Errno.EEXIST))
            {
                throw new KernelException("create directory", $"{Path}/{id}", errno);
            }

            // Between the two somebody may have taken the empty directory for an abandoned one.
            if (errno == Errno.None && OpenDirectory(id) is { } directory)
            {
                if (directory.Lock())
                {
                    return directory;
                }

                directory.Dispose();
            }
        }
    }

    /// <summary>
    /// Removes the directory of a container that was never written down, because who created it was killed right then. False:
    /// there is a container, or somebody is just making one.
    /// </summary>
    public bool RemoveAbandoned(string id)
    {
        CheckId(id);
        if (Files.TryOpen($"{Path}/{id}", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out var fd) != Errno.None)
        {
            return true;
        }

        using var directory = new ContainerDirectory(id, $"{Path}/{id}", fd!);
        if (!Files.TryLock(fd!) || Files.Exists(ContainerDirectory.StateFile, fd))
        {
            return false;
        }

        if (Files.StatOf(fd!).Links > 0)
        {
            directory.Remove();
        }

        return true;
    }

    /// <summary>The directory of an existing container.</summary>
    public ContainerDirectory Open(string id)
        => TryOpen(id) ?? throw new ContainerException($"container \"{id}\" does not exist") { IsMissing = true };

    /// <summary>The same, with its lock held: nobody else changes the container until this is disposed of.</summary>
    public ContainerDirectory OpenLocked(string id)
    {
        var directory = Open(id);
        if (directory.Lock())
        {
            return directory;
        }

        directory.Dispose();
        throw new ContainerException($"container \"{id}\" does not exist") { IsMissing = true };
    }

    public ContainerDirectory? TryOpen(string id)
    {
        CheckId(id);
        return Files.Exists($"{Path}/{id}/{ContainerDirectory.StateFile}") ? OpenDirectory(id) : null;
    }

    /// <summary>Null if it has just been removed.</summary>
    private ContainerDirectory? OpenDirectory(string id) => Files.TryOpen($"{Path}/{id}", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out var fd) switch
    {
        Errno.None => new ContainerDirectory(id, $"{Path}/{id}", fd!) { HasCrunStatus = HasCrunStatus },
        Errno.ENOENT => null,
        var errno => throw new KernelException("open", $"{Path}/{id}", errno),
    };

    /// <summary>Letters, digits and "_+-.", as runc has it: an id becomes the name of directories and cgroups, beside which ours start with a dot.</summary>
    internal static void CheckId(string id)
    {
        const int Most = 1024;
        foreach (var c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '-' or '.'))
            {
                throw new ContainerException($"invalid character \"{c}\" in container ID \"{id}\": use letters, digits, \"_\", \"+\", \"-\" and \".\"");
            }
        }

        if (id is "" or ['.', ..] || id.Length > Most)
        {
            throw new ContainerException($"invalid container ID \"{id}\": give 1 to {Most} characters, the first of which is not \".\"");
        }
    }
}

/// <summary>
/// The files of one container, reached by the descriptor of its directory. The directory itself is the lock: whoever changes
/// the container holds it, readers take none.
/// </summary>
public sealed class ContainerDirectory(string id, string path, Fd directory) : IDisposable
{
    internal const string StateFile = "state.json";
    internal const string ConfigFile = "config.json";

    /// <summary>Where the container waits for its start; there as long as it was not started.</summary>
    internal const string StartSocket = "start";

    public string Id { get; } = id;

    public string Path { get; } = path;

    public Fd Directory => directory;

    /// <summary>Waits until nobody else changes the container. False: it was removed meanwhile.</summary>
    public bool Lock()
    {
        Files.TryLock(directory, wait: true);
        return Files.StatOf(directory).Links > 0;
    }

    /// <summary>Lets others change the container; the descriptor stays.</summary>
    public void Unlock() => Files.Unlock(directory);

    public SavedContainer Load()
    {
        var text = Files.TryReadBytes(StateFile, out var errno, directory);
        try
        {
            return text is null
                ? throw (errno == Errno.ENOENT ? new ContainerException($"container \"{Id}\" does not exist") { IsMissing = true } : new KernelException("read", $"{Path}/{StateFile}", errno))
                : SavedContainerText.Read(text);
        }
        catch (JsonException e)
        {
            throw new ContainerException($"{Path}/{StateFile} is damaged: {e.Message}; remove the container with delete --force", e);
        }
    }

    internal bool HasCrunStatus { get; init; }

    public void Save(SavedContainer container)
    {
        Files.WriteAtomically(StateFile, SavedContainerText.Write(container), dir: directory);
        if (HasCrunStatus && container.InitProcessPid != 0)
        {
            Files.WriteAtomically(CrunStatus.File, CrunStatus.Write(container), dir: directory);
        }
    }

    public void SaveConfig(ReadOnlySpan<byte> config) => Files.WriteAtomically(ConfigFile, config, dir: directory);

    /// <summary>The configuration as it was when the container was created, with <c>root.path</c> made absolute by <see cref="SavedContainer.Rootfs"/>.</summary>
    public Bundle LoadBundle(SavedContainer container) => Bundle.Read($"{Path}/{ConfigFile}", container.Bundle);

    /// <summary>Removes the files; the state goes last, so that an interrupted removal is found and finished.</summary>
    public void Remove()
    {
        foreach (var name in Files.List(Path))
        {
            if (name != StateFile)
            {
                RootedPath.TryRemoveTree(directory, name);
            }
        }

        Files.TryUnlink(StateFile, dir: directory);
        Files.TryUnlink(Path, directory: true);
    }

    public void Dispose() => directory.Dispose();
}
