using System.Text;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Oci.Runtime.Reading;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// Gives the notification descriptor of a container's seccomp filter to the agent at linux.seccomp.listenerPath, with the
/// container process state (config-linux.md, "The Container Process State").
/// </summary>
internal static class SeccompListener
{
    /// <param name="pid">the process that has the filter: the container's init, or one that is executed in it.</param>
    public static void Send(RuntimeSpec spec, SavedContainer container, string status, int pid, Fd listener)
    {
        var seccomp = spec.Linux!.Seccomp!;
        var state = new ContainerProcessState
        {
            Fds = [ContainerProcessState.SeccompFdName],
            Pid = pid,
            Metadata = seccomp.ListenerMetadata ?? "",
            State = ContainerStatus.Describe(container, status, spec.Annotations),
        };
        DescriptorHandover.Send("linux.seccomp.listenerPath: failed to connect with seccomp agent", seccomp.ListenerPath!, Encoding.UTF8.GetString(RuntimeWriter.ProcessState(state)), listener);
    }
}
