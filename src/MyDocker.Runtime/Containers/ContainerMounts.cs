using System.Text.Json;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// Adds mounts to a container that runs, and takes them away (crun's <c>mounts</c>): a child enters it, does what the plan of a
/// start would do for these mounts, and ends. The configuration of the container stays as it is.
/// </summary>
public static unsafe class ContainerMounts
{
    /// <summary>In their order; if one cannot be made, those before it stay.</summary>
    /// <param name="file">a list as in config.json.</param>
    public static void Add(ContainerRoot root, string id, string file) => Change(root, id, file, (plan, request) =>
    {
        Check(request);
        MountSteps.Add(plan, request);
        MountSteps.AddLateAttributes(plan);
    });

    /// <summary>The last first; of each only the destination counts. Paths are resolved inside, by a process that sees nothing else.</summary>
    public static void Remove(ContainerRoot root, string id, string file) => Change(root, id, file, (plan, request) =>
    {
        foreach (var mount in Enumerable.Reverse(request.Spec.Mounts!))
        {
            var path = mount.Destination.StartsWith('/') && mount.Destination.Length > 1 ? mount.Destination : throw new ContainerException($"\"{mount.Destination}\" is no path of a mount that could be removed");
            plan.Child.Add("unmount", path, Nr.umount2, plan.Child.Text(path), MountFlags.MNT_DETACH | MountFlags.UMOUNT_NOFOLLOW);
        }
    });

    private static void Change(ContainerRoot root, string id, string file, Action<LaunchPlan, LaunchRequest> addSteps)
    {
        var mounts = Read(file);
        using var directory = root.OpenLocked(id);
        var container = directory.Load();
        var status = ContainerStatus.Of(directory, container);
        using var init = status is RuntimeStatus.Stopped or RuntimeStatus.Creating ? null : container.Init.TryOpen();
        if (init is null)
        {
            throw new ContainerException($"cannot change mounts of container \"{id}\": container not running: it is {status}");
        }

        var spec = directory.LoadBundle(container).Spec;
        if (!RootfsSteps.HasMountNamespace(spec))
        {
            throw new ContainerException($"cannot change mounts of container \"{id}\": it has the host's");
        }

        var request = Request(container, spec, mounts, directory.Directory);
        using var plan = new LaunchPlan { Entrance = ContainerEntrance.Of(init.Fd, spec) };
        SyncSteps.AddBegin(plan, request.Lock);
        plan.Entrance.AddSteps(plan.Child);
        IdentitySteps.BecomeRoot(plan, plan.Entrance.HasUserNamespace, request.OfProcess());
        plan.Builder.OpenOwnRoot();
        addSteps(plan, request);
        plan.Child.Add("end", "", Nr.exit_group, 0);
        using var launched = Launcher.Launch(plan);
        launched.Start();
    }

    /// <summary>The container as its child finds it: all of its namespaces are there to be joined, and its root is what init has.</summary>
    private static LaunchRequest Request(SavedContainer container, RuntimeSpec spec, List<MountSpec> mounts, Fd held) => new()
    {
        Id = container.Id,
        Spec = spec with
        {
            Mounts = mounts,
            Linux = spec.Linux! with { Namespaces = spec.Linux.Namespaces!.ConvertAll(entry => new LinuxNamespace { Type = entry.Type, Path = $"/proc/{container.InitProcessPid}/ns" }) },
        },
        Rootfs = new RootfsSource.Existing($"/proc/{container.InitProcessPid}/root"),
        Directory = container.Bundle,
        Stdio = new ProcessStdio.Inherited(),
        Lock = held,
    };

    private static void Check(LaunchRequest request)
    {
        var mounts = request.Spec.Mounts!;
        for (var i = 0; i < mounts.Count; i++)
        {
            var options = MountOptions.Parse(mounts[i].Options, mounts[i].Type);
            if (!options.IsBind && mounts[i].Type is "cgroup" or "cgroup2")
            {
                throw new SpecException($"mounts[{i}].type", "cgroups can only be mounted when the container is created");
            }

            if (options.IsMapped && options.Mappings is null && mounts[i].UidMappings is null)
            {
                throw new SpecException($"mounts[{i}].options", "a mount that is added needs mappings of its own: uidMappings and gidMappings");
            }
        }
    }

    private static List<MountSpec> Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(Bundle.ReadFile(file), RuntimeJson.Default.ListMountSpec) is { } mounts && !mounts.Contains(null!) ? mounts : throw new ContainerException($"{file} holds no list of mounts");
        }
        catch (JsonException e)
        {
            throw new ContainerException($"{file} is no JSON list of mounts: {e.Message}");
        }
    }
}
