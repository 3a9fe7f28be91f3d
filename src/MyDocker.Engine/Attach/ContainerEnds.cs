using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Attach;

/// <summary>The container's ends of its standard streams, for the child; dispose them here once it has them.</summary>
/// <param name="Stdin">null: give it /dev/null.</param>
public sealed record ContainerEnds(Fd? Stdin, Fd Stdout, Fd Stderr) : IDisposable
{
    /// <summary>
    /// Gives the pipes to the container's root, who could otherwise not open /dev/stdout and /dev/stderr again in its
    /// own user namespace (EACCES).
    /// </summary>
    public void ChangeOwner(uint uid, uint gid)
    {
        foreach (var fd in (ReadOnlySpan<Fd?>)[Stdin, Stdout, Stderr])
        {
            if (fd is not null && Descriptors.TryChangeOwner(fd, uid, gid) is var errno && errno != Errno.None)
            {
                throw new KernelException("change owner of", "standard stream", errno);
            }
        }
    }

    public void Dispose()
    {
        Stdin?.Dispose();
        Stdout.Dispose();
        Stderr.Dispose();
    }
}
