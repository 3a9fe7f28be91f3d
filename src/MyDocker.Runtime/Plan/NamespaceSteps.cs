using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;
using static MyDocker.Kernel.Processes.CloneFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// linux.namespaces, linux.timeOffsets. New namespaces come with the child's clone, others are joined by the child, and mostly
/// that is all. But a process enters a pid namespace, a time namespace with offsets, and new namespaces that shall belong to a
/// joined user namespace, only by being born; and one that has made its user namespace may not join those of the host any more.
/// For these the child has two lives (<see cref="IsBornTwice"/>): in the first it joins, then it clones itself anew.
/// </summary>
internal static unsafe class NamespaceSteps
{
    /// <summary>The namespaces that are created with the child. The cgroup namespace comes later: its root is the cgroup joined by then.</summary>
    public static ulong CloneFlags(RuntimeSpec spec) => IsBornTwice(spec) ? 0 : NewFlags(spec);

    public static bool IsNew(RuntimeSpec spec, string type)
        => spec.Linux?.Namespaces?.Any(entry => entry.Type == type && string.IsNullOrEmpty(entry.Path)) == true;

    /// <summary>The path of a namespace that is joined; null: it is new, or the runtime's own.</summary>
    public static string? PathOf(RuntimeSpec spec, string type)
        => spec.Linux?.Namespaces?.FirstOrDefault(entry => entry.Type == type && !string.IsNullOrEmpty(entry.Path))?.Path;

    /// <summary>The container has a user namespace other than the host's, new or joined.</summary>
    public static bool HasUserNamespace(RuntimeSpec spec) => spec.Linux?.Namespaces?.Any(entry => entry.Type == "user") == true;

    /// <summary>The child joins namespaces in a first life, which ends with the clone of the second.</summary>
    public static bool IsBornTwice(RuntimeSpec spec)
    {
        if (IsNew(spec, "time") || PathOf(spec, "pid") is not null || PathOf(spec, "user") is not null)
        {
            return true;
        }

        return IsNew(spec, "user") && spec.Linux!.Namespaces!.Any(entry => !string.IsNullOrEmpty(entry.Path));
    }

    /// <summary>The first life: joins, makes what must be made before a clone, clones.</summary>
    public static void AddFirstLife(LaunchPlan plan, RuntimeSpec spec)
    {
        if (!IsBornTwice(spec))
        {
            return;
        }

        var child = plan.Child;
        plan.IsBornTwice = true;
        Join(plan, spec);
        if (IsNew(spec, "user"))
        {
            child.Add("unshare", "user namespace", Nr.unshare, (long)CLONE_NEWUSER);
        }

        if (IsNew(spec, "time"))
        {
            child.Add("unshare", "time namespace", Nr.unshare, (long)CLONE_NEWTIME);
            AddTimeOffsets(plan, spec.Linux!.TimeOffsets);
        }

        AddRebirth(plan, NewFlags(spec) & ~CLONE_NEWUSER);
    }

    /// <summary>
    /// The first life of a process that joins a container without privileges: only in the container's user namespace it has the right
    /// to enter the others, the pid namespace among them, where its second life begins.
    /// </summary>
    public static void AddFirstLife(LaunchPlan plan, ContainerEntrance entrance)
    {
        plan.IsBornTwice = true;
        entrance.AddAllSteps(plan.Child);
        AddRebirth(plan, 0);
    }

    private static void AddRebirth(LaunchPlan plan, ulong flags)
    {
        var child = plan.Child;
        var args = child.Arena.Copy(new CloneArgs { Flags = flags | CLONE_PARENT });
        child.Add("be born again", CloneFlagNames.Describe(flags), Nr.clone3, Arg.Address(args), sizeof(CloneArgs)).ParentExits();
        child.Add("show", "the new process to the parent", Nr.write, plan.ChildSocket, child.Text("b"), 1);
    }

    /// <summary>Joins namespaces given by path, in the child's only life.</summary>
    public static void AddJoins(LaunchPlan plan, LaunchRequest request)
    {
        if (!IsBornTwice(request.Spec))
        {
            Join(plan, request.Spec);
        }
    }

    public static ulong FlagOf(string? type) => type switch
    {
        "pid" => CLONE_NEWPID,
        "network" => CLONE_NEWNET,
        "mount" => CLONE_NEWNS,
        "ipc" => CLONE_NEWIPC,
        "uts" => CLONE_NEWUTS,
        "user" => CLONE_NEWUSER,
        "cgroup" => CLONE_NEWCGROUP,
        "time" => CLONE_NEWTIME,
        _ => throw new SpecException("linux.namespaces", $"unknown namespace type \"{type}\""),
    };

    private static ulong NewFlags(RuntimeSpec spec)
    {
        var flags = 0UL;
        foreach (var entry in spec.Linux?.Namespaces ?? [])
        {
            if (string.IsNullOrEmpty(entry.Path))
            {
                flags |= FlagOf(entry.Type);
            }
        }

        return flags & ~(CLONE_NEWCGROUP | CLONE_NEWTIME);
    }

    /// <summary>
    /// The user namespace grants the right to join those it owns, and takes the right to join others: these come before it.
    /// </summary>
    private static void Join(LaunchPlan plan, RuntimeSpec spec)
    {
        var entries = spec.Linux?.Namespaces?.Where(entry => !string.IsNullOrEmpty(entry.Path)) ?? [];
        var user = PathOf(spec, "user");
        foreach (var entry in entries.OrderBy(entry => entry.Type == "user" ? 1 : user is null || Namespaces.IsOwnedBy(entry.Path!, user) != false ? 2 : 0))
        {
            var path = entry.Path!;
            var flag = FlagOf(entry.Type);
            var cell = plan.Inherit($"open {entry.Type} namespace", path, () => Open(path, entry.Type, flag));
            plan.Child.Add($"join {entry.Type} namespace", path, Nr.setns, cell, (long)flag);
        }
    }

    private static Fd Open(string path, string type, ulong flag)
    {
        var file = Files.Open(path, O_RDONLY);
        var found = Namespaces.TypeOf(file);
        if (found != flag)
        {
            file.Dispose();
            throw new SpecException("linux.namespaces", $"{path} is {(found == 0 ? "no namespace" : $"a namespace of another type than {type}")}");
        }

        return file;
    }

    /// <summary>
    /// They can be set until the first process is in the namespace, which the clone afterwards brings about. They are written through
    /// the host's procfs, where the child still finds itself.
    /// </summary>
    private static void AddTimeOffsets(LaunchPlan plan, Dictionary<string, LinuxTimeOffset>? offsets)
    {
        if (offsets is not { Count: > 0 })
        {
            return;
        }

        var text = string.Concat(offsets.Select(pair => $"{pair.Key} {pair.Value.Secs} {pair.Value.Nanosecs}\n"));
        var proc = plan.Inherit("open", "the host's /proc", ProcFs.OpenRoot);
        plan.Builder.OpenAt(proc, "self/timens_offsets", O_WRONLY, out var file, "open", OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_MAGICLINKS | OpenHow.RESOLVE_NO_XDEV);
        plan.Builder.Write(file, text, "set time offsets", text.Trim().Replace('\n', ','));
    }
}
