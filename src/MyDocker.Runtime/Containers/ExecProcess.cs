using MyDocker.Kernel.Capabilities;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Containers;

/// <summary>What process <c>exec</c> runs: that of a file, or the container's own with what the options say instead.</summary>
internal static class ExecProcess
{
    public static ProcessSpec Of(ExecOptions options, RuntimeSpec container)
    {
        var own = container.Process ?? new ProcessSpec { Cwd = "/" };
        var process = options.ProcessFile is { } file ? Completed(Bundle.ReadProcess(file), own) : Changed(own, options);
        if (process.Args is not { Count: > 0 })
        {
            throw new ContainerException("exec needs a command: give one after the container's id, or a file with --process");
        }

        return process;
    }

    /// <summary>As with runc, what a file does not say is as for the container's own process.</summary>
    private static ProcessSpec Completed(ProcessSpec process, ProcessSpec own) => process with
    {
        Capabilities = process.Capabilities ?? own.Capabilities,
        ApparmorProfile = process.ApparmorProfile ?? own.ApparmorProfile,
        SelinuxLabel = process.SelinuxLabel ?? own.SelinuxLabel,
        Rlimits = process.Rlimits is { Count: > 0 } limits ? limits : own.Rlimits,
        Scheduler = process.Scheduler ?? own.Scheduler,
        IoPriority = process.IoPriority ?? own.IoPriority,
        ExecCPUAffinity = process.ExecCPUAffinity ?? own.ExecCPUAffinity,
    };

    private static ProcessSpec Changed(ProcessSpec own, ExecOptions options)
    {
        var user = own.User with
        {
            Uid = options.Uid ?? own.User.Uid,
            Gid = options.Gid ?? own.User.Gid,
            AdditionalGids = options.AdditionalGids.Count > 0 ? [.. own.User.AdditionalGids ?? [], .. options.AdditionalGids] : own.User.AdditionalGids,
        };
        return own with
        {
            Terminal = options.Terminal,
            ConsoleSize = null,
            Args = [.. options.Command],
            Cwd = options.Cwd is { Length: > 0 } cwd ? cwd : own.Cwd,
            Env = [.. own.Env ?? [], .. options.Env],
            User = user,
            Capabilities = Raised(own.Capabilities, options.Capabilities),
            NoNewPrivileges = own.NoNewPrivileges || options.NoNewPrivileges,
            ApparmorProfile = options.ApparmorProfile ?? own.ApparmorProfile,
            SelinuxLabel = options.SelinuxLabel ?? own.SelinuxLabel,
        };
    }

    /// <summary>The inheritable set stays as it is: nothing gets capabilities by way of files (CVE-2022-29162).</summary>
    private static LinuxCapabilities? Raised(LinuxCapabilities? own, IReadOnlyList<string> added)
    {
        if (added.Count == 0)
        {
            return own;
        }

        List<string> With(List<string>? set) => [.. (set ?? []).Union(added)];
        return (own ?? new LinuxCapabilities()) with
        {
            Bounding = With(own?.Bounding),
            Effective = With(own?.Effective),
            Permitted = With(own?.Permitted),
            Ambient = own?.Inheritable is { Count: > 0 } ? With(own.Ambient) : own?.Ambient, // as with runc: what is inheritable stays over execve(2)
        };
    }
}
