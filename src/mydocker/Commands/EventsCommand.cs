using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Cli.Templates;
using MyDocker.Engine.Events;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands;

internal static class EventsCommand
{
    public static Verb Verb => new()
    {
        Name = "events",
        Aliases = ["system events"],
        Area = "Containers",
        Usage = "[OPTIONS]",
        Summary = "Show what happens to containers and volumes",
        Details = """
            Goes on until it is interrupted, or --until comes. What happened before is shown with --since, as far
            back as the machine's last start and some 8 MB of it.
            Filters: type (container, volume), event (start, die, oom, …), container, image, label, volume.
            """,
        Options = [SharedOptions.Since, SharedOptions.Until, SharedOptions.Filter, SharedOptions.Format],
        MostArguments = 0,
        Examples =
        [
            ("mydocker events -f event=die -f event=oom", "who ends, and who is out of memory"),
            ("mydocker events --since 1h --until 0s", "the last hour"),
        ],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var query = new EventQuery
        {
            Since = line.Value(SharedOptions.Since, TimeOption.Parse),
            Until = line.Value(SharedOptions.Until, TimeOption.Parse),
            Filters = line.All(SharedOptions.Filter, EventReader.ParseFilter),
        };
        var format = line.Value(SharedOptions.Format);
        var template = format is null or "json" ? null : new GoTemplate(format);
        EventReader.Read(invocation.Global.Roots, query, one =>
        {
            var text = template is not null ? template.Fill(DocumentOf(one)) : format == "json" ? DocumentText.Of(DocumentOf(one)) : Line(one);
            return Out.WriteBytes(isError: false, System.Text.Encoding.UTF8.GetBytes(text + "\n")) == Errno.None;
        });
        return 0;
    }

    /// <summary>docker's line: time, type, action, id, and the attributes in order.</summary>
    private static string Line(EngineEvent one)
        => $"{Time(one)} {one.Type} {one.Action} {Out.Printable(one.Id)} ({Out.Printable(string.Join(", ", one.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}")))})";

    private static string Time(EngineEvent one)
        => $"{one.Time.ToLocalTime().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)}.{one.TimeNano % 1_000_000_000:000000000}{one.Time.ToLocalTime().ToString("zzz", CultureInfo.InvariantCulture).Replace("+00:00", "Z", StringComparison.Ordinal)}";

    private static Document DocumentOf(EngineEvent one)
    {
        var attributes = new Document();
        foreach (var (key, value) in one.Attributes)
        {
            attributes[key] = value;
        }

        var document = new Document();
        if (one.Type == "container")
        {
            document["status"] = one.Action;
            document["id"] = one.Id;
            document["from"] = one.Attributes.GetValueOrDefault("image", "");
        }

        document["Type"] = one.Type;
        document["Action"] = one.Action;
        document["Actor"] = new Document { ["ID"] = one.Id, ["Attributes"] = attributes };
        document["ID"] = one.Id;
        document["Status"] = one.Action;
        document["From"] = one.Attributes.GetValueOrDefault("image", "");
        document["scope"] = "local";
        document["time"] = one.TimeNano / 1_000_000_000;
        document["timeNano"] = one.TimeNano;
        document["Time"] = one.TimeNano / 1_000_000_000;
        document["TimeNano"] = one.TimeNano;
        return document;
    }
}
