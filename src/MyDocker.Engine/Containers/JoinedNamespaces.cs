using MyDocker.Engine.Options;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Containers;

/// <summary>
/// Namespaces of other containers that one start joins (--network, --pid, --ipc, --uts container:NAME), held open: they are those
/// of the process that was asked for, whatever becomes of its number. A namespace belongs to the users of the container that it was
/// made with; who is to have rights in it must have the same users. So with any of them comes that container's user namespace, and
/// the range of ids on the host is held by both.
/// </summary>
public sealed class JoinedNamespaces : IDisposable
{
    /// <summary>The source of the mount that stands for another container's /dev/shm.</summary>
    public const string SharedMemory = "/dev/shm of the container that --ipc names";

    private readonly Dictionary<string, Fd> _files = [];
    private readonly List<(PidFd Init, string Name)> _others = [];

    private JoinedNamespaces()
    {
    }

    /// <summary>First of the host ids that are shared; 0: no users are.</summary>
    public uint FirstHostId { get; private set; }

    /// <summary>A copy of the other container's /dev/shm, mounted nowhere; null unless its IPC namespace is joined.</summary>
    public Fd? SharedMemoryMount { get; private set; }

    /// <summary>What a namespace is opened by; null: it is the container's own.</summary>
    public string? PathOf(string type) => _files.GetValueOrDefault(type)?.ProcPath;

    /// <summary>Each type of namespace with the container that it is another's of, by id.</summary>
    public static IEnumerable<(string Type, string Option, string Id)> Of(RunOptions options)
        => ((string Type, string Option, string? Mode)[])[("network", "--network", options.Network), ("pid", "--pid", options.PidMode), ("ipc", "--ipc", options.IpcMode), ("uts", "--uts", options.UtsMode)]
            is var modes ? modes.Where(mode => NamespaceOption.IsContainer(mode.Mode)).Select(mode => (mode.Type, mode.Option, NamespaceOption.ContainerOf(mode.Mode)!)) : [];

    /// <summary>Puts ids in the place of names, and checks that the containers go together; makes nothing.</summary>
    public static void Resolve(ContainerStore store, RunOptions options)
    {
        string? Id(string? mode) => NamespaceOption.ContainerOf(mode) is { } name ? NamespaceOption.OfContainer(store.Find(name).Id) : mode;
        (options.Network, options.PidMode, options.IpcMode, options.UtsMode) = (Id(options.Network), Id(options.PidMode), Id(options.IpcMode), Id(options.UtsMode));
        var own = SpecBuilder.HasOwnUserNamespace(options);
        var others = Of(options).Select(joined => store.Find(joined.Id)).DistinctBy(record => record.Id).ToList();
        if (own && others.Find(other => !SpecBuilder.HasOwnUserNamespace(other.Options)) is { } hosts)
        {
            throw new EngineException($"container {hosts.Name} has the host's users; to join its namespaces this one needs --userns=host, too");
        }

        // The names go with the network, and with the UTS namespace anyway.
        if ((NamespaceOption.ContainerOf(options.UtsMode) ?? (options.UtsMode is null ? NamespaceOption.ContainerOf(options.Network) : null)) is { } named)
        {
            var donor = store.Find(named);
            options.Hostname = donor.Options.Hostname ?? donor.Id[..12];
        }
        else if (options.UtsMode == NamespaceOption.Host)
        {
            options.Hostname = Environment.MachineName;
        }

        if (own && others.Count > 1)
        {
            throw new EngineException($"containers {others[0].Name} and {others[1].Name} have users of their own each, and this one can have the users of one of them; name one container, or use --userns=host");
        }
    }

    /// <summary>null: the container joins none.</summary>
    /// <exception cref="EngineException">a container that it joins does not run.</exception>
    public static JoinedNamespaces? TryOpen(ContainerStore store, RunOptions options)
    {
        JoinedNamespaces? joined = null;
        try
        {
            foreach (var (type, option, id) in Of(options))
            {
                (joined ??= new JoinedNamespaces()).Open(store, options, type, option, id);
            }

            return joined;
        }
        catch
        {
            joined?.Dispose();
            throw;
        }
    }

    /// <summary>To be asked once the range of ids is held: what belonged to a container that has ended may be somebody else's.</summary>
    public void RequireRunning()
    {
        foreach (var (init, name) in _others)
        {
            if (init.TrySend(0) != Errno.None)
            {
                throw new EngineException($"container {name}, whose namespaces this one was to join, has just ended");
            }
        }
    }

    public void Dispose()
    {
        foreach (var (init, _) in _others)
        {
            init.Dispose();
        }

        SharedMemoryMount?.Dispose();
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    private void Open(ContainerStore store, RunOptions options, string type, string option, string id)
    {
        var other = store.TryLoad(id) ?? throw new EngineException($"{option} container:{id[..12]}: that container was removed");
        var state = store.LoadState(id);
        var init = state.Init.TryOpen() ?? throw new EngineException($"cannot join the {type} namespace of container {other.Name}, which is not running; start it first: mydocker start {other.Name}");
        _others.Add((init, other.Name));
        OpenFile(type, state.Pid, type == "network" ? "net" : type);
        if (SpecBuilder.HasOwnUserNamespace(options) && !_files.ContainsKey("user"))
        {
            OpenFile("user", state.Pid, "user");
            FirstHostId = state.FirstHostId;
        }

        if (type == "ipc")
        {
            using var mounts = Files.Open($"/proc/{state.Pid}/ns/mnt", O_RDONLY);
            SharedMemoryMount = MountNamespace.CloneFrom(mounts, "/dev/shm");
        }
    }

    private void OpenFile(string type, int pid, string name) => _files[type] = Files.Open($"/proc/{pid}/ns/{name}", O_RDONLY);
}
