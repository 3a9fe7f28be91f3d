using MyDocker.Kernel.Seccomp;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Resctrl;

namespace MyDocker.Runtime.Plan;

/// <summary>Where the container's root file system comes from.</summary>
public abstract record RootfsSource
{
    private RootfsSource()
    {
    }

    /// <summary>A directory that is used as it is (OCI <c>root.path</c>).</summary>
    public sealed record Existing(string Path) : RootfsSource;

    /// <summary>A union of read-only layers and the container's own writable layer.</summary>
    /// <param name="LayersParent">directory that all layers lie in: one mount of it is enough for all of them.</param>
    /// <param name="Layers">layers relative to the parent ("." for the parent itself), top-most first; none: <c>upper</c> has all files, and no union is needed.</param>
    /// <param name="Writable">directory with <c>upper</c> and <c>work</c>.</param>
    /// <param name="Volatile">the writable layer is thrown away afterwards: nothing of it needs to reach the disk (5.10).</param>
    public sealed record Overlay(string LayersParent, IReadOnlyList<string> Layers, string Writable, bool Volatile) : RootfsSource;
}

/// <summary>What the command's descriptors 0–2 are.</summary>
public abstract record ProcessStdio
{
    private ProcessStdio()
    {
    }

    /// <summary>Those of the launching process.</summary>
    /// <param name="NullStreams">which of them are the host's /dev/null, bit 0 for standard input; null: to be looked up.</param>
    public sealed record Inherited(int? NullStreams = null) : ProcessStdio
    {
        /// <summary>Whether this one is the host's /dev/null.</summary>
        internal bool IsNull(int number) => NullStreams is { } known
            ? (known >> number & 1) != 0
            : Files.TryStatStream(number, out var stat) && stat is { IsCharDevice: true, DeviceNodeMajor: 1, DeviceNodeMinor: 3 };
    }

    /// <summary>These descriptors.</summary>
    public sealed record Given(Fd Input, Fd Output, Fd Error) : ProcessStdio;

    /// <summary>A new terminal of the container's own devpts; its master end is sent to the parent.</summary>
    public sealed record Terminal(ushort Rows, ushort Columns) : ProcessStdio;
}

/// <summary>A seccomp filter, compiled.</summary>
/// <param name="Program">struct sock_filter, 8 bytes each.</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_*.</param>
public sealed record SeccompFilterProgram(byte[] Program, uint Flags)
{
    /// <summary>Installing it returns a descriptor for an agent (SCMP_ACT_NOTIFY).</summary>
    public bool HasListener => (Flags & SeccompCall.SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
}

/// <summary>How the container's interfaces are made: steps to print, and one action that makes them in a few netlink batches.</summary>
public sealed record NetworkSetup(Func<IEnumerable<string>> Steps, Action<LaunchState> Run);

/// <summary>All that is known about a container when its start is planned.</summary>
public sealed record LaunchRequest
{
    public required string Id { get; init; }

    public required RuntimeSpec Spec { get; init; }

    public required RootfsSource Rootfs { get; init; }

    /// <summary>
    /// The parent's and so the child's first working directory: for a union it has the mount points <c>lower</c>, <c>rw</c> and
    /// <c>root</c>, so that the child needs no right to walk the path to them. Containers share it: what is mounted there is
    /// seen in each one's mount namespace alone.
    /// </summary>
    public required string Directory { get; init; }

    public required ProcessStdio Stdio { get; init; }

    public SeccompFilterProgram? Seccomp { get; init; }

    /// <summary>The container's cgroups; null: it stays in the launcher's.</summary>
    public CgroupPlan? Cgroup { get; init; }

    /// <summary>
    /// Files of the container's writable directory that are mounted into it: paths such as <c>rw/hosts</c>, and where they go.
    /// </summary>
    public IReadOnlyList<(string Source, string Destination)> OwnFiles { get; init; } = [];

    /// <summary>Sources of bind mounts that are no paths but detached mounts, by what they are called.</summary>
    public Dictionary<string, Fd>? Trees { get; init; }

    /// <summary>linux.intelRdt; null: the container stays in the group of who starts it.</summary>
    public RdtGroup? Rdt { get; init; }

    /// <summary>chroot instead of pivot_root, for hosts whose "/" is a ramdisk that cannot be pivoted.</summary>
    public bool NoPivot { get; init; }

    /// <summary>The launching process is in a user namespace other than the first: it can make no device nodes.</summary>
    public bool RunsInUserNamespace { get; init; }

    /// <summary>
    /// The launching process may neither make nor copy mounts, being another user than root, or root of a user namespace without a
    /// mount namespace of its own: the child does it all.
    /// </summary>
    public bool IsMountedByChild { get; init; }

    /// <summary>What to do where owners cannot be mapped; null: the start fails, as a bundle that asks for it wants.</summary>
    public OwnerFallback? OwnerFallback { get; init; }

    /// <summary>HOME of the command where its environment has none (<see cref="HomeDirectory"/>).</summary>
    public string? Home { get; init; }

    /// <summary>The launching process is not root: ids are mapped by newuidmap(1) and newgidmap(1).</summary>
    public bool IsRootless { get; init; }

    /// <summary>
    /// Binds the socket at which the container waits for its start when the launching process has left; null: it is started by
    /// the launching process.
    /// </summary>
    public Func<Fd>? StartSocket { get; init; }

    /// <summary>The child says that it is ready before it waits, for hooks that must find it inside its root; always true with a start socket.</summary>
    public bool SaysReady { get; init; }

    /// <summary>A lock of the launching process that the child must not hold on to; null: none.</summary>
    public Fd? Lock { get; init; }

    /// <summary>
    /// Runs the hooks that belong between mounts and pivot_root; null: there are none, and the child does not stop for them.
    /// Whatever it throws ends the launch.
    /// </summary>
    public Action<LaunchState>? AtHooks { get; init; }

    /// <summary>Stay in the session keyring of the caller instead of a new one.</summary>
    public bool KeepsKeyring { get; init; }

    /// <summary>Descriptors from 3 on that the command keeps.</summary>
    public int PreservedDescriptors { get; init; }

    /// <summary>The container's interfaces; null where the network namespace is somebody else's.</summary>
    public NetworkSetup? Network { get; init; }

    /// <summary>The container's own process, as its steps see it.</summary>
    public ProcessContext OfProcess() => new()
    {
        Process = Spec.Process ?? throw new SpecException("process", "is required to start a container"),
        ContainerId = Id,
        Stdio = Stdio,
        Seccomp = Seccomp,
        MemoryPolicy = Spec.Linux?.MemoryPolicy,
        Personality = Spec.Linux?.Personality,
        MayBeDeniedGroups = NamespaceSteps.PathOf(Spec, "user") is not null || IsRootless || RunsInUserNamespace,
        UidMappings = NamespaceSteps.IsNew(Spec, "user") ? Spec.Linux!.UidMappings ?? [] : null,
        GidMappings = NamespaceSteps.IsNew(Spec, "user") ? Spec.Linux!.GidMappings ?? [] : null,
        KeepsGroups = IdentitySteps.KeepsGroups(Spec),
        Home = Home,
        KeepsKeyring = KeepsKeyring,
        PreservedDescriptors = PreservedDescriptors,
    };
}
