using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
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

        var proc = plan.ProcMount ?? throw new SpecException("linux.sysctl", "needs a proc mount");
        foreach (var (key, value) in settings)
        {
            Check(request, key, value);
            var path = $"sys/{Swap(key)}";
            plan.Builder.OpenAt(proc, path, O_WRONLY, out var file, "open sysctl", OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS | OpenHow.RESOLVE_NO_XDEV);
            plan.Builder.Write(file, value, "set sysctl", key);
        }
    }

    /// <summary>One key, one write, and nothing that the host shares (CVE-2022-0811).</summary>
    private static void Check(LaunchRequest request, string key, string value)
    {
        var path = $"linux.sysctl.{key}";
        if (value.AsSpan().ContainsAny('\n', '\0'))
        {
            throw new SpecException(path, "the value must be one line");
        }

        var dotted = Swap(key).Replace('/', '.');
        var needed = dotted switch
        {
            "kernel.msgmax" or "kernel.msgmnb" or "kernel.msgmni" or "kernel.sem" or "kernel.shmall" or "kernel.shmmax" or "kernel.shmmni" or "kernel.shm_rmid_forced" => "ipc",
            "kernel.hostname" or "kernel.domainname" => "uts",
            _ when dotted.StartsWith("fs.mqueue.", StringComparison.Ordinal) => "ipc",
            _ when dotted.StartsWith("net.", StringComparison.Ordinal) => "network",
            _ => throw new SpecException(path, "does not belong to a namespace: setting it would change the host"),
        };
        if (request.Spec.Linux?.Namespaces?.Any(entry => entry.Type == needed) != true)
        {
            throw new SpecException(path, $"needs a {needed} namespace of the container's own");
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
