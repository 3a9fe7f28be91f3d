using MyDocker.Oci.Image;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Containers.Text;

/// <summary><see cref="ContainerConfig"/>, the image's wishes, with the names that the image specification gives them.</summary>
internal static class ImageConfigText
{
    public static void Write(ContainerConfig config, JsonText text, string name)
    {
        text.Open(name).Field("User", config.User);
        WriteSet(config.ExposedPorts, text, "ExposedPorts");
        text.Field("Env", config.Env).Field("Entrypoint", config.Entrypoint).Field("Cmd", config.Cmd);
        WriteSet(config.Volumes, text, "Volumes");
        text.Field("WorkingDir", config.WorkingDir)
            .Field("Labels", config.Labels)
            .Field("StopSignal", config.StopSignal)
            .FieldIf("ArgsEscaped", config.ArgsEscaped);
        if (config.Healthcheck is { } health)
        {
            text.Open("Healthcheck")
                .Field("Test", health.Test)
                .Field("Interval", health.Interval)
                .Field("Timeout", health.Timeout)
                .Field("StartPeriod", health.StartPeriod)
                .Field("StartInterval", health.StartInterval)
                .Field("Retries", health.Retries)
                .Close();
        }

        text.Field("OnBuild", config.OnBuild).Field("Shell", config.Shell).Field("StopTimeout", config.StopTimeout).Close();
    }

    public static ContainerConfig? Read(ref JsonCursor json) => json.Record(new ContainerConfig(), static (config, name, ref json) =>
    {
        switch (name)
        {
            case "User": config.User = json.TextOrNull(); break;
            case "ExposedPorts": config.ExposedPorts = json.Map(Empty)!; break;
            case "Env": config.Env = json.Texts(); break;
            case "Entrypoint": config.Entrypoint = json.Texts(); break;
            case "Cmd": config.Cmd = json.Texts(); break;
            case "Volumes": config.Volumes = json.Map(Empty)!; break;
            case "WorkingDir": config.WorkingDir = json.TextOrNull(); break;
            case "Labels": config.Labels = json.TextMap(); break;
            case "StopSignal": config.StopSignal = json.TextOrNull(); break;
            case "ArgsEscaped": config.ArgsEscaped = json.Bool(); break;
            case "Healthcheck": config.Healthcheck = Health(ref json); break;
            case "OnBuild": config.OnBuild = json.Texts(); break;
            case "Shell": config.Shell = json.Texts(); break;
            case "StopTimeout": config.StopTimeout = json.IntOrNull(); break;
            default: json.Skip(); break;
        }
    });

    private static void WriteSet(Dictionary<string, EmptyObject?>? set, JsonText text, string name)
    {
        if (set is null)
        {
            return;
        }

        text.Open(name);
        foreach (var key in set.Keys)
        {
            text.Open(key).Close();
        }

        text.Close();
    }

    private static EmptyObject? Empty(ref JsonCursor json) => json.Record(new EmptyObject(), static (_, _, ref json) => json.Skip());

    private static Healthcheck? Health(ref JsonCursor json) => json.Record(new Healthcheck(), static (health, name, ref json) =>
    {
        switch (name)
        {
            case "Test": health.Test = json.Texts(); break;
            case "Interval": health.Interval = json.Long(); break;
            case "Timeout": health.Timeout = json.Long(); break;
            case "StartPeriod": health.StartPeriod = json.Long(); break;
            case "StartInterval": health.StartInterval = json.Long(); break;
            case "Retries": health.Retries = json.Int(); break;
            default: json.Skip(); break;
        }
    });
}
