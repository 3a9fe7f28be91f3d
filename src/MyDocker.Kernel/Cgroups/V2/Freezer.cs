using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>cgroup.freeze and cgroup.kill (cgroup-v2.rst, "Core Interface Files"); there without any controller.</summary>
public static class Freezer
{
    /// <summary>Freezes and waits for "frozen 1" in cgroup.events. False if the time is up first; the request stands.</summary>
    public static bool Freeze(string directory, int timeoutMilliseconds)
    {
        Write(directory, "cgroup.freeze", "1");
        return WaitFor(directory, "frozen"u8, 1, timeoutMilliseconds);
    }

    /// <summary>Asks for the freeze, and does not wait for it.</summary>
    public static Errno TryRequest(string directory) => Files.TryWriteExisting(directory + "/cgroup.freeze", "1");

    /// <summary>A cgroup that is gone, or goes meanwhile (systemd removes a scope that is empty), has nobody who is frozen.</summary>
    public static void Thaw(string directory)
    {
        if (Files.TryWriteExisting(directory + "/cgroup.freeze", "0") is not (Errno.None or Errno.ENODEV) && Files.Exists(directory))
        {
            Write(directory, "cgroup.freeze", "0");
        }
    }

    /// <summary>Whether this cgroup was asked to freeze. cgroup.events tells of all that are in it, and so for a moment "frozen 0" when one joins.</summary>
    public static bool IsFreezing(string directory)
    {
        Span<byte> buffer = stackalloc byte[32];
        return CgroupFile.Read(directory + "/cgroup.freeze", buffer).StartsWith("1"u8);
    }

    /// <summary>SIGKILL to every process in and below, frozen or not, atomically against fork (Linux 5.14). ENOENT before.</summary>
    public static Errno TryKill(string directory) => Files.TryWriteExisting(directory + "/cgroup.kill", "1");

    /// <summary>Waits until a key of cgroup.events has a value; the kernel signals each change as POLLPRI.</summary>
    public static unsafe bool WaitFor(string directory, ReadOnlySpan<byte> key, long value, int timeoutMilliseconds)
    {
        const int POLLPRI = 2;
        if (Files.TryOpen(directory + "/cgroup.events", OpenFlags.O_RDONLY, out var fd) != Errno.None)
        {
            return value == 0; // a cgroup that is gone is neither populated nor frozen
        }

        using (fd)
        {
            Span<byte> buffer = stackalloc byte[128];
            var entry = stackalloc int[2] { fd!.Number, POLLPRI };
            var time = stackalloc long[2];
            var pause = new Backoff(timeoutMilliseconds);
            while (true)
            {
                Syscall.Invoke(Nr.lseek, fd.Number, 0, 0);
                var count = Files.Read(fd, buffer);
                if (count <= 0)
                {
                    return value == 0; // ENODEV: removed while we looked
                }

                if (CgroupFile.Find(buffer[..count], key) == value)
                {
                    return true;
                }

                var left = pause.RemainingMilliseconds;
                if (left == 0)
                {
                    return false;
                }

                time[0] = left / 1000;
                time[1] = left % 1000 * 1_000_000L;
                Syscall.Invoke(Nr.ppoll, (nint)entry, 1, (nint)time, 0, 8);
            }
        }
    }

    private static void Write(string directory, string file, string value)
    {
        var errno = Files.TryWriteExisting($"{directory}/{file}", value);
        if (errno != Errno.None)
        {
            throw new CgroupException($"write {file} {value} in {directory}", errno,
                errno == Errno.ENOENT ? "freezing on cgroup v2 needs Linux 5.2" : null);
        }
    }
}
