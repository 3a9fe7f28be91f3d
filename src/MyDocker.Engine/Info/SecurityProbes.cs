using System.Globalization;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Capabilities;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Info;

internal static class SecurityProbes
{
    private const string Area = "security";

    public static IEnumerable<HostFeature> Probe()
    {
        yield return Files.Exists("/proc/sys/kernel/seccomp/actions_avail")
            ? new(Area, "seccomp", FeatureState.Yes, "filters")
            : new(Area, "seccomp", FeatureState.No, "not in this kernel", "containers run without a filter of system calls only if --security-opt seccomp=unconfined is given", "use a kernel with CONFIG_SECCOMP_FILTER");
        yield return Library("libseccomp", "libseccomp.so.2", Area, "filters cannot be compiled; containers need --security-opt seccomp=unconfined", "libseccomp2");
        yield return Files.TryReadText("/sys/module/apparmor/parameters/enabled", out _)?.Trim() == "Y"
            ? new(Area, "AppArmor", FeatureState.Yes, "enabled")
            : new(Area, "AppArmor", FeatureState.No, "not enabled", "no profile of AppArmor is a second wall around containers", "boot with lsm=…,apparmor where the kernel has it");
        yield return Files.Exists("/sys/fs/selinux/enforce")
            ? new(Area, "SELinux", FeatureState.Yes, Files.TryReadText("/sys/fs/selinux/enforce", out _)?.Trim() == "1" ? "enforcing" : "permissive")
            : new(Area, "SELinux", FeatureState.No, "not enabled", "no labels of SELinux are a second wall around containers", "only for distributions that are made with it, such as Fedora");
        var effective = EffectiveCapabilities();
        yield return HasCapability(effective, "CAP_SYS_ADMIN", "nothing runs: namespaces and mounts need it");
        yield return HasCapability(effective, "CAP_NET_ADMIN", "-a and -b do not work");
        yield return HasCapability(effective, "CAP_SYS_RESOURCE", "--ulimit cannot raise a hard limit above the caller's");
        yield return OpenFiles();
    }

    internal static HostFeature Library(string name, string file, string area, string without, string package)
    {
        if (!NativeLibrary.TryLoad(file, out var handle))
        {
            return new(area, name, FeatureState.No, $"{file} is not installed", without, $"apt install {package} (Debian, Ubuntu) or its like");
        }

        NativeLibrary.Free(handle);
        return new(area, name, FeatureState.Yes, file);
    }

    private static HostFeature HasCapability(ulong effective, string name, string without)
        => (effective >> Capability.NumberOf(name) & 1) == 1
            ? new(Area, name, FeatureState.Yes, "this process has it")
            : new(Area, name, FeatureState.No, "this process does not have it", without, Syscall.Invoke(Nr.geteuid) == 0
                ? $"add it to what started this root shell (a container's --cap-add {name["CAP_".Length..]}, a service's CapabilityBoundingSet)"
                : "run as root");

    private static ulong EffectiveCapabilities()
    {
        foreach (var line in (Files.TryReadText("/proc/self/status", out _) ?? "").Split('\n'))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal) && ulong.TryParse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var set))
            {
                return set;
            }
        }

        return 0;
    }

    private static HostFeature OpenFiles()
    {
        const string Name = "open files (RLIMIT_NOFILE)";
        foreach (var line in (Files.TryReadText("/proc/self/limits", out _) ?? "").Split('\n'))
        {
            if (line.StartsWith("Max open files", StringComparison.Ordinal))
            {
                var fields = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return new(Area, Name, FeatureState.Yes, $"soft {fields[0]}, hard {fields[1]}");
            }
        }

        return new(Area, Name, FeatureState.Unknown, "/proc/self/limits does not say");
    }
}
