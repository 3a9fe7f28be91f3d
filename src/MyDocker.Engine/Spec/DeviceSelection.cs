using MyDocker.Engine.Options;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Spec;

/// <summary>--device and --privileged: nodes in /dev, and the rules of the device cgroup.</summary>
public static class DeviceSelection
{
    /// <summary>
    /// Nodes to make. In a user namespace none can be made: there a device of the host is mounted (see <see cref="Mounts"/>).
    /// </summary>
    public static List<LinuxDevice>? Nodes(RunOptions options, bool ownUsers)
        => ownUsers || options.Devices.Count == 0 ? null : options.Devices.ConvertAll(ToDevice);

    public static IEnumerable<MountSpec> Mounts(RunOptions options)
        => options.Devices.Select(device => new MountSpec { Type = "bind", Source = device.HostPath, Destination = device.ContainerPath, Options = ["bind", "nosuid", "noexec"] });

    public static List<LinuxDeviceCgroup> Rules(RunOptions options)
    {
        if (options.Privileged)
        {
            return [new LinuxDeviceCgroup { Allow = true, Access = "rwm" }];
        }

        List<LinuxDeviceCgroup> rules = [new LinuxDeviceCgroup { Allow = false, Access = "rwm" }];
        foreach (var option in options.Devices)
        {
            var device = ToDevice(option);
            rules.Add(new LinuxDeviceCgroup { Allow = true, Type = device.Type, Major = device.Major, Minor = device.Minor, Access = option.Permissions });
        }

        rules.AddRange((options.DeviceRules ?? []).Select(rule => new LinuxDeviceCgroup { Allow = true, Type = rule.Type, Major = rule.Major, Minor = rule.Minor, Access = rule.Access }));
        return rules;
    }

    private static LinuxDevice ToDevice(DeviceOption option)
    {
        var errno = Files.TryStat(option.HostPath, out var stat);
        if (errno != Errno.None)
        {
            throw new OptionException("--device", option.HostPath, errno.Describe());
        }

        var type = (stat.Mode & Stat.S_IFMT) switch
        {
            Stat.S_IFCHR => "c",
            Stat.S_IFBLK => "b",
            _ => throw new OptionException("--device", option.HostPath, "is not a device"),
        };
        return new LinuxDevice
        {
            Path = option.ContainerPath,
            Type = type,
            Major = stat.DeviceNodeMajor,
            Minor = stat.DeviceNodeMinor,
            FileMode = (uint)stat.Permissions,
            Uid = stat.Uid,
            Gid = stat.Gid,
        };
    }
}
