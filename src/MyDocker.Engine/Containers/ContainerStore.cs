using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Containers;

/// <summary>Containers by name and id, as files; takes no lock that a stuck container could hold.</summary>
public sealed class ContainerStore(EngineRoots roots)
{
    public EngineRoots Roots { get; } = roots;

    public string NamePath(string name) => $"{Roots.Data}/names/{name}";

    public string JournalPath(string id) => $"{Roots.State}/journal/{id}";

    /// <summary>Ids of all containers.</summary>
    public List<string> Ids() => Files.List($"{Roots.Data}/containers");

    /// <summary>The container of a name, a full id or a prefix of one that no other has.</summary>
    public ContainerRecord Find(string nameOrId)
    {
        if (TryFindId(nameOrId) is { } id && TryLoad(id) is { } record)
        {
            return record;
        }

        throw new EngineException($"no such container: {nameOrId}; see 'mydocker ps -a'", exitCode: 1);
    }

    private string? TryFindId(string nameOrId)
    {
        if (nameOrId.Length == 0 || nameOrId.Contains('/'))
        {
            return null;
        }

        if (Files.TryReadText(NamePath(nameOrId), out _) is { Length: > 0 } id)
        {
            return id.Trim();
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

    public ContainerRecord? TryLoad(string id) => TryRead($"{Roots.ContainerDirectory(id)}/container.json", EngineJson.Default.ContainerRecord);

    public void Save(ContainerRecord record) => Write($"{Roots.ContainerDirectory(record.Id)}/container.json", record, EngineJson.Default.ContainerRecord);

    /// <summary>What the monitor last wrote: of the run under way, else of the last one.</summary>
    public ContainerState LoadState(string id)
        => TryRead($"{Roots.StateDirectory(id)}/state.json", EngineJson.Default.ContainerState)
            ?? TryRead($"{Roots.ContainerDirectory(id)}/state.json", EngineJson.Default.ContainerState)
            ?? new ContainerState();

    public void SaveRunningState(string id, ContainerState state) => Write($"{Roots.StateDirectory(id)}/state.json", state, EngineJson.Default.ContainerState);

    public void SaveFinalState(string id, ContainerState state) => Write($"{Roots.ContainerDirectory(id)}/state.json", state, EngineJson.Default.ContainerState, durable: true);

    /// <summary>Reserves a name; an error names the container that has it.</summary>
    public void ReserveName(string name, string id)
    {
        var errno = Files.TryOpen(NamePath(name), O_WRONLY | O_CREAT | O_EXCL, out var file, 0x180);
        if (errno == Errno.EEXIST)
        {
            var owner = Files.TryReadText(NamePath(name), out _)?.Trim();
            throw new EngineException($"the name \"{name}\" is in use by container {(string.IsNullOrEmpty(owner) ? "(being created)" : owner[..Math.Min(12, owner.Length)])}; remove it (mydocker rm {name}) or choose another name");
        }

        if (errno != Errno.None)
        {
            throw new KernelException("reserve name", NamePath(name), errno);
        }

        using (file)
        {
            Files.TryWrite(file!, Encoding.ASCII.GetBytes(id));
        }
    }

    private static T? TryRead<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        var text = Files.TryReadText(path, out var errno);
        if (text is null)
        {
            return errno == Errno.ENOENT ? null : throw new KernelException("read", path, errno);
        }

        try
        {
            return JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException e)
        {
            throw new EngineException($"{path} is damaged: {e.Message}; remove the container with 'mydocker rm -f' or restore the file");
        }
    }

    private static void Write<T>(string path, T value, JsonTypeInfo<T> type, bool durable = false)
        => Files.WriteAtomically(path, JsonSerializer.SerializeToUtf8Bytes(value, type), durable: durable);
}
