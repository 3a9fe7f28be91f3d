using MyDocker.Engine.Containers;
using MyDocker.Engine.Spec;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Inspect;

/// <summary>Config: what runs in the container, whatever the host.</summary>
internal static class ConfigDocument
{
    public static Document Of(ContainerRecord record)
    {
        var (options, image) = (record.Options, record.ImageConfig);
        var labels = new Dictionary<string, string>(image?.Labels ?? []);
        foreach (var (key, value) in options.Labels)
        {
            labels[key] = value;
        }

        var entrypoint = options.Entrypoint switch { null => image?.Entrypoint, "" => null, var path => [path] };
        var command = options.Command.Count > 0 ? options.Command : options.Entrypoint is null ? image?.Cmd : null;
        var document = new Document
        {
            ["Hostname"] = options.Hostname ?? record.Id[..12],
            ["Domainname"] = options.Domainname ?? "",
            ["User"] = options.User ?? image?.User ?? "",
            ["AttachStdin"] = options is { Interactive: true, Detach: false } && options.Attach?.Contains("stdin") != false,
            ["AttachStdout"] = !options.Detach && options.Attach?.Contains("stdout") != false,
            ["AttachStderr"] = !options.Detach && options.Attach?.Contains("stderr") != false,
            ["Tty"] = options.Terminal,
            ["OpenStdin"] = options.Interactive,
            ["StdinOnce"] = options is { Interactive: true, Detach: false },
            ["Env"] = Json.Array(SpecBuilder.Build(record, 0).Process!.Env ?? []),
            ["Cmd"] = Json.ArrayOrNull(command),
            ["Image"] = record.Image,
            ["Volumes"] = null,
            ["WorkingDir"] = SpecBuilder.WorkingDirectory(options, image),
            ["Entrypoint"] = Json.ArrayOrNull(entrypoint),
            ["OnBuild"] = null,
            ["Labels"] = Json.Map(labels),
            ["StopSignal"] = record.StopSignal,
        };
        var ports = new SortedSet<string>([.. options.Exposed ?? [], .. image?.ExposedPorts?.Keys ?? Enumerable.Empty<string>()], StringComparer.Ordinal);
        if (ports.Count > 0)
        {
            var exposed = new Document();
            foreach (var port in ports)
            {
                exposed[port] = new Document();
            }

            document["ExposedPorts"] = exposed;
        }

        if (options.StopTimeout is { } timeout)
        {
            document["StopTimeout"] = timeout;
        }

        if (HealthSelection.For(record) is { } health)
        {
            document["Healthcheck"] = new Document
            {
                ["Test"] = Json.Array(health.Test),
                ["Interval"] = health.Interval,
                ["Timeout"] = health.Timeout,
                ["StartPeriod"] = health.StartPeriod,
                ["Retries"] = health.Retries,
            };
        }

        return document;
    }
}
