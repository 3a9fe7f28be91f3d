using MyDocker.Engine.Options;
using MyDocker.Kernel.Capabilities;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Spec;

/// <summary>--cap-add, --cap-drop, --privileged over docker's default set.</summary>
public static class CapabilitySelection
{
    private static readonly string[] s_default =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    /// <summary>
    /// The sets of the command. The inheritable set is always empty (CVE-2022-24769); who is not root has none in effect.
    /// </summary>
    public static LinuxCapabilities For(RunOptions options, uint uid)
    {
        var names = Names(options);
        return new LinuxCapabilities
        {
            Bounding = names,
            Permitted = uid == 0 ? names : [],
            Effective = uid == 0 ? names : [],
            Inheritable = [],
            Ambient = [],
        };
    }

    public static List<string> Names(RunOptions options)
    {
        var all = options.Privileged || options.CapabilitiesAdded.Exists(IsAll);
        // Without users of its own a container can have no capability that the engine itself lacks (in another container, say).
        var names = new List<string>(!all ? s_default : SpecBuilder.HasOwnUserNamespace(options) ? Capability.Names : Capability.Names.Where(Capability.IsInBoundingSet));
        if (options.CapabilitiesDropped.Exists(IsAll))
        {
            names.Clear();
        }

        foreach (var name in options.CapabilitiesDropped.Where(name => !IsAll(name)))
        {
            names.Remove(Normalize(name, "--cap-drop"));
        }

        foreach (var name in options.CapabilitiesAdded.Where(name => !IsAll(name)))
        {
            var normal = Normalize(name, "--cap-add");
            if (!names.Contains(normal))
            {
                names.Add(normal);
            }
        }

        return names;
    }

    private static bool IsAll(string name) => name.Equals("ALL", StringComparison.OrdinalIgnoreCase) || name.Equals("CAP_ALL", StringComparison.OrdinalIgnoreCase);

    private static string Normalize(string name, string option)
    {
        var upper = name.ToUpperInvariant();
        var full = upper.StartsWith("CAP_", StringComparison.Ordinal) ? upper : $"CAP_{upper}";
        return Capability.NumberOf(full) >= 0 ? full : throw new OptionException(option, name, "no such capability; see capabilities(7), for example NET_ADMIN");
    }
}
