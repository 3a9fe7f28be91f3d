using MyDocker.Oci.Json;

namespace MyDocker.Oci.Runtime.Reading;

/// <summary>Reads the records of LinuxSpec.cs: the "linux" section.</summary>
internal static class LinuxReading
{
    public static LinuxSpec? Linux(ref JsonCursor json) => json.Record(new LinuxSpec(), static (linux, name, ref json) =>
    {
        switch (name)
        {
            case "uidMappings": linux.UidMappings = json.List(IDMapping); break;
            case "gidMappings": linux.GidMappings = json.List(IDMapping); break;
            case "sysctl": linux.Sysctl = json.TextMap(); break;
            case "resources": linux.Resources = ResourcesReading.Resources(ref json); break;
            case "cgroupsPath": linux.CgroupsPath = json.TextOrNull(); break;
            case "namespaces": linux.Namespaces = json.List(Namespace); break;
            case "devices": linux.Devices = json.List(Device); break;
            case "netDevices": linux.NetDevices = json.Map(NetDevice); break;
            case "seccomp": linux.Seccomp = SeccompReading.Seccomp(ref json); break;
            case "rootfsPropagation": linux.RootfsPropagation = json.TextOrNull(); break;
            case "maskedPaths": linux.MaskedPaths = json.Texts(); break;
            case "readonlyPaths": linux.ReadonlyPaths = json.Texts(); break;
            case "mountLabel": linux.MountLabel = json.TextOrNull(); break;
            case "intelRdt": linux.IntelRdt = IntelRdt(ref json); break;
            case "memoryPolicy": linux.MemoryPolicy = MemoryPolicy(ref json); break;
            case "personality": linux.Personality = Personality(ref json); break;
            case "timeOffsets": linux.TimeOffsets = json.Map(TimeOffset); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxNamespace? Namespace(ref JsonCursor json) => json.Record(new LinuxNamespace(), static (entry, name, ref json) =>
    {
        switch (name)
        {
            case "type": entry.Type = json.Text(); break;
            case "path": entry.Path = json.TextOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxIDMapping? IDMapping(ref JsonCursor json) => json.Record(new LinuxIDMapping(), static (mapping, name, ref json) =>
    {
        switch (name)
        {
            case "containerID": mapping.ContainerID = json.UInt(); break;
            case "hostID": mapping.HostID = json.UInt(); break;
            case "size": mapping.Size = json.UInt(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxTimeOffset? TimeOffset(ref JsonCursor json) => json.Record(new LinuxTimeOffset(), static (timeOffset, name, ref json) =>
    {
        switch (name)
        {
            case "secs": timeOffset.Secs = json.Long(); break;
            case "nanosecs": timeOffset.Nanosecs = json.UInt(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxDevice? Device(ref JsonCursor json) => json.Record(new LinuxDevice(), static (device, name, ref json) =>
    {
        switch (name)
        {
            case "path": device.Path = json.Text(); break;
            case "type": device.Type = json.Text(); break;
            case "major": device.Major = json.Long(); break;
            case "minor": device.Minor = json.Long(); break;
            case "fileMode": device.FileMode = json.UIntOrNull(); break;
            case "uid": device.Uid = json.UIntOrNull(); break;
            case "gid": device.Gid = json.UIntOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxNetDevice? NetDevice(ref JsonCursor json) => json.Record(new LinuxNetDevice(), static (netDevice, name, ref json) =>
    {
        switch (name)
        {
            case "name": netDevice.Name = json.TextOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxPersonality? Personality(ref JsonCursor json) => json.Record(new LinuxPersonality(), static (personality, name, ref json) =>
    {
        switch (name)
        {
            case "domain": personality.Domain = json.Text(); break;
            case "flags": personality.Flags = json.Texts(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxIntelRdt? IntelRdt(ref JsonCursor json) => json.Record(new LinuxIntelRdt(), static (intelRdt, name, ref json) =>
    {
        switch (name)
        {
            case "closID": intelRdt.ClosID = json.TextOrNull(); break;
            case "schemata": intelRdt.Schemata = json.Texts(); break;
            case "l3CacheSchema": intelRdt.L3CacheSchema = json.TextOrNull(); break;
            case "memBwSchema": intelRdt.MemBwSchema = json.TextOrNull(); break;
            case "enableMonitoring": intelRdt.EnableMonitoring = json.Bool(); break;
            case "enableCMT": intelRdt.EnableCMT = json.Bool(); break;
            case "enableMBM": intelRdt.EnableMBM = json.Bool(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxMemoryPolicy? MemoryPolicy(ref JsonCursor json) => json.Record(new LinuxMemoryPolicy(), static (memoryPolicy, name, ref json) =>
    {
        switch (name)
        {
            case "mode": memoryPolicy.Mode = json.Text(); break;
            case "nodes": memoryPolicy.Nodes = json.TextOrNull(); break;
            case "flags": memoryPolicy.Flags = json.Texts(); break;
            default: json.Unknown(); break;
        }
    });
}
