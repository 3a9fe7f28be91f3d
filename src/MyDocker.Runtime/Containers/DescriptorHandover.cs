using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Containers;

/// <summary>Gives descriptors to another program over its unix socket: a terminal (--console-socket), a pidfd (--pidfd-socket).</summary>
internal static unsafe class DescriptorHandover
{
    public static void Send(string option, string socketPath, string message, Fd descriptor)
    {
        try
        {
            using var socket = UnixSockets.Connect(socketPath, stream: true);
            var text = Encoding.UTF8.GetBytes(message.Length > 0 ? message : "\0");
            fixed (byte* bytes = text)
            {
                var errno = UnixSockets.TrySend(socket, bytes, text.Length, [descriptor.Number]);
                if (errno != Errno.None)
                {
                    throw new KernelException("send descriptor to", socketPath, errno);
                }
            }
        }
        catch (KernelException e)
        {
            throw new ContainerException($"{option}: {e.Message}", e);
        }
    }
}
