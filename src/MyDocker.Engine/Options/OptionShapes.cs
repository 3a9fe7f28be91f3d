using MyDocker.Engine.Logs;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Options;

/// <summary>How <see cref="RunOptions"/> and what belongs to them lie in a container's record. A new option needs its line here.</summary>
internal static class OptionShapes
{
    private static readonly JsonShape<RestartOption> _restart = new JsonShape<RestartOption>(() => new RestartOption(RestartOption.No))
        .Text("policy", o => o.Policy, (o, v) => o with { Policy = v })
        .Int("maximumRetries", o => o.MaximumRetries, (o, v) => o with { MaximumRetries = v });

    private static readonly JsonShape<LogOptions> _log = new JsonShape<LogOptions>(() => new LogOptions())
        .Text("driver", o => o.Driver, (o, v) => o with { Driver = v })
        .Long("maxSize", o => o.MaxSize, (o, v) => o with { MaxSize = v })
        .Int("maxFiles", o => o.MaxFiles, (o, v) => o with { MaxFiles = v })
        .TextMap("given", o => o.Given, (o, v) => o with { Given = v });

    private static readonly JsonShape<HealthOption> _health = new JsonShape<HealthOption>(() => new HealthOption())
        .Texts("test", o => o.Test, (o, v) => o with { Test = v })
        .Long("interval", o => o.Interval, (o, v) => o with { Interval = v })
        .Long("timeout", o => o.Timeout, (o, v) => o with { Timeout = v })
        .Long("startPeriod", o => o.StartPeriod, (o, v) => o with { StartPeriod = v })
        .Long("startInterval", o => o.StartInterval, (o, v) => o with { StartInterval = v })
        .Int("retries", o => o.Retries, (o, v) => o with { Retries = v });

    private static readonly JsonShape<UlimitOption> _ulimit = new JsonShape<UlimitOption>(() => new UlimitOption("", 0, 0))
        .Text("type", o => o.Type, (o, v) => o with { Type = v })
        .ULong("soft", o => o.Soft, (o, v) => o with { Soft = v })
        .ULong("hard", o => o.Hard, (o, v) => o with { Hard = v });

    private static readonly JsonShape<DeviceOption> _device = new JsonShape<DeviceOption>(() => new DeviceOption("", "", ""))
        .Text("hostPath", o => o.HostPath, (o, v) => o with { HostPath = v })
        .Text("containerPath", o => o.ContainerPath, (o, v) => o with { ContainerPath = v })
        .Text("permissions", o => o.Permissions, (o, v) => o with { Permissions = v });

    private static readonly JsonShape<DeviceRuleOption> _deviceRule = new JsonShape<DeviceRuleOption>(() => new DeviceRuleOption("", null, null, ""))
        .Text("type", o => o.Type, (o, v) => o with { Type = v })
        .LongOrNull("major", o => o.Major, (o, v) => o with { Major = v })
        .LongOrNull("minor", o => o.Minor, (o, v) => o with { Minor = v })
        .Text("access", o => o.Access, (o, v) => o with { Access = v });

    private static readonly JsonShape<BlockDeviceLimit> _blockDevice = new JsonShape<BlockDeviceLimit>(() => new BlockDeviceLimit("", 0))
        .Text("path", o => o.Path, (o, v) => o with { Path = v })
        .ULong("value", o => o.Value, (o, v) => o with { Value = v });

    private static readonly JsonShape<BlockIoOptions> _blockIo = new JsonShape<BlockIoOptions>(() => new BlockIoOptions())
        .IntOrNull("weight", o => o.Weight, (o, v) => o with { Weight = (ushort?)v })
        .Records("weightDevice", _blockDevice, o => o.WeightDevice, (o, v) => o with { WeightDevice = v })
        .Records("readBps", _blockDevice, o => o.ReadBps, (o, v) => o with { ReadBps = v })
        .Records("writeBps", _blockDevice, o => o.WriteBps, (o, v) => o with { WriteBps = v })
        .Records("readIops", _blockDevice, o => o.ReadIops, (o, v) => o with { ReadIops = v })
        .Records("writeIops", _blockDevice, o => o.WriteIops, (o, v) => o with { WriteIops = v });

    private static readonly JsonShape<MountOption> _mount = new JsonShape<MountOption>(() => new MountOption("", "", "", [], CreateSource: false))
        .Text("type", o => o.Type, (o, v) => o with { Type = v })
        .Text("source", o => o.Source, (o, v) => o with { Source = v })
        .Text("destination", o => o.Destination, (o, v) => o with { Destination = v })
        .Texts("options", o => o.Options, (o, v) => o with { Options = v })
        .Bool("createSource", o => o.CreateSource, (o, v) => o with { CreateSource = v })
        .TextOrNull("hostPath", o => o.HostPath, (o, v) => o with { HostPath = v });

    public static JsonShape<RunOptions> Options { get; } = new JsonShape<RunOptions>(() => new RunOptions())
        .Text("image", o => o.Image, (o, v) => o with { Image = v })
        .Texts("command", o => o.Command, (o, v) => o with { Command = v })
        .Text("pull", o => o.Pull, (o, v) => o with { Pull = v })
        .TextOrNull("platform", o => o.Platform, (o, v) => o with { Platform = v })
        .TextOrNull("name", o => o.Name, (o, v) => o with { Name = v })
        .Bool("interactive", o => o.Interactive, (o, v) => o with { Interactive = v })
        .Bool("terminal", o => o.Terminal, (o, v) => o with { Terminal = v })
        .Bool("detach", o => o.Detach, (o, v) => o with { Detach = v })
        .Bool("autoRemove", o => o.AutoRemove, (o, v) => o with { AutoRemove = v })
        .Bool("init", o => o.Init, (o, v) => o with { Init = v })
        .TextOrNull("detachKeys", o => o.DetachKeys, (o, v) => o with { DetachKeys = v })
        .Bool("keepsSignals", o => o.KeepsSignals, (o, v) => o with { KeepsSignals = v })
        .TextOrNull("cidFile", o => o.CidFile, (o, v) => o with { CidFile = v })
        .TextOrNull("stopSignal", o => o.StopSignal, (o, v) => o with { StopSignal = v })
        .IntOrNull("stopTimeout", o => o.StopTimeout, (o, v) => o with { StopTimeout = v })
        .Record("restartSetting", _restart, o => o.RestartSetting, (o, v) => o with { RestartSetting = v })
        .Record("logSetting", _log, o => o.LogSetting, (o, v) => o with { LogSetting = v })
        .Record("health", _health, o => o.Health, (o, v) => o with { Health = v })
        .TextMap("labels", o => o.Labels, (o, v) => o with { Labels = v })
        .TextMap("annotations", o => o.Annotations, (o, v) => o with { Annotations = v })
        .Texts("attach", o => o.Attach, (o, v) => o with { Attach = v })
        .Bool("quiet", o => o.Quiet, (o, v) => o with { Quiet = v })
        .TextOrNull("entrypoint", o => o.Entrypoint, (o, v) => o with { Entrypoint = v })
        .Texts("environment", o => o.Environment, (o, v) => o with { Environment = v })
        .TextOrNull("workingDirectory", o => o.WorkingDirectory, (o, v) => o with { WorkingDirectory = v })
        .TextOrNull("user", o => o.User, (o, v) => o with { User = v })
        .Texts("groupsAdded", o => o.GroupsAdded, (o, v) => o with { GroupsAdded = v })
        .IntOrNull("oomScoreAdj", o => o.OomScoreAdj, (o, v) => o with { OomScoreAdj = v })
        .Records("ulimits", _ulimit, o => o.Ulimits, (o, v) => o with { Ulimits = v })
        .TextMap("sysctls", o => o.Sysctls, (o, v) => o with { Sysctls = v })
        .Texts("capabilitiesAdded", o => o.CapabilitiesAdded, (o, v) => o with { CapabilitiesAdded = v })
        .Texts("capabilitiesDropped", o => o.CapabilitiesDropped, (o, v) => o with { CapabilitiesDropped = v })
        .Texts("securityOptions", o => o.SecurityOptions, (o, v) => o with { SecurityOptions = v })
        .Bool("privileged", o => o.Privileged, (o, v) => o with { Privileged = v })
        .Records("devices", _device, o => o.Devices, (o, v) => o with { Devices = v })
        .Records("deviceRules", _deviceRule, o => o.DeviceRules, (o, v) => o with { DeviceRules = v })
        .TextOrNull("hostname", o => o.Hostname, (o, v) => o with { Hostname = v })
        .TextOrNull("domainname", o => o.Domainname, (o, v) => o with { Domainname = v })
        .Texts("extraHosts", o => o.ExtraHosts, (o, v) => o with { ExtraHosts = v })
        .Texts("dns", o => o.Dns, (o, v) => o with { Dns = v })
        .Texts("dnsSearch", o => o.DnsSearch, (o, v) => o with { DnsSearch = v })
        .Texts("dnsOptions", o => o.DnsOptions, (o, v) => o with { DnsOptions = v })
        .Texts("exposed", o => o.Exposed, (o, v) => o with { Exposed = v })
        .Bool("readOnly", o => o.ReadOnly, (o, v) => o with { ReadOnly = v })
        .Records("mounts", _mount, o => o.Mounts, (o, v) => o with { Mounts = v })
        .Texts("volumesFrom", o => o.VolumesFrom, (o, v) => o with { VolumesFrom = v })
        .LongOrNull("shmSize", o => o.ShmSize, (o, v) => o with { ShmSize = v })
        .LongOrNull("memory", o => o.Memory, (o, v) => o with { Memory = v })
        .LongOrNull("memorySwap", o => o.MemorySwap, (o, v) => o with { MemorySwap = v })
        .Bool("oomPause", o => o.OomPause, (o, v) => o with { OomPause = v })
        .LongOrNull("memoryReservation", o => o.MemoryReservation, (o, v) => o with { MemoryReservation = v })
        .ULongOrNull("swappiness", o => o.Swappiness, (o, v) => o with { Swappiness = v })
        .ULongOrNull("cpuShares", o => o.CpuShares, (o, v) => o with { CpuShares = v })
        .ULongOrNull("cpuPeriod", o => o.CpuPeriod, (o, v) => o with { CpuPeriod = v })
        .LongOrNull("cpuQuota", o => o.CpuQuota, (o, v) => o with { CpuQuota = v })
        .LongOrNull("realtimePeriod", o => o.RealtimePeriod, (o, v) => o with { RealtimePeriod = v })
        .LongOrNull("realtimeRuntime", o => o.RealtimeRuntime, (o, v) => o with { RealtimeRuntime = v })
        .TextOrNull("cpusetCpus", o => o.CpusetCpus, (o, v) => o with { CpusetCpus = v })
        .TextOrNull("cpusetMems", o => o.CpusetMems, (o, v) => o with { CpusetMems = v })
        .Record("blockIo", _blockIo, o => o.BlockIo, (o, v) => o with { BlockIo = v })
        .LongOrNull("pidsLimit", o => o.PidsLimit, (o, v) => o with { PidsLimit = v })
        .Text("userNamespace", o => o.UserNamespace, (o, v) => o with { UserNamespace = v })
        .TextOrNull("network", o => o.Network, (o, v) => o with { Network = v })
        .TextOrNull("pidMode", o => o.PidMode, (o, v) => o with { PidMode = v })
        .TextOrNull("ipcMode", o => o.IpcMode, (o, v) => o with { IpcMode = v })
        .TextOrNull("utsMode", o => o.UtsMode, (o, v) => o with { UtsMode = v })
        .TextOrNull("cgroupNamespace", o => o.CgroupNamespace, (o, v) => o with { CgroupNamespace = v })
        .TextOrNull("address", o => o.Address, (o, v) => o with { Address = v })
        .TextOrNull("bridge", o => o.Bridge, (o, v) => o with { Bridge = v })
        .TextOrNull("hostAddress", o => o.HostAddress, (o, v) => o with { HostAddress = v });
}
