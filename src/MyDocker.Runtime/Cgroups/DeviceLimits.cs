using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using V1 = MyDocker.Kernel.Cgroups.V1;
using V2 = MyDocker.Kernel.Cgroups.V2;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// linux.resources.devices (config-linux.md, "Allowed Device list"): everything is denied, then the rules of the
/// configuration, then the devices that every container has, as runc applies them.
/// </summary>
internal static class DeviceLimits
{
    public static void Add(LimitContext context, List<LinuxDeviceCgroup>? devices)
    {
        var rules = Rules(devices);
        if (!context.IsUpdate && DevicePolicyIsOpen(rules))
        {
            return; // a fresh cgroup denies nothing of its own
        }

        var writes = context.For(Controllers.Devices, "devices", out var v2);
        if (v2)
        {
            writes.Add(new CgroupStep(CgroupStepKind.DeviceFilter, writes.Directory) { Rules = rules });
        }
        else if (context.IsUpdate)
        {
            V1.Devices.Update(writes, rules);
        }
        else
        {
            V1.Devices.Set(writes, rules);
        }
    }

    /// <summary>All rules in order, the last one that matches deciding.</summary>
    public static List<DeviceRule> Rules(List<LinuxDeviceCgroup>? devices)
    {
        var rules = new List<DeviceRule>(11 + (devices?.Count ?? 0)) { new(false, 'a', null, null, DeviceAccess.All) };
        foreach (var device in devices ?? [])
        {
            rules.Add(Rule(device));
        }

        // Making any node (using it is another matter), and null, zero, full, random, urandom, tty, ptmx and pts. They
        // add access only, so a configuration that allows everything is not narrowed by them.
        Allow('c', null, null, DeviceAccess.Mknod);
        Allow('b', null, null, DeviceAccess.Mknod);
        Allow('c', 1, 3);
        Allow('c', 1, 5);
        Allow('c', 1, 7);
        Allow('c', 1, 8);
        Allow('c', 1, 9);
        Allow('c', 5, 0);
        Allow('c', 5, 2);
        Allow('c', 136, null);
        return rules;

        void Allow(char type, long? major, long? minor, DeviceAccess access = DeviceAccess.All)
            => rules.Add(new DeviceRule(true, type, major, minor, access));
    }

    private static DeviceRule Rule(LinuxDeviceCgroup device)
    {
        var type = device.Type switch
        {
            null or "" or "a" => 'a',
            "c" or "u" => 'c',
            "b" => 'b',
            var other => throw new CgroupLimitException("devices", Controllers.Devices, $"type \"{other}\" is unknown", "give a, b or c"),
        };
        try
        {
            var access = string.IsNullOrEmpty(device.Access) ? DeviceAccess.All : DeviceRule.ParseAccess(device.Access);
            return type == 'a' && device.Major is null or -1 && device.Minor is null or -1
                ? new DeviceRule(device.Allow, 'a', null, null, DeviceAccess.All) // "a" is all of it, as the v1 files read it
                : new DeviceRule(device.Allow, type, device.Major is -1 ? null : device.Major, device.Minor is -1 ? null : device.Minor, access);
        }
        catch (ArgumentException e)
        {
            throw new CgroupLimitException("devices", Controllers.Devices, e.Message, "give a combination of them");
        }
    }

    private static bool DevicePolicyIsOpen(List<DeviceRule> rules)
    {
        for (var i = rules.Count - 1; i >= 0; i--)
        {
            if (rules[i].IsAll || !rules[i].Allow)
            {
                return rules[i].Allow;
            }
        }

        return true;
    }
}
