using MyDocker.Engine.Commands;
using MyDocker.Engine.Spec;
using MyDocker.Images.Users;
using MyDocker.Kernel.Capabilities;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;

namespace MyDocker.Engine.Containers;

/// <summary>
/// One more process for a container that runs: the container's own with what the options say instead, in all its namespaces and
/// its cgroup, with its ids, capabilities and filter. For exec, and for health checks.
/// </summary>
internal static class ContainerExecPlan
{
    /// <param name="init">pidfd of the container's init.</param>
    public static ExecRequest Request(EngineRoots roots, ContainerRecord record, ContainerState state, ProcessSpec process, ProcessStdio stdio, RuntimeSpec spec, Fd init) => new()
    {
        Entrance = ContainerEntrance.Of(init, spec),
        Cgroup = new Cgroup(CgroupLayout.Host, record.CgroupPath),
        InitPid = state.Pid,
        Process = new ProcessContext
        {
            Process = process,
            ContainerId = record.Id,
            Stdio = stdio,
            Seccomp = ContainerFilter.Of(roots, record),
            UidMappings = spec.Linux!.UidMappings,
            GidMappings = spec.Linux.GidMappings,
        },
    };

    public static ProcessSpec Process(EngineRoots roots, ContainerRecord record, RuntimeSpec spec, ExecOptions options)
    {
        var own = spec.Process!;
        var user = options.User is null ? record.User : ImageUser.Resolve(options.User, Root(roots, record));
        return own with
        {
            Terminal = options.Terminal,
            Args = [.. options.Command],
            Env = Environment(own.Env ?? [], options, user, record.User),
            Cwd = options.WorkingDirectory is { Length: > 0 } directory ? directory : own.Cwd,
            User = new UserSpec { Uid = user.Uid, Gid = user.Gid, AdditionalGids = [.. user.Gids] },
            Capabilities = options.Privileged ? All(record) : CapabilitySelection.For(record.Options, user.Uid),
            NoNewPrivileges = own.NoNewPrivileges && !options.Privileged,
        };
    }

    /// <summary>The container's root file system as it is now, top-most directory first.</summary>
    public static List<string> Root(EngineRoots roots, ContainerRecord record) => ImageTree.DirectoriesOf(roots, record);

    private static List<string> Environment(List<string> own, ExecOptions options, ImageUser user, ImageUser ownUser)
    {
        var variables = new List<string>(own);
        if (options.Terminal && !variables.Exists(entry => entry.StartsWith("TERM=", StringComparison.Ordinal)))
        {
            variables.Add("TERM=xterm");
        }

        if (user.Home != ownUser.Home)
        {
            Set(variables, $"HOME={user.Home}");
        }

        foreach (var entry in options.Environment)
        {
            Set(variables, entry);
        }

        return variables;
    }

    private static void Set(List<string> variables, string entry)
    {
        var name = entry[..(entry.IndexOf('=') + 1)];
        var index = variables.FindIndex(other => other.StartsWith(name, StringComparison.Ordinal));
        if (index >= 0)
        {
            variables[index] = entry;
        }
        else
        {
            variables.Add(entry);
        }
    }

    private static LinuxCapabilities All(ContainerRecord record)
    {
        List<string> names = [.. SpecBuilder.HasOwnUserNamespace(record.Options) ? Capability.Names : Capability.Names.Where(Capability.IsInBoundingSet)];
        return new LinuxCapabilities { Bounding = names, Permitted = names, Effective = names, Inheritable = [], Ambient = [] };
    }
}
