using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>
/// The v1 device controller (cgroup-v1/devices.rst): one default and a list of exceptions to it. Rules in their order
/// are folded into that form first, as "the last matching rule wins" has no other way to be said here.
/// </summary>
public static class Devices
{
    /// <summary>Writes for a fresh cgroup.</summary>
    public static void Set(in CgroupWrites writes, IReadOnlyList<DeviceRule> rules)
    {
        var policy = DevicePolicy.Fold(rules);
        const string Remedy = "a cgroup cannot allow a device that its parent denies";
        if (policy.AllowByDefault)
        {
            writes.Add("devices.allow", "a", remedy: Remedy);
        }
        else
        {
            writes.Add("devices.deny", "a", remedy: "the default cannot change while there are cgroups below (EINVAL): the path may be another container's");
        }

        foreach (var exception in policy.Exceptions)
        {
            writes.Add(policy.AllowByDefault ? "devices.deny" : "devices.allow", exception.ToString(), remedy: Remedy);
        }
    }

    /// <summary>
    /// Writes for a cgroup in use: only the differences, what is allowed before what is denied, so that no process
    /// sees /dev/null refused for a moment.
    /// </summary>
    public static void Update(in CgroupWrites writes, IReadOnlyList<DeviceRule> rules)
    {
        var list = Files.ReadText(writes.Directory + "/devices.list");
        var target = DevicePolicy.Fold(rules);
        var current = DevicePolicy.ParseList(list);
        if (target.AllowByDefault != current.AllowByDefault || target.AllowByDefault)
        {
            Set(writes, rules);
            return;
        }

        foreach (var wanted in target.Exceptions)
        {
            if (!current.Exceptions.Contains(wanted))
            {
                writes.Add("devices.allow", wanted.ToString(), remedy: "a cgroup cannot allow a device that its parent denies");
            }
        }

        foreach (var old in current.Exceptions)
        {
            var kept = target.AccessTo(old);
            var extra = old.Access & ~kept;
            if (extra != DeviceAccess.None)
            {
                writes.Add("devices.deny", (old with { Access = extra }).ToString());
            }
        }
    }
}
