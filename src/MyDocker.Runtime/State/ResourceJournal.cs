using System.Text;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.State;

public enum ResourceKind
{
    /// <summary>A directory tree; name: its path.</summary>
    Directory,

    /// <summary>A file; name: its path.</summary>
    File,

    /// <summary>The container's cgroups in every hierarchy, with all processes in them; name: the path below the hierarchies' roots.</summary>
    Cgroup,

    /// <summary>
    /// Something that only one container may have, such as a name or an address: a symbolic link at a path that says whose
    /// it is. Name: path, space, owner; another's claim is never taken away.
    /// </summary>
    Claim,

    /// <summary>A network link of the host's namespace; name: the link's.</summary>
    Link,
}

/// <summary>Something that exists on the host because of a container.</summary>
/// <param name="OutlivesRun">part of the container itself (its files, its name), not of its run.</param>
public readonly record struct Resource(ResourceKind Kind, string Name, bool OutlivesRun = false);

/// <summary>
/// What a container has on the host, written down before it is made, and at the same time the lock that tells whether
/// somebody looks after it: the monitor holds it for its life. A journal without a holder belongs to a container whose
/// monitor was killed; whoever finds it undoes what it lists, last line first. Every undo is idempotent.
/// <code>
/// - File /var/lib/mydocker/names/web1     (of the container)
/// + Cgroup /mydocker/4f2a…                (of its run)
/// = created                               (from here on the container outlives its run)
/// </code>
/// </summary>
public sealed class ResourceJournal : IDisposable
{
    private const string CreatedMark = "= created\n";

    private readonly Fd _file;

    private ResourceJournal(string path, Fd file)
    {
        Path = path;
        _file = file;
    }

    public string Path { get; }

    /// <summary>The locked file, to be inherited by the monitor.</summary>
    public Fd File => _file;

    /// <summary>A new journal, locked by the caller.</summary>
    public static ResourceJournal Create(string path)
    {
        while (true)
        {
            var file = Files.Open(path, O_RDWR | O_CREAT | O_APPEND, 0x180);

            // Between open and lock somebody may have taken the empty file for an abandoned one and removed it.
            if (Files.TryLock(file) && Files.StatOf(file).Links > 0)
            {
                return new ResourceJournal(path, file);
            }

            file.Dispose();
        }
    }

    /// <summary>The journal of a path, made if it is missing, locked by the caller; null if somebody else holds it.</summary>
    public static ResourceJournal? TryCreate(string path)
    {
        while (true)
        {
            var file = Files.Open(path, O_RDWR | O_CREAT | O_APPEND, 0x180);
            if (!Files.TryLock(file))
            {
                file.Dispose();
                return null;
            }

            if (Files.StatOf(file).Links > 0)
            {
                return new ResourceJournal(path, file);
            }

            file.Dispose();
        }
    }

    /// <summary>A journal whose lock was inherited from the process that created it.</summary>
    public static ResourceJournal Inherited(string path, Fd file) => new(path, file);

    /// <summary>Takes over a journal that nobody holds; null if somebody does, or if it is gone.</summary>
    public static ResourceJournal? TryTakeOver(string path)
    {
        if (Files.TryOpen(path, O_RDWR | O_APPEND, out var file) != Errno.None)
        {
            return null;
        }

        if (Files.TryLock(file!) && Files.StatOf(file!).Links > 0)
        {
            return new ResourceJournal(path, file!);
        }

        file!.Dispose();
        return null;
    }

    /// <summary>Writes resources down, in the order in which they will be made.</summary>
    public void Record(params ReadOnlySpan<Resource> resources)
    {
        var text = new StringBuilder();
        foreach (var resource in resources)
        {
            text.Append(resource.OutlivesRun ? '-' : '+').Append(' ').Append(resource.Kind).Append(' ').Append(resource.Name).Append('\n');
        }

        Append(text.ToString());
    }

    /// <summary>The container is complete: its own files stay when its run ends.</summary>
    public void RecordCreated() => Append(CreatedMark);

    /// <summary>What is written down, oldest first, and whether the container was complete.</summary>
    public (List<Resource> Resources, bool Created) Read()
    {
        var text = Files.ReadText(_file.ProcPath);
        var resources = new List<Resource>();

        // A line that a full disk cut short is none: the path of a directory would be that of another one.
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n'))
        {
            var parts = line.Split(' ', 3);
            if (parts.Length == 3 && Enum.TryParse<ResourceKind>(parts[1], out var kind))
            {
                resources.Add(new Resource(kind, parts[2], parts[0] == "-"));
            }
        }

        return (resources, text.Contains(CreatedMark, StringComparison.Ordinal));
    }

    /// <summary>
    /// Undoes what is written down, last first, and removes the journal. Returns what could not be undone, with the reason;
    /// then the journal stays for the next try.
    /// </summary>
    /// <param name="alsoContainer">also the files and the name of a complete container.</param>
    /// <param name="which">which of them now; the journal goes once nothing is left to undo.</param>
    /// <param name="release">gives one resource back: null, or what could not be released and why.</param>
    public List<string> Undo(bool alsoContainer, Func<Resource, string?> release, Func<Resource, bool>? which = null)
    {
        var (resources, created) = Read();
        var failures = new List<string>();
        for (var i = resources.Count - 1; i >= 0; i--)
        {
            if (!alsoContainer && created && resources[i].OutlivesRun)
            {
                continue;
            }

            if (which is not null && !which(resources[i]))
            {
                continue;
            }

            if (release(resources[i]) is { } failure)
            {
                failures.Add(failure);
            }
        }

        if (failures.Count == 0 && which is null)
        {
            Files.TryUnlink(Path);
        }

        return failures;
    }

    public void Dispose() => _file.Dispose();

    private void Append(string text)
    {
        var errno = Files.TryWrite(_file, Encoding.UTF8.GetBytes(text));
        if (errno != Errno.None)
        {
            throw new KernelException("write journal", Path, errno);
        }
    }
}
