namespace MyDocker.Kernel.Syscalls;

/// <summary>
/// A kernel call that failed: what was being done, to which object, and the errno.
/// Reads "mount proc on /proc: EPERM (operation not permitted)".
/// </summary>
public sealed class KernelException(string operation, string target, Errno errno)
    : Exception($"{operation} {target}: {errno.Describe()}")
{
    public string Operation { get; } = operation;
    public string Target { get; } = target;
    public Errno Errno { get; } = errno;
}
