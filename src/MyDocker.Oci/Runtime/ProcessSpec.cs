using System.Text.Json.Serialization;

namespace MyDocker.Oci.Runtime;

/// <summary>The container's process (config.md, "Process"); also what `exec --process FILE` reads.</summary>
public sealed record ProcessSpec
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Terminal { get; set; }
    public ConsoleSize? ConsoleSize { get; set; }
    public UserSpec User { get; set; } = new();
    public List<string>? Args { get; set; }
    public List<string>? Env { get; set; }
    public string Cwd { get; set; } = "";
    public LinuxCapabilities? Capabilities { get; set; }
    public List<Rlimit>? Rlimits { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoNewPrivileges { get; set; }
    public string? ApparmorProfile { get; set; }

    /// <summary>-1000 to 1000; absent: leave what the runtime itself has.</summary>
    public int? OomScoreAdj { get; set; }
    public Scheduler? Scheduler { get; set; }
    public string? SelinuxLabel { get; set; }
    public IOPriority? IoPriority { get; set; }
    public CPUAffinity? ExecCPUAffinity { get; set; }
}

/// <summary>Size of the terminal in characters.</summary>
public sealed record ConsoleSize
{
    public uint Height { get; set; }
    public uint Width { get; set; }
}

public sealed record UserSpec
{
    public uint Uid { get; set; }
    public uint Gid { get; set; }

    /// <summary>The file mode mask; absent: leave it (most runtimes then use 0022).</summary>
    public uint? Umask { get; set; }
    public List<uint>? AdditionalGids { get; set; }
}

/// <summary>The five sets, as names like CAP_NET_RAW.</summary>
public sealed record LinuxCapabilities
{
    public List<string>? Bounding { get; set; }
    public List<string>? Effective { get; set; }
    public List<string>? Inheritable { get; set; }
    public List<string>? Permitted { get; set; }
    public List<string>? Ambient { get; set; }
}

/// <summary>setrlimit(2); <see cref="Type"/> is a name like RLIMIT_NOFILE, the values are in that limit's unit.</summary>
public sealed record Rlimit
{
    public string Type { get; set; } = "";
    public ulong Hard { get; set; }
    public ulong Soft { get; set; }
}

/// <summary>sched_setattr(2); <see cref="Runtime"/>, <see cref="Deadline"/> and <see cref="Period"/> in nanoseconds.</summary>
public sealed record Scheduler
{
    /// <summary>SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE or SCHED_DEADLINE.</summary>
    public string Policy { get; set; } = "";
    public int? Nice { get; set; }
    public int? Priority { get; set; }

    /// <summary>Names like SCHED_FLAG_RESET_ON_FORK.</summary>
    public List<string>? Flags { get; set; }
    public ulong? Runtime { get; set; }
    public ulong? Deadline { get; set; }
    public ulong? Period { get; set; }
}

/// <summary>ioprio_set(2); <see cref="Class"/> is IOPRIO_CLASS_RT, _BE or _IDLE, <see cref="Priority"/> 0 to 7.</summary>
public sealed record IOPriority
{
    public string Class { get; set; } = "";
    public int Priority { get; set; }
}

/// <summary>CPU lists ("0-3,7") for a process that is exec'd into a container, before and after it enters the cgroup.</summary>
public sealed record CPUAffinity
{
    public string? Initial { get; set; }
    public string? Final { get; set; }
}
