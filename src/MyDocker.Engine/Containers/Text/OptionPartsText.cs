using MyDocker.Engine.Logs;
using MyDocker.Engine.Options;
using MyDocker.Oci.Json;
using static MyDocker.Oci.Json.JsonCursor;

namespace MyDocker.Engine.Containers.Text;

/// <summary>The records in <see cref="RunOptions"/>.</summary>
internal static class OptionPartsText
{
    public static void Write(RunOptions options, JsonText text)
    {
        if (options.RestartSetting is { } restart)
        {
            text.Open("restartSetting").Field("policy", restart.Policy).Field("maximumRetries", restart.MaximumRetries).Close();
        }

        if (options.LogSetting is { } log)
        {
            text.Open("logSetting").Field("driver", log.Driver).Field("maxSize", log.MaxSize).Field("maxFiles", log.MaxFiles).Field("given", log.Given).Close();
        }

        if (options.Health is { } health)
        {
            text.Open("health")
                .Field("test", health.Test)
                .Field("interval", health.Interval)
                .Field("timeout", health.Timeout)
                .Field("startPeriod", health.StartPeriod)
                .Field("startInterval", health.StartInterval)
                .Field("retries", health.Retries)
                .Close();
        }

        Write("ulimits", options.Ulimits, text, static (limit, text) => text.Field("type", limit.Type).Field("soft", limit.Soft).Field("hard", limit.Hard));
        Write("devices", options.Devices, text, static (device, text) => text.Field("hostPath", device.HostPath).Field("containerPath", device.ContainerPath).Field("permissions", device.Permissions));
        Write("deviceRules", options.DeviceRules, text, static (rule, text) => text.Field("type", rule.Type).Field("major", rule.Major).Field("minor", rule.Minor).Field("access", rule.Access));
        Write("mounts", options.Mounts, text, static (mount, text) => text
            .Field("type", mount.Type)
            .Field("source", mount.Source)
            .Field("destination", mount.Destination)
            .Field("options", mount.Options)
            .FieldIf("createSource", mount.CreateSource)
            .Field("hostPath", mount.HostPath));
        if (options.BlockIo is { } io)
        {
            text.Open("blockIo").Field("weight", (long?)io.Weight);
            Write("weightDevice", io.WeightDevice, text, Limit);
            Write("readBps", io.ReadBps, text, Limit);
            Write("writeBps", io.WriteBps, text, Limit);
            Write("readIops", io.ReadIops, text, Limit);
            Write("writeIops", io.WriteIops, text, Limit);
            text.Close();
        }
    }

    public static RestartOption? Restart(ref JsonCursor json)
    {
        var (policy, retries) = ("", 0);
        return json.Record("", (_, name, ref json) =>
        {
            switch (name)
            {
                case "policy": policy = json.Text(); break;
                case "maximumRetries": retries = json.Int(); break;
                default: json.Skip(); break;
            }
        }) is null ? null : new RestartOption(policy, retries);
    }

    public static LogOptions? Log(ref JsonCursor json) => json.Record(new LogOptions(), static (log, name, ref json) =>
    {
        switch (name)
        {
            case "driver": log.Driver = json.Text(); break;
            case "maxSize": log.MaxSize = json.Long(); break;
            case "maxFiles": log.MaxFiles = json.Int(); break;
            case "given": log.Given = Required(json.TextMap()); break;
            default: json.Skip(); break;
        }
    });

    public static HealthOption? Health(ref JsonCursor json) => json.Record(new HealthOption(), static (health, name, ref json) =>
    {
        switch (name)
        {
            case "test": health.Test = Required(json.Texts()); break;
            case "interval": health.Interval = json.Long(); break;
            case "timeout": health.Timeout = json.Long(); break;
            case "startPeriod": health.StartPeriod = json.Long(); break;
            case "startInterval": health.StartInterval = json.Long(); break;
            case "retries": health.Retries = json.Int(); break;
            default: json.Skip(); break;
        }
    });

    public static UlimitOption? Ulimit(ref JsonCursor json)
    {
        var (type, soft, hard) = ("", 0UL, 0UL);
        return json.Record("", (_, name, ref json) =>
        {
            switch (name)
            {
                case "type": type = json.Text(); break;
                case "soft": soft = json.ULong(); break;
                case "hard": hard = json.ULong(); break;
                default: json.Skip(); break;
            }
        }) is null ? null : new UlimitOption(type, soft, hard);
    }

    public static DeviceOption? Device(ref JsonCursor json)
    {
        var (host, container, permissions) = ("", "", "");
        return json.Record("", (_, name, ref json) =>
        {
            switch (name)
            {
                case "hostPath": host = json.Text(); break;
                case "containerPath": container = json.Text(); break;
                case "permissions": permissions = json.Text(); break;
                default: json.Skip(); break;
            }
        }) is null ? null : new DeviceOption(host, container, permissions);
    }

    public static DeviceRuleOption? DeviceRule(ref JsonCursor json)
    {
        var (type, major, minor, access) = ("", (long?)null, (long?)null, "");
        return json.Record("", (_, name, ref json) =>
        {
            switch (name)
            {
                case "type": type = json.Text(); break;
                case "major": major = json.LongOrNull(); break;
                case "minor": minor = json.LongOrNull(); break;
                case "access": access = json.Text(); break;
                default: json.Skip(); break;
            }
        }) is null ? null : new DeviceRuleOption(type, major, minor, access);
    }

    public static MountOption? Mount(ref JsonCursor json)
    {
        var (type, source, destination, options, creates, host) = ("", "", "", (List<string>?)null, false, (string?)null);
        return json.Record("", (_, name, ref json) =>
        {
            switch (name)
            {
                case "type": type = json.Text(); break;
                case "source": source = json.Text(); break;
                case "destination": destination = json.Text(); break;
                case "options": options = json.Texts(); break;
                case "createSource": creates = json.Bool(); break;
                case "hostPath": host = json.TextOrNull(); break;
                default: json.Skip(); break;
            }
        }) is null ? null : new MountOption(type, source, destination, Required(options), creates) { HostPath = host };
    }

    public static BlockIoOptions? BlockIo(ref JsonCursor json) => json.Record(new BlockIoOptions(), static (io, name, ref json) =>
    {
        switch (name)
        {
            case "weight": io.Weight = json.UShortOrNull(); break;
            case "weightDevice": io.WeightDevice = json.List(DeviceLimit); break;
            case "readBps": io.ReadBps = json.List(DeviceLimit); break;
            case "writeBps": io.WriteBps = json.List(DeviceLimit); break;
            case "readIops": io.ReadIops = json.List(DeviceLimit); break;
            case "writeIops": io.WriteIops = json.List(DeviceLimit); break;
            default: json.Skip(); break;
        }
    });

    private static BlockDeviceLimit? DeviceLimit(ref JsonCursor json)
    {
        var (path, value) = ("", 0UL);
        return json.Record("", (_, name, ref json) =>
        {
            switch (name)
            {
                case "path": path = json.Text(); break;
                case "value": value = json.ULong(); break;
                default: json.Skip(); break;
            }
        }) is null ? null : new BlockDeviceLimit(path, value);
    }

    private static void Limit(BlockDeviceLimit limit, JsonText text) => text.Field("path", limit.Path).Field("value", limit.Value);

    private static void Write<T>(string name, List<T>? list, JsonText text, Action<T, JsonText> write)
    {
        if (list is not { Count: > 0 })
        {
            return;
        }

        text.OpenList(name);
        foreach (var item in list)
        {
            text.Open();
            write(item, text);
            text.Close();
        }

        text.CloseList();
    }
}
