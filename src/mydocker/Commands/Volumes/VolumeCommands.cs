using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Cli.Templates;
using MyDocker.Engine;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Engine.Volumes;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands.Volumes;

/// <summary>volume create, ls, inspect, rm and prune.</summary>
internal static class VolumeCommands
{
    private const string Area = "Volumes";

    private static readonly OptionSpec s_label = new("label", '\0', "KEY=VALUE", "", "Note kept with the volume") { Repeats = true };
    private static readonly OptionSpec s_driver = new("driver", 'd', "NAME", "", "local, which is the only one") { Default = "local" };
    private static readonly OptionSpec s_format = new("format", 'f', "TEMPLATE", "", "Print by a Go template");
    private static readonly OptionSpec s_force = new("force", 'f', null, "", "One that is not there is no error");
    private static readonly OptionSpec s_quiet = new("quiet", 'q', null, "", "Print names only");
    private static readonly OptionSpec s_all = new("all", 'a', null, "", "Also those that were given a name");

    private static readonly Dictionary<string, string> s_titles = new() { ["Driver"] = "DRIVER", ["Name"] = "VOLUME NAME", ["Mountpoint"] = "MOUNTPOINT", ["Labels"] = "LABELS", ["Scope"] = "SCOPE" };

    public static Verb Create => new()
    {
        Name = "create",
        Area = Area,
        Usage = "[OPTIONS] [VOLUME]",
        Summary = "Make a volume, a directory that outlives containers",
        Options = [s_driver, s_label],
        MostArguments = 1,
        Examples = [("mydocker volume create data", "then: mydocker run -v data:/srv …, which would have made it as well")],
        Run = invocation =>
        {
            var line = invocation.Line;
            _ = line.Text(s_driver, (option, text) => text == "local" ? text : throw new OptionException(option, text, "there is only local"));
            var name = line.Arguments.Count == 0 ? Convert.ToHexStringLower(Random()) : NamesOption.ParseName("VOLUME", line.Arguments[0]);
            invocation.Global.Roots.Create();
            new VolumeStore(invocation.Global.Roots).Create(name, new Dictionary<string, string>(line.All(s_label, NamesOption.ParseLabel).Select(l => KeyValuePair.Create(l.Key, l.Value))), anonymous: line.Arguments.Count == 0);
            Out.Line(name);
            return 0;
        },
    };

    public static Verb List => new()
    {
        Name = "ls",
        Area = Area,
        Usage = "[OPTIONS]",
        Summary = "List volumes",
        Details = "Filters: name (a part), label (KEY or KEY=VALUE), dangling (true: no container uses it; false), driver.",
        Options = [SharedOptions.Filter, SharedOptions.Format, s_quiet],
        MostArguments = 0,
        Run = invocation =>
        {
            var line = invocation.Line;
            var store = new VolumeStore(invocation.Global.Roots);
            var filters = line.All(SharedOptions.Filter, ParseFilter);
            var volumes = store.List().Where(volume => filters.TrueForAll(filter => Matches(store, volume, filter))).ToList();
            Out.Write(line.Has(s_quiet)
                ? string.Concat(volumes.Select(volume => volume.Name + "\n"))
                : FormattedList.Of(line.Value(SharedOptions.Format) is { } format && format != "table" ? format : "table {{.Driver}}\t{{.Name}}", volumes.Select(volume => Row(store, volume)), s_titles));
            return 0;
        },
    };

    public static Verb Inspect => new()
    {
        Name = "inspect",
        Area = Area,
        Usage = "[OPTIONS] VOLUME [VOLUME...]",
        Summary = "Tell all that is known about volumes, as JSON in docker's shape",
        Options = [s_format],
        LeastArguments = 1,
        Run = invocation =>
        {
            var store = new VolumeStore(invocation.Global.Roots);
            var template = invocation.Line.Value(s_format) is { } format && format != "json" ? new GoTemplate(format) : null;
            var found = new List<object?>();
            var exitCode = Several.Each(invocation.Line.Arguments, name =>
            {
                var document = DocumentOf(store, store.Find(name));
                if (template is not null)
                {
                    Out.Line(template.Fill(document));
                }
                else
                {
                    found.Add(document);
                }
            });
            if (template is null)
            {
                Out.Line(DocumentText.Of(found, indented: true));
            }

            return exitCode;
        },
    };

    public static Verb Remove => new()
    {
        Name = "rm",
        Area = Area,
        Usage = "[OPTIONS] VOLUME [VOLUME...]",
        Summary = "Remove volumes that no container uses, with their files",
        Options = [s_force],
        LeastArguments = 1,
        Run = invocation =>
        {
            var store = new VolumeStore(invocation.Global.Roots);
            return Several.Each(invocation.Line.Arguments, name =>
            {
                store.Remove(name, invocation.Line.Has(s_force));
                Out.Line(Out.Printable(name));
            });
        },
    };

    public static Verb Prune => new()
    {
        Name = "prune",
        Area = Area,
        Usage = "[OPTIONS]",
        Summary = "Remove volumes that no container uses; without -a, those that have no name of their own",
        Options = [s_all, PruneFilter.Option, PruneFilter.Force],
        MostArguments = 0,
        Run = invocation =>
        {
            var line = invocation.Line;
            var filter = PruneFilter.Read(line);
            if (!line.Has(PruneFilter.Force) && !Question.Ask($"This will remove {(line.Has(s_all) ? "all" : "anonymous")} local volumes not used by at least one container."))
            {
                return 0;
            }

            var (names, reclaimed) = new VolumeStore(invocation.Global.Roots).Prune(line.Has(s_all), volume => filter.Labels.TrueForAll(l => HasLabel(volume, l)) && !filter.NotLabels.Exists(l => HasLabel(volume, l)));
            Out.Write(names.Count == 0 ? "" : "Deleted Volumes:\n" + string.Concat(names.Select(name => name + "\n")) + "\n");
            Out.Line($"Total reclaimed space: {Human.Size(reclaimed)}");
            return 0;
        },
    };

    private static byte[] Random()
    {
        var bytes = new byte[32];
        Kernel.Syscalls.KernelRandom.Fill(bytes);
        return bytes;
    }

    private static KeyValuePair<string, string> ParseFilter(string option, string text)
    {
        var equals = text.IndexOf('=');
        return equals > 0 && text[..equals] is "name" or "label" or "dangling" or "driver" ? new(text[..equals], text[(equals + 1)..])
            : throw new OptionException(option, text, "use name=, label=, dangling=true|false or driver=");
    }

    private static bool Matches(VolumeStore store, VolumeRecord volume, KeyValuePair<string, string> filter) => filter.Key switch
    {
        "name" => volume.Name.Contains(filter.Value, StringComparison.Ordinal),
        "label" => HasLabel(volume, filter.Value),
        "dangling" => filter.Value is "true" or "1" == (store.UsersOf(volume.Name).Count == 0),
        _ => filter.Value == "local",
    };

    private static bool HasLabel(VolumeRecord volume, string wanted)
    {
        var equals = wanted.IndexOf('=');
        return equals < 0 ? volume.Labels.ContainsKey(wanted) : volume.Labels.TryGetValue(wanted[..equals], out var value) && value == wanted[(equals + 1)..];
    }

    private static Document Row(VolumeStore store, VolumeRecord volume) => new()
    {
        ["Driver"] = "local",
        ["Labels"] = string.Join(',', volume.Labels.Select(label => $"{label.Key}={label.Value}")),
        ["Mountpoint"] = store.DataOf(volume.Name),
        ["Name"] = volume.Name,
        ["Scope"] = "local",
    };

    private static Document DocumentOf(VolumeStore store, VolumeRecord volume)
    {
        var labels = new Document();
        foreach (var (key, value) in volume.Labels)
        {
            labels[key] = value;
        }

        return new Document
        {
            ["CreatedAt"] = volume.Created.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["Driver"] = "local",
            ["Labels"] = labels,
            ["Mountpoint"] = store.DataOf(volume.Name),
            ["Name"] = volume.Name,
            ["Options"] = null,
            ["Scope"] = "local",
        };
    }
}
