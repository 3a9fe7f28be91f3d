using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>linux.sysctl: only settings that belong to a namespace of the container's own.</summary>
internal static class SysctlSteps
{
    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        if (request.Spec.Linux?.Sysctl is not { Count: > 0 } settings)
        {
            return;
        }

        // Without a /proc in the container, one that nobody sees: what is written must reach the kernel either way.
        var proc = plan.ProcMount ?? plan.Builder.NewMount("proc", "proc", [], 0, "no directory, for sysctls");
        foreach (var (key, value) in settings)
        {
            Check(request.Spec, key, value);
            var path = $"sys/{Swap(key)}";
            plan.Builder.OpenAt(proc, path, O_WRONLY, out var file, "open sysctl", OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS | OpenHow.RESOLVE_NO_XDEV);
            plan.Builder.Write(file, value, "set sysctl", key);
        }
    }

    /// <summary>One key, one write, and nothing that the host shares (CVE-2022-0811).</summary>
    internal static void Check(RuntimeSpec spec, string key, string value)
    {
        var path = $"linux.sysctl.{key}";
        if (value.AsSpan().ContainsAny('\n', '\0'))
        {
            throw new SpecException(path, "the value must be one line");
        }

        if (key.Contains("..", StringComparison.Ordinal) || key.Contains('\0'))
        {
            throw new SpecException(path, "is no name of a sysctl");
        }

        var dotted = Swap(key).Replace('/', '.');
        var needed = dotted switch
        {
            "kernel.msgmax" or "kernel.msgmnb" or "kernel.msgmni" or "kernel.sem" or "kernel.shmall" or "kernel.shmmax" or "kernel.shmmni" or "kernel.shm_rmid_forced" => "ipc",
            "kernel.hostname" => throw new SpecException(path, "is what the field hostname is for; set that"),
            "kernel.domainname" => "uts",
            _ when dotted.StartsWith("fs.mqueue.", StringComparison.Ordinal) => "ipc",
            _ when dotted.StartsWith("net.", StringComparison.Ordinal) => "network",
            _ when dotted.StartsWith("user.", StringComparison.Ordinal) => "user",
            _ => throw new SpecException(path, "does not belong to a namespace: setting it would change the host"),
        };
        var entry = spec.Linux?.Namespaces?.FirstOrDefault(entry => entry.Type == needed);
        if (entry is null || (needed == "network" && !string.IsNullOrEmpty(entry.Path) && Namespaces.AreSame(entry.Path, "/proc/thread-self/ns/net")))
        {
            throw new SpecException(path, $"needs a {needed} namespace of the container's own: setting it would change the host");
        }
    }

    /// <summary>As sysctl(8): a dotted key, in which "/" stands for a dot within a name; or a path with slashes.</summary>
    private static string Swap(string key)
    {
        var first = key.AsSpan().IndexOfAny('.', '/');
        if (first < 0 || key[first] == '/')
        {
            return key;
        }

        return string.Create(key.Length, key, (span, text) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                span[i] = text[i] switch { '.' => '/', '/' => '.', var c => c };
            }
        });
    }
}
