using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Netlink;

/// <summary>
/// A netlink request that the kernel refused. Reads "add address 10.0.0.2/33 to eth0: EINVAL (invalid argument):
/// ipv4: Invalid prefix length"; the last part is the kernel's own (extended ACK, 4.12).
/// </summary>
public sealed class NetlinkException(string operation, Errno errno, string? kernelText = null)
    : Exception(kernelText is null ? $"{operation}: {errno.Describe()}" : $"{operation}: {errno.Describe()}: {kernelText}")
{
    public string Operation { get; } = operation;
    public Errno Errno { get; } = errno;

    /// <summary>What the kernel said beside the errno; null if it said nothing.</summary>
    public string? KernelText { get; } = kernelText;
}

/// <summary>The first request of a batch that failed.</summary>
/// <param name="Request">its number in the batch, from 0.</param>
/// <param name="KernelText">the kernel's extended ACK text, if there was one.</param>
public readonly record struct NetlinkFailure(int Request, Errno Errno, string? KernelText);
