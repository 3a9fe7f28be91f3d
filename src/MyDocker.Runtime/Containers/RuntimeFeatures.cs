using MyDocker.Kernel.Capabilities;
using MyDocker.Kernel.Seccomp;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Seccomp;

namespace MyDocker.Runtime.Containers;

/// <summary>What the runtime can do (runtime-spec, features.md), of the tables by which it does it.</summary>
public static class RuntimeFeatures
{
    private static readonly string[] s_namespaces = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];

    private static EnabledFeature Yes => new() { Enabled = true };

    /// <param name="version">the runtime's own.</param>
    public static Features Describe(string version, string commit) => new()
    {
        OciVersionMin = "1.0.0",
        OciVersionMax = RuntimeSpec.CurrentVersion,
        Hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
        MountOptions = Sorted(Plan.MountOptions.KnownWords),
        Linux = new LinuxFeatures
        {
            Namespaces = [.. s_namespaces.Where(type => NamespaceSteps.FlagOf(type) != 0)],
            Capabilities = [.. Capability.Names],
            Cgroup = new CgroupFeatures { V1 = true, V2 = true, Systemd = true, SystemdUser = true, Rdma = true },
            Seccomp = DescribeSeccomp(),
            Apparmor = Yes,
            Selinux = Yes,
            IntelRdt = new IntelRdtFeatures { Enabled = true, Schemata = true, Monitoring = true },
            MemoryPolicy = new MemoryPolicyFeatures { Modes = [.. Kernel.Scheduling.MemoryPolicy.Modes], Flags = [.. Kernel.Scheduling.MemoryPolicy.Flags] },
            MountExtensions = new MountExtensionsFeatures { Idmap = Yes },
            NetDevices = Yes,
        },
        Annotations = DescribeBuild(version, commit),
        PotentiallyUnsafeConfigAnnotations = ["org.systemd.property."],
    };

    private static SeccompFeatures DescribeSeccomp()
    {
        if (SeccompCompiler.LibraryVersion is null)
        {
            return new SeccompFeatures { Enabled = false };
        }

        return new SeccompFeatures
        {
            Enabled = true,
            Actions = [.. SeccompNames.Actions],
            Operators = [.. SeccompNames.Operators],
            Archs = [.. SeccompNames.Architectures],
            KnownFlags = [.. SeccompNames.Flags],
            SupportedFlags = [.. SeccompNames.SupportedFlags],
        };
    }

    private static Dictionary<string, string> DescribeBuild(string version, string commit)
    {
        var annotations = new Dictionary<string, string> { ["mydocker.runtime.version"] = version };
        if (commit.Length > 0)
        {
            annotations["mydocker.runtime.commit"] = commit;
        }

        if (SeccompCompiler.LibraryVersion is { } library)
        {
            annotations["io.github.seccomp.libseccomp.version"] = library;
        }

        return annotations;
    }

    private static List<string> Sorted(IEnumerable<string> words)
    {
        var list = words.Distinct().ToList();
        list.Sort(string.CompareOrdinal);
        return list;
    }
}
