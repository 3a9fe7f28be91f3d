using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

/// <summary>
/// A cgroup operation that failed. Reads "write memory.limit_in_bytes 1048576 in /sys/fs/cgroup/memory/x: EBUSY
/// (device or resource busy); what to do".
/// </summary>
public sealed class CgroupException(string operation, Errno errno, string? remedy = null)
    : Exception(operation + (errno == Errno.None ? "" : $": {errno.Describe()}") + (remedy is null ? "" : $"; {remedy}"))
{
    public Errno Errno { get; } = errno;
    public string? Remedy { get; } = remedy;
}
