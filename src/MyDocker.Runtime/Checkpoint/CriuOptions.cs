namespace MyDocker.Runtime.Checkpoint;

/// <summary>What <c>checkpoint</c> and <c>restore</c> are asked for, in the words of their options.</summary>
public sealed record CriuOptions
{
    /// <summary>Directory of the image files, absolute.</summary>
    public required string ImagePath { get; init; }

    /// <summary>Directory of logs and temporary files, absolute; null: that of the image files.</summary>
    public string? WorkPath { get; init; }

    /// <summary>Images of an earlier pre-dump, relative to <see cref="ImagePath"/>: only pages that have changed since are written.</summary>
    public string? ParentPath { get; init; }

    public bool LeaveRunning { get; init; }
    public bool TcpEstablished { get; init; }
    public bool TcpSkipInFlight { get; init; }
    public bool LinkRemap { get; init; }
    public bool ExternalUnixSockets { get; init; }
    public bool ShellJob { get; init; }
    public bool FileLocks { get; init; }

    /// <summary>Write memory only, and let the container go on.</summary>
    public bool PreDump { get; init; }
    public bool AutoDedup { get; init; }
    public bool LazyPages { get; init; }

    /// <summary>A descriptor of this process that gets a zero byte once lazy pages can be served; null: none.</summary>
    public int? StatusFd { get; init; }

    /// <summary>Address and port that take the memory's pages instead of files.</summary>
    public (string Address, int Port)? PageServer { get; init; }

    /// <summary>enum criu_cg_mode.</summary>
    public CriuCgroupMode CgroupMode { get; init; } = CriuCgroupMode.Default;

    /// <summary>TYPE:NAME, such as apparmor:NAME or selinux:LABEL, for the restored processes.</summary>
    public string? LsmProfile { get; init; }
    public string? LsmMountContext { get; init; }

    /// <summary>Settings of this runtime for CRIU, as criu(8) reads them, if the file is there; absolute.</summary>
    public string? ConfigFile { get; init; }
}

/// <summary>What CRIU does with cgroups (criu(8), --manage-cgroups); the numbers are those of its protocol.</summary>
public enum CriuCgroupMode
{
    Ignore = 0,
    Soft = 3,
    Full = 4,
    Strict = 5,
    Default = 6,
}
