using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Plan;

/// <summary>A device node of a container.</summary>
/// <param name="Type">S_IFCHR, S_IFBLK or S_IFIFO.</param>
/// <param name="Mode">permission bits.</param>
internal sealed record DeviceNode(string Path, int Type, int Major, int Minor, int Mode, uint Uid = 0, uint Gid = 0)
{
    private const int MostMajors = 1 << 12;
    private const int MostMinors = 1 << 20;

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public bool IsInDev => Path.StartsWith("/dev/", StringComparison.Ordinal);

    public bool IsDirectlyInDev => IsInDev && Path.LastIndexOf('/') == 4;

    /// <summary>dev_t as mknod(2) takes it.</summary>
    public long Number => ((long)Major << 8) | (uint)(Minor & 0xff) | ((long)(Minor & ~0xff) << 12);

    private static DeviceNode[] Defaults =>
    [
        new("/dev/null", Stat.S_IFCHR, 1, 3, 0x1B6),
        new("/dev/zero", Stat.S_IFCHR, 1, 5, 0x1B6),
        new("/dev/full", Stat.S_IFCHR, 1, 7, 0x1B6),
        new("/dev/random", Stat.S_IFCHR, 1, 8, 0x1B6),
        new("/dev/urandom", Stat.S_IFCHR, 1, 9, 0x1B6),
        new("/dev/tty", Stat.S_IFCHR, 5, 0, 0x1B6),
    ];

    /// <summary>
    /// The default devices, and those of linux.devices, which take the place of a default one with their path. /dev/ptmx is the
    /// link to the container's devpts, whatever is asked for.
    /// </summary>
    public static List<DeviceNode> Of(RuntimeSpec spec)
    {
        var nodes = new List<DeviceNode>(Defaults);
        var devices = spec.Linux?.Devices ?? [];
        for (var i = 0; i < devices.Count; i++)
        {
            if (devices[i].Path.Length == 0)
            {
                continue; // it is there for the sake of the device cgroup
            }

            var node = Of(devices[i], $"linux.devices[{i}]");
            if (node.Path != "/dev/ptmx")
            {
                nodes.RemoveAll(other => other.Path == node.Path);
                nodes.Add(node);
            }
        }

        return nodes;
    }

    private static DeviceNode Of(LinuxDevice device, string json)
    {
        var type = device.Type switch
        {
            "c" or "u" => Stat.S_IFCHR,
            "b" => Stat.S_IFBLK,
            "p" => Stat.S_IFIFO,
            var other => throw new SpecException($"{json}.type", $"\"{other}\" of {device.Path} is no type of a device; it is c, u, b or p"),
        };
        if (type != Stat.S_IFIFO && (device.Major is < 0 or >= MostMajors || device.Minor is < 0 or >= MostMinors))
        {
            throw new SpecException($"{json}.{(device.Major is < 0 or >= MostMajors ? "major" : "minor")}", $"{device.Major}:{device.Minor} of {device.Path} is no device number");
        }

        var path = System.IO.Path.GetFullPath($"/{device.Path}").TrimEnd('/');
        if (path.Length == 0)
        {
            throw new SpecException($"{json}.path", $"{device.Path} is no place for a device");
        }

        var isFifo = type == Stat.S_IFIFO;
        return new DeviceNode(path, type, isFifo ? 0 : (int)device.Major, isFifo ? 0 : (int)device.Minor, (int)(device.FileMode ?? 0x1B6) & 0xFFF, device.Uid ?? 0, device.Gid ?? 0);
    }
}
