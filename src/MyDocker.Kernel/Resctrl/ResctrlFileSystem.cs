using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Resctrl;

/// <summary>The file system of cache and memory bandwidth control (Documentation/filesystems/resctrl.rst; Intel RDT, AMD QoS).</summary>
public static class ResctrlFileSystem
{
    public const long RDTGROUP_SUPER_MAGIC = 0x7655821;

    /// <summary>Directories of the root that are no groups.</summary>
    public static IReadOnlyList<string> Reserved => ["info", "mon_groups", "mon_data"];

    private const string Usual = "/sys/fs/resctrl";

    /// <summary>Where it is mounted; null: nowhere.</summary>
    public static string? Find()
    {
        if (FileSystemStatus.TryRead(Usual, out var status) == Errno.None && status.Magic == RDTGROUP_SUPER_MAGIC)
        {
            return Usual;
        }

        foreach (var line in Files.ReadText("/proc/self/mountinfo").Split('\n'))
        {
            if (line.Contains(" - resctrl ", StringComparison.Ordinal))
            {
                return line.Split(' ')[4];
            }
        }

        return null;
    }

    /// <summary>Why the kernel has refused the last change, in its words; "" if it says nothing.</summary>
    public static string LastStatus(string root)
        => Files.TryReadText($"{root}/info/last_cmd_status", out _)?.Trim() is { Length: > 0 } status and not "ok" ? status : "";
}
