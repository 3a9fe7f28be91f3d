using MyDocker.Oci.Json;

namespace MyDocker.Oci.Image;

/// <summary>An image's wishes as they lie in a container's record, in the image's own words.</summary>
public static class ContainerConfigShape
{
    public static JsonShape<Healthcheck> Healthcheck { get; } = new JsonShape<Healthcheck>(() => new Healthcheck())
        .Texts("Test", o => o.Test, (o, v) => o with { Test = v })
        .Long("Interval", o => o.Interval, (o, v) => o with { Interval = v })
        .Long("Timeout", o => o.Timeout, (o, v) => o with { Timeout = v })
        .Long("StartPeriod", o => o.StartPeriod, (o, v) => o with { StartPeriod = v })
        .Long("StartInterval", o => o.StartInterval, (o, v) => o with { StartInterval = v })
        .Int("Retries", o => o.Retries, (o, v) => o with { Retries = v });

    public static JsonShape<ContainerConfig> Config { get; } = new JsonShape<ContainerConfig>(() => new ContainerConfig())
        .TextOrNull("User", o => o.User, (o, v) => o with { User = v })
        .Add("ExposedPorts", Set, (o, v) => o with { ExposedPorts = v }, (text, o) => Set(text, "ExposedPorts", o.ExposedPorts))
        .Texts("Env", o => o.Env, (o, v) => o with { Env = v })
        .Texts("Entrypoint", o => o.Entrypoint, (o, v) => o with { Entrypoint = v })
        .Texts("Cmd", o => o.Cmd, (o, v) => o with { Cmd = v })
        .Add("Volumes", Set, (o, v) => o with { Volumes = v }, (text, o) => Set(text, "Volumes", o.Volumes))
        .TextOrNull("WorkingDir", o => o.WorkingDir, (o, v) => o with { WorkingDir = v })
        .TextMap("Labels", o => o.Labels, (o, v) => o with { Labels = v })
        .TextOrNull("StopSignal", o => o.StopSignal, (o, v) => o with { StopSignal = v })
        .Bool("ArgsEscaped", o => o.ArgsEscaped, (o, v) => o with { ArgsEscaped = v })
        .Record("Healthcheck", Healthcheck, o => o.Healthcheck, (o, v) => o with { Healthcheck = v })
        .Texts("OnBuild", o => o.OnBuild, (o, v) => o with { OnBuild = v })
        .Texts("Shell", o => o.Shell, (o, v) => o with { Shell = v })
        .IntOrNull("StopTimeout", o => o.StopTimeout, (o, v) => o with { StopTimeout = v });

    /// <summary>Go's way to write a set: names, each with an empty object.</summary>
    private static Dictionary<string, EmptyObject?>? Set(ref JsonCursor json) => json.Map<EmptyObject?>(static (ref json) =>
    {
        json.Skip();
        return new EmptyObject();
    });

    private static void Set(JsonText text, string name, Dictionary<string, EmptyObject?>? members)
    {
        if (members is null)
        {
            return;
        }

        text.Open(name);
        foreach (var member in members.Keys)
        {
            text.Open(member).Close();
        }

        text.Close();
    }
}
