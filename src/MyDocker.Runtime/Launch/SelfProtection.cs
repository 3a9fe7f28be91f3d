using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Launch;

/// <summary>
/// Keeps the runtime's own executable out of a container's reach (CVE-2019-5736): a container whose command is /proc/self/exe
/// executes it, and a process in the container can open /proc/PID/exe of one of ours that has just entered.
/// </summary>
public static class SelfProtection
{
    /// <summary>
    /// To be called before anything of ours is born in a container with this configuration, and before anything is made: where it
    /// cannot be had in place, the process is executed anew.
    /// </summary>
    /// <exception cref="ContainerException">there is no way to be safe.</exception>
    public static void Ensure(RuntimeSpec spec)
    {
        if (!IsWithinReach(spec, SelfSeal.File) || SelfSeal.IsSealed)
        {
            return;
        }

        var errno = SelfSeal.TrySealInPlace();
        if (errno == Errno.None)
        {
            return;
        }

        RuntimeLog.Debug($"the executable cannot be sealed in place ({errno.Describe()}): going on as a sealed copy");
        errno = SelfSeal.ExecuteSealedCopy();
        throw new ContainerException($"seal the runtime's executable against the container: {errno.Describe()}; on a read-only mount it needs no seal");
    }

    /// <summary>
    /// Whether somebody in the container could be allowed to write to a file: its owner has a number there, or its group has and
    /// may, or everybody may. Root of a user namespace has no power over files whose owner is not in it (capabilities(7)).
    /// </summary>
    internal static bool IsWithinReach(RuntimeSpec spec, in Stat file)
    {
        const int GroupWrites = 0x10, OthersWrite = 0x2;
        var linux = spec.Linux;
        var isOwn = linux?.Namespaces?.Any(entry => entry.Type == "user" && string.IsNullOrEmpty(entry.Path)) == true;
        if (!isOwn || (file.Permissions & OthersWrite) != 0)
        {
            return true;
        }

        return Has(linux!.UidMappings, file.Uid) || ((file.Permissions & GroupWrites) != 0 && Has(linux.GidMappings, file.Gid));
    }

    private static bool Has(List<LinuxIDMapping>? mappings, uint id)
        => mappings?.Any(mapping => id >= mapping.HostID && id - mapping.HostID < mapping.Size) == true;
}
