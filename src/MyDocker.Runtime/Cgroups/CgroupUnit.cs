using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// The systemd unit that owns a container's cgroup: a transient scope, or a slice where its name says so. systemd moves the
/// container's first process into it; limits are properties of the unit, so that they stay when systemd reloads, and are then
/// written to the files as well, for what systemd has no property for.
/// </summary>
/// <param name="name">"mydocker-web1.scope".</param>
/// <param name="user">of the systemd of the user who runs this process, not the host's.</param>
public sealed class CgroupUnit(string name, bool user)
{
    private readonly List<UnitProperty> _given = [];

    public string Name { get; } = name;

    public bool IsUser { get; } = user;

    /// <summary>"system.slice": what it lies in.</summary>
    public string Slice { get; internal init; } = "";

    /// <summary>The container's id, for systemctl status.</summary>
    public string ContainerId { get; internal init; } = "";

    internal LinuxResources Resources { get; init; } = new();

    internal CgroupMode Mode { get; init; } = CgroupMode.V2;

    /// <summary>Properties of the annotations org.systemd.property.NAME.</summary>
    internal IReadOnlyList<UnitProperty> Given
    {
        get => _given;
        init => _given.AddRange(value);
    }

    /// <summary>
    /// Which unit a configuration's cgroupsPath names: "slice:prefix:name"; absent: a scope "mydocker-ID" in the usual slice.
    /// </summary>
    /// <exception cref="SpecException">another form.</exception>
    public static (string Slice, string Unit) Parse(string? cgroupsPath, string id, bool user)
    {
        var usual = user ? "user.slice" : "system.slice";
        if (string.IsNullOrEmpty(cgroupsPath))
        {
            return (usual, $"mydocker-{UnitName.Escape(id)}.scope");
        }

        var parts = cgroupsPath.Split(':');
        if (parts.Length != 3 || parts[2].Length == 0)
        {
            throw new SpecException("linux.cgroupsPath", $"expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"{cgroupsPath}\" instead");
        }

        var slice = parts[0].Length == 0 ? usual : parts[0];
        try
        {
            UnitName.ExpandSlice(slice);
        }
        catch (ArgumentException e)
        {
            throw new SpecException("linux.cgroupsPath", e.Message);
        }

        return (slice, parts[2].EndsWith(".slice", StringComparison.Ordinal) ? UnitName.Escape(parts[2]) : UnitName.Escape($"{parts[1]}-{parts[2]}") + ".scope");
    }

    /// <summary>Makes the unit with a process in it, and waits until it is there. What an earlier run left failed is replaced.</summary>
    public void Start(int pid)
    {
        using var manager = SystemdManager.Open(IsUser);
        var properties = StartProperties(manager.Version(), pid);
        try
        {
            manager.StartTransientUnit(Name, properties);
        }
        catch (SystemdException e) when (e.Name == SystemdManager.UnitExists && manager.ResetFailed(Name))
        {
            manager.StartTransientUnit(Name, properties);
        }
    }

    /// <summary>Stops the unit and makes systemd forget it. One that is gone already is fine.</summary>
    public void Stop()
    {
        using var manager = SystemdManager.Open(IsUser);
        manager.Stop(Name);
    }

    /// <summary>Moves another process of the container in, or into a cgroup below it.</summary>
    public void Attach(int pid, string subcgroup = "/")
    {
        using var manager = SystemdManager.Open(IsUser);
        manager.Attach(Name, subcgroup, pid);
    }

    /// <summary>New limits as properties.</summary>
    internal void Update(Cgroup cgroup, LinuxResources resources)
    {
        using var manager = SystemdManager.Open(IsUser);
        var properties = SystemdProperties.For(resources, cgroup.Layout.Mode, manager.Version(), resources.Devices is { Count: > 0 });
        if (properties.Count == 0)
        {
            return;
        }

        // On v1 systemd applies its device rules anew by denying everything for a moment, which no process may see.
        var freeze = cgroup.Layout.Mode != CgroupMode.V2 && cgroup.Layout.Of(Controllers.Freezer) is not null && !cgroup.IsFrozen();
        if (freeze)
        {
            cgroup.Freeze();
        }

        try
        {
            manager.SetProperties(Name, properties);
        }
        finally
        {
            if (freeze)
            {
                cgroup.Thaw();
            }
        }
    }

    /// <summary>As a plan shows them.</summary>
    public IEnumerable<string> Describe() => StartProperties(version: int.MaxValue, pid: 0).Select(property => property.ToString());

    private List<UnitProperty> StartProperties(int version, int pid)
    {
        var isSlice = Name.EndsWith(".slice", StringComparison.Ordinal);
        List<UnitProperty> properties =
        [
            UnitProperty.Of("Description", $"container {ContainerId}"),
            // A slice's parent is in its name; Wants= starts it.
            isSlice ? UnitProperty.Of("Wants", new[] { Slice }) : UnitProperty.Of("Slice", Slice),
            UnitProperty.Of("PIDs", new[] { (uint)pid }),
            UnitProperty.Of("MemoryAccounting", true),
            UnitProperty.Of("CPUAccounting", true),
            UnitProperty.Of(Mode == CgroupMode.V2 ? "IOAccounting" : "BlockIOAccounting", true),
            UnitProperty.Of("TasksAccounting", true),
            UnitProperty.Of("DefaultDependencies", false),
        ];
        if (!isSlice)
        {
            properties.Add(UnitProperty.Of("Delegate", true));
        }

        if (isSlice)
        {
            properties.RemoveAll(property => property.Name == "PIDs");
        }

        properties.AddRange(SystemdProperties.For(Resources, Mode, version, devices: true));
        if (Resources.Unified?.GetValueOrDefault("memory.oom.group") is { } group && version >= SystemdProperties.OomPolicyOfScopes && group.Trim() is "0" or "1")
        {
            properties.Add(UnitProperty.Of("OOMPolicy", group.Trim() == "1" ? "kill" : "continue"));
        }

        properties.AddRange(Given);
        return properties;
    }
}
