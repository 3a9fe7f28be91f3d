namespace MyDocker.Oci.Runtime;

/// <summary>
/// What `features` prints (features.md): what the runtime was built to do, whatever this host can. A null list or flag
/// means "unknown", an empty list "none".
/// </summary>
public sealed record Features
{
    public string? OciVersionMin { get; set; }
    public string? OciVersionMax { get; set; }
    public List<string>? Hooks { get; set; }
    public List<string>? MountOptions { get; set; }
    public LinuxFeatures? Linux { get; set; }
    public Dictionary<string, string>? Annotations { get; set; }
    public List<string>? PotentiallyUnsafeConfigAnnotations { get; set; }
}

public sealed record LinuxFeatures
{
    public List<string>? Namespaces { get; set; }
    public List<string>? Capabilities { get; set; }
    public CgroupFeatures? Cgroup { get; set; }
    public SeccompFeatures? Seccomp { get; set; }
    public EnabledFeature? Apparmor { get; set; }
    public EnabledFeature? Selinux { get; set; }
    public IntelRdtFeatures? IntelRdt { get; set; }
    public MemoryPolicyFeatures? MemoryPolicy { get; set; }
    public MountExtensionsFeatures? MountExtensions { get; set; }
    public EnabledFeature? NetDevices { get; set; }
}

public sealed record CgroupFeatures
{
    public bool? V1 { get; set; }
    public bool? V2 { get; set; }
    public bool? Systemd { get; set; }
    public bool? SystemdUser { get; set; }
    public bool? Rdma { get; set; }
}

public sealed record SeccompFeatures
{
    public bool? Enabled { get; set; }
    public List<string>? Actions { get; set; }
    public List<string>? Operators { get; set; }
    public List<string>? Archs { get; set; }
    public List<string>? KnownFlags { get; set; }
    public List<string>? SupportedFlags { get; set; }
}

public sealed record EnabledFeature
{
    public bool? Enabled { get; set; }
}

public sealed record IntelRdtFeatures
{
    public bool? Enabled { get; set; }
    public bool? Schemata { get; set; }
    public bool? Monitoring { get; set; }
}

public sealed record MemoryPolicyFeatures
{
    public List<string>? Modes { get; set; }
    public List<string>? Flags { get; set; }
}

public sealed record MountExtensionsFeatures
{
    public EnabledFeature? Idmap { get; set; }
}
