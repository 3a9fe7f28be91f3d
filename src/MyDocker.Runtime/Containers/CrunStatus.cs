using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Json;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// <c>ROOT/ID/status</c>, the file in which crun keeps a container's state, as scripts read it: written beside our own where the
/// runtime is called crun, and read by none of ours.
/// </summary>
internal static class CrunStatus
{
    public const string File = "status";

    public static byte[] Write(SavedContainer container) => new JsonText().Open()
        .Field("pid", container.InitProcessPid)
        .Field("process-start-time", container.InitProcessStart)
        .Field("cgroup-path", container.CgroupPath ?? "")
        .Field("scope", container.SystemdUnit ?? "")
        .Field("rootfs", container.Rootfs)
        .Field("systemd-cgroup", container.SystemdUnit is not null)
        .Field("bundle", container.Bundle)
        .Field("created", container.Created)
        .Field("external_descriptors", Streams(container.InitProcessPid))
        .Close().ToArray();

    /// <summary>What the standard streams of init are: a list, as text.</summary>
    private static string Streams(int pid)
    {
        var links = Enumerable.Range(0, 3).Select(number => Files.TryReadLink($"/proc/{pid}/fd/{number}") ?? "/dev/null");
        return $"[{string.Join(',', links.Select(link => $"\"{link.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""))}]";
    }
}
