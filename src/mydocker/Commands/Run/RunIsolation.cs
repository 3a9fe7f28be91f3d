using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands.Run;

/// <summary>What the container may do to the kernel.</summary>
internal static class RunIsolation
{
    private const string Area = "Isolation";

    private static readonly OptionSpec s_userns = new("userns", '\0', "host", Area, "host: root inside is root outside, not isolated") { Default = "ids of its own" };
    private static readonly OptionSpec s_pid = new("pid", '\0', "MODE", Area, "Processes: host, or container:NAME for those of another container");
    private static readonly OptionSpec s_ipc = new("ipc", '\0', "MODE", Area, "Shared memory and message queues: private, host, or container:NAME") { Default = "private" };
    private static readonly OptionSpec s_uts = new("uts", '\0', "MODE", Area, "Host name: host, or container:NAME for another container's");
    private static readonly OptionSpec s_cgroupns = new("cgroupns", '\0', "MODE", Area, "private: it sees its own cgroups only; host: those of the host") { Default = "private" };
    private static readonly OptionSpec s_capAdd = new("cap-add", '\0', "CAPABILITY", Area, "Allow this, such as NET_ADMIN; ALL for all") { Repeats = true };
    private static readonly OptionSpec s_capDrop = new("cap-drop", '\0', "CAPABILITY", Area, "Forbid this; ALL for all") { Repeats = true };
    private static readonly OptionSpec s_privileged = new("privileged", '\0', null, Area, "All capabilities and devices, no seccomp: nearly no isolation");
    private static readonly OptionSpec s_securityOpt = new("security-opt", '\0', "OPTION", Area, "seccomp=unconfined, seccomp=FILE, systempaths=unconfined, or no-new-privileges[:false]") { Repeats = true };
    private static readonly OptionSpec s_sysctl = new("sysctl", '\0', "NAME=VALUE", Area, "Kernel setting of the container's own, such as net.ipv4.ip_forward=1") { Repeats = true };

    public static OptionSpec[] Options => [s_userns, s_pid, s_ipc, s_uts, s_cgroupns, s_capAdd, s_capDrop, s_privileged, s_securityOpt, s_sysctl];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.UserNamespace = line.Text(s_userns, (option, text)
            => text is "" or "host" ? text : throw new OptionException(option, text, "use host, or leave the option out for ids of the container's own")) ?? "";
        options.PidMode = line.Value(s_pid) is { } pid ? NamespaceOption.Parse(s_pid.Display, pid) : null;
        options.IpcMode = line.Value(s_ipc) is { } ipc ? NamespaceOption.ParseIpc(s_ipc.Display, ipc) : null;
        options.UtsMode = line.Value(s_uts) is { } uts ? NamespaceOption.Parse(s_uts.Display, uts) : null;
        options.CgroupNamespace = line.Text(s_cgroupns, (option, text)
            => text is "" or "private" or "host" ? text : throw new OptionException(option, text, "use private or host")) == "host" ? "host" : null;
        options.CapabilitiesAdded = line.All(s_capAdd, NamesOption.ParseCapability);
        options.CapabilitiesDropped = line.All(s_capDrop, NamesOption.ParseCapability);
        options.Privileged = line.Has(s_privileged);
        options.SecurityOptions = line.All(s_securityOpt, SecurityOption.Parse);
        foreach (var (name, value) in line.All(s_sysctl, SysctlOption.Parse))
        {
            options.Sysctls[name] = value;
        }
    }
}
