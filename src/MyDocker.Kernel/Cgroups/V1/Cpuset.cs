using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The v1 cpuset controller (cgroup-v1/cpusets.rst).</summary>
public static class Cpuset
{
    public static void Set(in CgroupWrites writes, string? cpus, string? memoryNodes)
    {
        const string Remedy = "the list must lie within the parent cgroup's";
        if (!string.IsNullOrEmpty(cpus))
        {
            writes.Add("cpuset.cpus", cpus, remedy: Remedy);
        }

        if (!string.IsNullOrEmpty(memoryNodes))
        {
            writes.Add("cpuset.mems", memoryNodes, remedy: Remedy);
        }
    }

    /// <summary>
    /// A new v1 cpuset has no CPU and no memory node and lets nobody in (ENOSPC): what is empty is copied from the
    /// parent, and from the parent's parent first where that is empty too.
    /// </summary>
    public static void Inherit(string directory)
    {
        Copy(directory, "cpuset.cpus");
        Copy(directory, "cpuset.mems");
    }

    private static string Copy(string directory, string file)
    {
        var path = $"{directory}/{file}";
        var text = Files.TryReadText(path, out var errno)?.Trim() ?? throw new KernelException("read", path, errno);
        if (text.Length > 0 || Path.GetDirectoryName(directory) is not { } parent)
        {
            return text;
        }

        text = Copy(parent, file);
        errno = Files.TryWriteExisting(path, text);
        return errno == Errno.None ? text : throw new CgroupException($"write {file} {text} in {directory}", errno);
    }
}
