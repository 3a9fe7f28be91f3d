using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>Times of directories, which each file made in them changes: they are set when all is unpacked.</summary>
internal sealed partial class LayerUnpacker
{
    private readonly List<DirectoryTime> _times = [];
    private (long Seconds, uint Nanoseconds) _newest;

    private sealed record DirectoryTime(byte[] Path, ulong Inode, long Seconds, uint Nanoseconds);

    // Directories that the archive only implies are as old as the youngest thing in it: so the same archive makes the same layer.
    private void SetImpliedTimes()
    {
        foreach (var path in _parents.Made.Append([]))
        {
            if (At.TryResolve(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out var directory) == Errno.None)
            {
                using (directory)
                {
                    At.SetTime(directory!, _newest.Seconds, _newest.Nanoseconds);
                }
            }
        }
    }

    // Last, because each file made in a directory changes its time. A directory that was replaced meanwhile is left alone.
    private void SetDirectoryTimes()
    {
        foreach (var time in _times)
        {
            if (At.TryResolve(root, time.Path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out var directory) != Errno.None)
            {
                continue;
            }

            using (directory)
            {
                if (Files.StatOf(directory!).Inode == time.Inode)
                {
                    At.SetTime(directory!, time.Seconds, time.Nanoseconds);
                }
            }
        }
    }
}
