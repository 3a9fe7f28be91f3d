using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Images.Users;
using MyDocker.Oci.Image;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Spec;

/// <summary>What a user asked for and what the image says become one config.json, as docker combines them.</summary>
public static class SpecBuilder
{
    /// <param name="record">the container with its options and what its image says.</param>
    /// <param name="firstHostId">first of the host ids that the container's are mapped to.</param>
    /// <param name="joined">other containers' namespaces, for a start; null: their entries have no path.</param>
    public static RuntimeSpec Build(ContainerRecord record, uint firstHostId, JoinedNamespaces? joined = null)
    {
        var options = record.Options;
        var user = record.User;
        var image = record.ImageConfig;
        var ownUsers = HasOwnUserNamespace(options);
        return new RuntimeSpec
        {
            OciVersion = RuntimeSpec.CurrentVersion,
            Hostname = HasOwnHostname(options) ? HostnameOf(record) : null,
            Domainname = HasOwnHostname(options) ? options.Domainname : null,
            Annotations = options.Annotations,
            Root = new RootSpec { Path = "root", Readonly = options.ReadOnly },
            Process = new ProcessSpec
            {
                Terminal = options.Terminal,
                Args = record.CommandLine,
                Env = EnvironmentOf(record, image, user),
                Cwd = WorkingDirectory(options, image),
                User = new UserSpec { Uid = user.Uid, Gid = user.Gid, AdditionalGids = [.. user.Gids] },
                Capabilities = CapabilitySelection.For(options, user.Uid),
                NoNewPrivileges = NoNewPrivileges(options),
                OomScoreAdj = options.OomScoreAdj,
                Rlimits = options.Ulimits.ConvertAll(limit => new Rlimit { Type = limit.Type, Soft = limit.Soft, Hard = limit.Hard }),
            },
            Mounts = DefaultMounts.For(record, ownUsers),
            Linux = new LinuxSpec
            {
                Namespaces = Namespaces(options, ownUsers, joined),
                UidMappings = ownUsers ? Mapping(firstHostId) : null,
                GidMappings = ownUsers ? Mapping(firstHostId) : null,
                Sysctl = Sysctls(options, ownUsers),
                Resources = ResourceSelection.For(options),
                Devices = DeviceSelection.Nodes(options, ownUsers),
                RootfsPropagation = !ownUsers && options.Mounts.Exists(UserMounts.IsShared) ? "shared" : null,
                MaskedPaths = ShowsSystemPaths(options) ? null : DefaultMounts.MaskedPaths,
                ReadonlyPaths = ShowsSystemPaths(options) ? null : DefaultMounts.ReadonlyPaths,
            },
        };
    }

    /// <summary>The command and its arguments: --entrypoint, ENTRYPOINT, the command line and CMD, as docker combines them.</summary>
    public static List<string> CommandLine(RunOptions options, ContainerConfig? image)
    {
        var entrypoint = options.Entrypoint switch
        {
            null => image?.Entrypoint ?? [],
            "" => [],
            var path => [path],
        };
        var arguments = options.Command.Count > 0 ? options.Command
            : options.Entrypoint is null ? image?.Cmd ?? [] // an entrypoint of one's own clears the image's CMD
            : [];
        List<string> line = [.. options.Init ? [InitProgram.InContainer] : (List<string>)[], .. entrypoint, .. arguments];
        return entrypoint.Count + arguments.Count > 0 ? line : throw new EngineException($"no command given, and image {options.Image} names none; add one, such as: mydocker run {options.Image} /bin/sh");
    }

    public static bool HasOwnUserNamespace(RunOptions options) => options.UserNamespace != "host" && !options.Privileged;

    private static bool ShowsSystemPaths(RunOptions options) => options.Privileged || options.SecurityOptions.Contains("systempaths=unconfined");

    private static string HostnameOf(ContainerRecord record) => record.Options.Hostname ?? record.Id[..12];

    private static List<string> EnvironmentOf(ContainerRecord record, ContainerConfig? image, ImageUser user)
    {
        var variables = new List<string> { $"PATH={Runtime.Plan.ExecSteps.DefaultPath}", $"HOSTNAME={HostnameOf(record)}" };
        if (record.Options.Terminal)
        {
            variables.Add("TERM=xterm");
        }

        foreach (var entry in (image?.Env ?? []).Concat(record.Options.Environment))
        {
            var name = entry.AsSpan(0, Math.Max(entry.IndexOf('='), 0));
            var index = -1;
            for (var i = 0; i < variables.Count && index < 0; i++)
            {
                index = variables[i].AsSpan().StartsWith(name) && variables[i].Length > name.Length && variables[i][name.Length] == '=' ? i : -1;
            }

            if (index >= 0)
            {
                variables[index] = entry;
            }
            else
            {
                variables.Add(entry);
            }
        }

        if (!variables.Exists(entry => entry.StartsWith("HOME=", StringComparison.Ordinal)))
        {
            variables.Add($"HOME={user.Home}");
        }

        return variables;
    }

    public static string WorkingDirectory(RunOptions options, ContainerConfig? image)
        => options.WorkingDirectory is { Length: > 0 } own ? own : image?.WorkingDir is { Length: > 0 } given ? given : "/";

    private static bool NoNewPrivileges(RunOptions options)
    {
        var given = options.SecurityOptions.FindLast(option => option.StartsWith("no-new-privileges", StringComparison.Ordinal));
        return given is null ? !options.Privileged : !given.EndsWith("false", StringComparison.Ordinal);
    }

    /// <summary>The host's name goes with the host's network, unless --hostname or --uts says something else.</summary>
    public static bool HasOwnHostname(RunOptions options) => options.UtsMode is null && options.Network != NamespaceOption.Host;

    private static List<LinuxNamespace> Namespaces(RunOptions options, bool ownUsers, JoinedNamespaces? joined)
    {
        List<LinuxNamespace> list = [new() { Type = "mount" }];
        void Add(string type, bool isHosts)
        {
            if (!isHosts)
            {
                list.Add(new LinuxNamespace { Type = type, Path = joined?.PathOf(type) });
            }
        }

        Add("pid", options.PidMode == NamespaceOption.Host);
        Add("ipc", options.IpcMode == NamespaceOption.Host);
        Add("cgroup", options.CgroupNamespace == NamespaceOption.Host);
        Add("network", options.Network == NamespaceOption.Host);
        Add("uts", !HasOwnHostname(options) && !NamespaceOption.IsContainer(options.UtsMode));
        Add("user", !ownUsers);
        return list;
    }

    private static List<LinuxIDMapping> Mapping(uint firstHostId)
        => [new LinuxIDMapping { ContainerID = 0, HostID = firstHostId, Size = UserRange.Size }];

    /// <summary>docker's defaults: ping without a capability and ports below 1024 for everyone, in a network of one's own.</summary>
    private static Dictionary<string, string>? Sysctls(RunOptions options, bool ownUsers)
    {
        var settings = new Dictionary<string, string>();
        if (options.Network != NamespaceOption.Host && !NamespaceOption.IsContainer(options.Network))
        {
            settings["net.ipv4.ip_unprivileged_port_start"] = "0";
            settings["net.ipv4.ping_group_range"] = ownUsers ? "0 65535" : "0 2147483647";
        }

        foreach (var (key, value) in options.Sysctls)
        {
            settings[key] = value;
        }

        return settings.Count == 0 ? null : settings;
    }
}
