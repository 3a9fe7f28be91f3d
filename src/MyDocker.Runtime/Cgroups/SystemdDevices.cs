using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// The device rules in systemd's form. Our own filter or our own writes replace them right after; these are what stays in force
/// if systemd applies its rules anew, so they never allow more.
/// </summary>
internal static class SystemdDevices
{
    public static void Add(List<UnitProperty> properties, List<LinuxDeviceCgroup>? devices)
    {
        // An empty list first: it takes away what an existing unit has.
        properties.Add(UnitProperty.Of("DeviceAllow", Array.Empty<(string, string)>()));
        var policy = Fold(DeviceLimits.Rules(devices));
        if (policy is { AllowByDefault: true, Exceptions.Count: 0 })
        {
            properties.Add(UnitProperty.Of("DevicePolicy", "auto"));
            return;
        }

        properties.Add(UnitProperty.Of("DevicePolicy", "strict"));
        if (policy is { AllowByDefault: false })
        {
            properties.Add(UnitProperty.Of("DeviceAllow", policy.Exceptions.Select(Entry).OfType<(string, string)>().ToArray()));
        }
    }

    /// <summary>null for rules without such a form: systemd then denies all, and only our filter knows better.</summary>
    private static DevicePolicy? Fold(List<DeviceRule> rules)
    {
        try
        {
            return DevicePolicy.Fold(rules);
        }
        catch (CgroupException)
        {
            return null;
        }
    }

    /// <summary>/dev/char/1:3, char-136 or char-*; "every major with this minor" cannot be said.</summary>
    private static (string, string)? Entry(DeviceRule rule)
    {
        var kind = rule.Type == 'b' ? "block" : "char";
        var access = rule.ToString().Split(' ')[2];
        return (rule.Major, rule.Minor) switch
        {
            (null, null) => ($"{kind}-*", access),
            (null, _) => null,
            ({ } major, null) => ($"{kind}-{major}", access),
            ({ } major, { } minor) => ($"/dev/{kind}/{major}:{minor}", access),
        };
    }
}
