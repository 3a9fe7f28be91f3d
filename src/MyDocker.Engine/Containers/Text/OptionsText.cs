using MyDocker.Engine.Options;
using MyDocker.Oci.Json;
using static MyDocker.Oci.Json.JsonCursor;

namespace MyDocker.Engine.Containers.Text;

/// <summary><see cref="RunOptions"/>. Empty lists and maps, and what is off, are left out.</summary>
internal static class OptionsText
{
    public static JsonText Write(RunOptions options, JsonText text, string name)
    {
        text.Open(name)
            .Field("image", options.Image)
            .Field("command", Some(options.Command))
            .Field("pull", options.Pull)
            .Field("platform", options.Platform)
            .Field("name", options.Name)
            .FieldIf("interactive", options.Interactive)
            .FieldIf("terminal", options.Terminal)
            .FieldIf("detach", options.Detach)
            .FieldIf("autoRemove", options.AutoRemove)
            .FieldIf("init", options.Init)
            .Field("detachKeys", options.DetachKeys)
            .FieldIf("keepsSignals", options.KeepsSignals)
            .Field("cidFile", options.CidFile)
            .Field("stopSignal", options.StopSignal)
            .Field("stopTimeout", options.StopTimeout)
            .Field("labels", Some(options.Labels))
            .Field("annotations", options.Annotations)
            .Field("attach", options.Attach)
            .FieldIf("quiet", options.Quiet)
            .Field("entrypoint", options.Entrypoint)
            .Field("environment", Some(options.Environment))
            .Field("workingDirectory", options.WorkingDirectory)
            .Field("user", options.User)
            .Field("groupsAdded", options.GroupsAdded)
            .Field("oomScoreAdj", options.OomScoreAdj)
            .Field("sysctls", Some(options.Sysctls))
            .Field("capabilitiesAdded", Some(options.CapabilitiesAdded))
            .Field("capabilitiesDropped", Some(options.CapabilitiesDropped))
            .Field("securityOptions", Some(options.SecurityOptions))
            .FieldIf("privileged", options.Privileged)
            .Field("hostname", options.Hostname)
            .Field("domainname", options.Domainname)
            .Field("extraHosts", Some(options.ExtraHosts))
            .Field("dns", Some(options.Dns))
            .Field("dnsSearch", options.DnsSearch)
            .Field("dnsOptions", options.DnsOptions)
            .Field("exposed", options.Exposed)
            .FieldIf("readOnly", options.ReadOnly)
            .Field("volumesFrom", Some(options.VolumesFrom))
            .Field("shmSize", options.ShmSize)
            .Field("memory", options.Memory)
            .Field("memorySwap", options.MemorySwap)
            .FieldIf("oomPause", options.OomPause)
            .Field("memoryReservation", options.MemoryReservation)
            .Field("swappiness", options.Swappiness)
            .Field("cpuShares", options.CpuShares)
            .Field("cpuPeriod", options.CpuPeriod)
            .Field("cpuQuota", options.CpuQuota)
            .Field("realtimePeriod", options.RealtimePeriod)
            .Field("realtimeRuntime", options.RealtimeRuntime)
            .Field("cpusetCpus", options.CpusetCpus)
            .Field("cpusetMems", options.CpusetMems)
            .Field("pidsLimit", options.PidsLimit)
            .Field("userNamespace", options.UserNamespace)
            .Field("network", options.Network)
            .Field("pidMode", options.PidMode)
            .Field("ipcMode", options.IpcMode)
            .Field("utsMode", options.UtsMode)
            .Field("cgroupNamespace", options.CgroupNamespace)
            .Field("address", options.Address)
            .Field("bridge", options.Bridge)
            .Field("hostAddress", options.HostAddress);
        OptionPartsText.Write(options, text);
        return text.Close();
    }

    public static RunOptions? Read(ref JsonCursor json) => json.Record(new RunOptions(), static (options, name, ref json) =>
    {
        switch (name)
        {
            case "image": options.Image = json.Text(); break;
            case "command": options.Command = Required(json.Texts()); break;
            case "pull": options.Pull = json.Text(); break;
            case "platform": options.Platform = json.TextOrNull(); break;
            case "name": options.Name = json.TextOrNull(); break;
            case "interactive": options.Interactive = json.Bool(); break;
            case "terminal": options.Terminal = json.Bool(); break;
            case "detach": options.Detach = json.Bool(); break;
            case "autoRemove": options.AutoRemove = json.Bool(); break;
            case "init": options.Init = json.Bool(); break;
            case "detachKeys": options.DetachKeys = json.TextOrNull(); break;
            case "keepsSignals": options.KeepsSignals = json.Bool(); break;
            case "cidFile": options.CidFile = json.TextOrNull(); break;
            case "stopSignal": options.StopSignal = json.TextOrNull(); break;
            case "stopTimeout": options.StopTimeout = json.IntOrNull(); break;
            case "restartSetting": options.RestartSetting = OptionPartsText.Restart(ref json); break;
            case "logSetting": options.LogSetting = OptionPartsText.Log(ref json); break;
            case "health": options.Health = OptionPartsText.Health(ref json); break;
            case "labels": options.Labels = Required(json.TextMap()); break;
            case "annotations": options.Annotations = json.TextMap(); break;
            case "attach": options.Attach = json.Texts(); break;
            case "quiet": options.Quiet = json.Bool(); break;
            case "entrypoint": options.Entrypoint = json.TextOrNull(); break;
            case "environment": options.Environment = Required(json.Texts()); break;
            case "workingDirectory": options.WorkingDirectory = json.TextOrNull(); break;
            case "user": options.User = json.TextOrNull(); break;
            case "groupsAdded": options.GroupsAdded = json.Texts(); break;
            case "oomScoreAdj": options.OomScoreAdj = json.IntOrNull(); break;
            case "ulimits": options.Ulimits = Required(json.List(OptionPartsText.Ulimit)); break;
            case "sysctls": options.Sysctls = Required(json.TextMap()); break;
            case "capabilitiesAdded": options.CapabilitiesAdded = Required(json.Texts()); break;
            case "capabilitiesDropped": options.CapabilitiesDropped = Required(json.Texts()); break;
            case "securityOptions": options.SecurityOptions = Required(json.Texts()); break;
            case "privileged": options.Privileged = json.Bool(); break;
            case "devices": options.Devices = Required(json.List(OptionPartsText.Device)); break;
            case "deviceRules": options.DeviceRules = json.List(OptionPartsText.DeviceRule); break;
            case "hostname": options.Hostname = json.TextOrNull(); break;
            case "domainname": options.Domainname = json.TextOrNull(); break;
            case "extraHosts": options.ExtraHosts = Required(json.Texts()); break;
            case "dns": options.Dns = Required(json.Texts()); break;
            case "dnsSearch": options.DnsSearch = json.Texts(); break;
            case "dnsOptions": options.DnsOptions = json.Texts(); break;
            case "exposed": options.Exposed = json.Texts(); break;
            case "readOnly": options.ReadOnly = json.Bool(); break;
            case "mounts": options.Mounts = Required(json.List(OptionPartsText.Mount)); break;
            case "volumesFrom": options.VolumesFrom = Required(json.Texts()); break;
            case "shmSize": options.ShmSize = json.LongOrNull(); break;
            case "memory": options.Memory = json.LongOrNull(); break;
            case "memorySwap": options.MemorySwap = json.LongOrNull(); break;
            case "oomPause": options.OomPause = json.Bool(); break;
            case "memoryReservation": options.MemoryReservation = json.LongOrNull(); break;
            case "swappiness": options.Swappiness = json.ULongOrNull(); break;
            case "cpuShares": options.CpuShares = json.ULongOrNull(); break;
            case "cpuPeriod": options.CpuPeriod = json.ULongOrNull(); break;
            case "cpuQuota": options.CpuQuota = json.LongOrNull(); break;
            case "realtimePeriod": options.RealtimePeriod = json.LongOrNull(); break;
            case "realtimeRuntime": options.RealtimeRuntime = json.LongOrNull(); break;
            case "cpusetCpus": options.CpusetCpus = json.TextOrNull(); break;
            case "cpusetMems": options.CpusetMems = json.TextOrNull(); break;
            case "blockIo": options.BlockIo = OptionPartsText.BlockIo(ref json); break;
            case "pidsLimit": options.PidsLimit = json.LongOrNull(); break;
            case "userNamespace": options.UserNamespace = json.Text(); break;
            case "network": options.Network = json.TextOrNull(); break;
            case "pidMode": options.PidMode = json.TextOrNull(); break;
            case "ipcMode": options.IpcMode = json.TextOrNull(); break;
            case "utsMode": options.UtsMode = json.TextOrNull(); break;
            case "cgroupNamespace": options.CgroupNamespace = json.TextOrNull(); break;
            case "address": options.Address = json.TextOrNull(); break;
            case "bridge": options.Bridge = json.TextOrNull(); break;
            case "hostAddress": options.HostAddress = json.TextOrNull(); break;
            default: json.Skip(); break;
        }
    });

    private static List<string>? Some(List<string> list) => list.Count > 0 ? list : null;

    private static Dictionary<string, string>? Some(Dictionary<string, string> map) => map.Count > 0 ? map : null;
}
