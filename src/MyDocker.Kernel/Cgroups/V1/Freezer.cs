using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The v1 freezer (cgroup-v1/freezer-subsystem.rst).</summary>
public static class Freezer
{
    /// <summary>
    /// Freezes and waits until all are frozen. False if the time is up first (then the cgroup stays FREEZING); a task
    /// in D, such as one paused at its memory limit, is frozen only when it wakes. Thaw what could not be frozen.
    /// </summary>
    public static bool Freeze(string directory, int timeoutMilliseconds)
    {
        var pause = new Backoff(timeoutMilliseconds);
        while (true)
        {
            // Written again on each turn: a task that was forked meanwhile may have missed the first one.
            Write(directory, "FROZEN");
            if (IsFrozen(directory))
            {
                return true;
            }

            if (!pause.Wait())
            {
                return false;
            }
        }
    }

    /// <summary>A cgroup that is gone, or goes meanwhile, has nobody who is frozen.</summary>
    public static void Thaw(string directory)
    {
        if (Files.TryWriteExisting(directory + "/freezer.state", "THAWED") is not (Errno.None or Errno.ENODEV) && Files.Exists(directory))
        {
            Write(directory, "THAWED");
        }
    }

    private static bool IsFrozen(string directory)
    {
        Span<byte> buffer = stackalloc byte[32];
        return CgroupFile.Read(directory + "/freezer.state", buffer).StartsWith("FROZEN"u8);
    }

    /// <summary>Whether this cgroup was asked to freeze (FREEZING or FROZEN).</summary>
    public static bool IsFreezing(string directory)
    {
        Span<byte> buffer = stackalloc byte[32];
        return CgroupFile.Read(directory + "/freezer.state", buffer).StartsWith("FR"u8);
    }

    private static void Write(string directory, string state)
    {
        var errno = Files.TryWriteExisting(directory + "/freezer.state", state);
        if (errno != Errno.None)
        {
            throw new CgroupException($"write freezer.state {state} in {directory}", errno);
        }
    }
}
