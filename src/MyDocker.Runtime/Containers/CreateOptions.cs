namespace MyDocker.Runtime.Containers;

/// <summary>What <c>create</c> and <c>run</c> are asked for beside the bundle's config.json.</summary>
public sealed record CreateOptions
{
    public required string Id { get; init; }

    /// <summary>The bundle's directory.</summary>
    public string Bundle { get; init; } = ".";

    /// <summary>Another file than the bundle's config.json.</summary>
    public string Config { get; init; } = "config.json";

    /// <summary>A unix socket that takes the master end of the container's terminal.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>A file that takes the number of the container's process.</summary>
    public string? PidFile { get; init; }

    /// <summary>A unix socket that takes a pidfd of the container's process.</summary>
    public string? PidFdSocket { get; init; }

    /// <summary>Move the root file system over "/" and chroot, for hosts whose "/" is a ramdisk that cannot be pivoted.</summary>
    public bool NoPivot { get; init; }

    public bool NoNewKeyring { get; init; }

    /// <summary>Descriptors from 3 on that the command keeps.</summary>
    public int PreservedDescriptors { get; init; }

    public CgroupManager CgroupManager { get; init; }

    /// <summary>Where this user may make no cgroup, and no limit asks for one, the container stays in its creator's.</summary>
    public bool Rootless { get; init; }
}

/// <summary>Who makes cgroups.</summary>
public enum CgroupManager
{
    /// <summary>The runtime, by the files of the cgroup file systems.</summary>
    Cgroupfs,

    /// <summary>systemd, as a transient scope.</summary>
    Systemd,

    /// <summary>Nobody: the container stays in the cgroups of its creator.</summary>
    Disabled,
}
