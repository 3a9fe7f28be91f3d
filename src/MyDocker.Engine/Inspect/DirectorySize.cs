using MyDocker.Images.Layers;

namespace MyDocker.Engine.Inspect;

/// <summary>Bytes of the files in a directory tree of a container or layer.</summary>
internal static class DirectorySize
{
    public static long Of(string directory)
    {
        try
        {
            return LayerCopy.SizeOf(directory, () => { });
        }
        catch (MyDocker.Kernel.Syscalls.KernelException)
        {
            return 0; // it is just being removed
        }
    }
}
