using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>Containers by name and id, as files; takes no lock that a stuck container could hold.</summary>
public sealed class ContainerStore(EngineRoots roots)
{
    public EngineRoots Roots { get; } = roots;

    public string NamePath(string name) => $"{Roots.Data}/names/{name}";

    /// <summary>Who has an address of a container network, while it runs.</summary>
    public string AddressPath(string address) => $"{Roots.State}/addresses/{address}";

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

    public ContainerRecord? TryLoad(string id) => TryRead($"{Roots.ContainerDirectory(id)}/container.json", EngineJson.Default.ContainerRecord);

    public void Save(ContainerRecord record) => Write($"{Roots.ContainerDirectory(record.Id)}/container.json", record, EngineJson.Default.ContainerRecord);

    /// <summary>
    /// What the monitor last wrote: of the run under way, else of the last one. While a run is put away both are there, and the
    /// final one knows the exit code.
    /// </summary>
    public ContainerState LoadState(string id)
    {
        var running = TryRead($"{Roots.StateDirectory(id)}/state.json", EngineJson.Default.ContainerState);
        var last = TryRead($"{Roots.ContainerDirectory(id)}/state.json", EngineJson.Default.ContainerState);
        var isSameRun = running?.Started is { } started && last?.Started == started;
        return (isSameRun ? last : running ?? last) ?? new ContainerState();
    }

    public void SaveRunningState(string id, ContainerState state) => Write($"{Roots.StateDirectory(id)}/state.json", state, EngineJson.Default.ContainerState);

    public void SaveFinalState(string id, ContainerState state) => Write($"{Roots.ContainerDirectory(id)}/state.json", state, EngineJson.Default.ContainerState, durable: true);

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
