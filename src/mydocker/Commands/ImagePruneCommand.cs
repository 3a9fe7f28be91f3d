using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Containers;
using MyDocker.Images.Store;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli.Commands;

internal static class ImagePruneCommand
{
    private static readonly OptionSpec s_all = new("all", 'a', null, "", "Also those that have a name and no container");
    private static readonly OptionSpec s_filter = new("filter", '\0', "FILTER", "", "Only some: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE], dangling=false (as -a)") { Repeats = true };
    private static readonly OptionSpec s_force = new("force", 'f', null, "", "Do not ask");

    public static Verb Verb => new()
    {
        Name = "prune",
        Area = "Images",
        Usage = "[OPTIONS]",
        Summary = "Remove images that nobody uses, and what broken pulls left",
        Details = """
            Without -a: those without a name. TIME is a date (2026-01-31, RFC 3339), seconds since 1970,
            or an age such as 24h or 10m.
            """,
        Options = [s_all, s_filter, s_force],
        MostArguments = 0,
        Run = invocation =>
        {
            var line = invocation.Line;
            var request = Read(line);
            var roots = invocation.Global.Roots;
            if (!line.Has(s_force) && !IsWanted(request.All))
            {
                return 0;
            }

            var result = new ImageStore(roots.Data).Prune(request, LayersInUse.Images(roots), () => LayersInUse.Read(roots));
            if (result.Untagged.Count + result.Deleted.Count > 0)
            {
                Out.Line("Deleted Images:");
                Out.Write(string.Concat(result.Untagged.Select(name => $"untagged: {name}\n").Concat(result.Deleted.Select(id => $"deleted: {id}\n"))) + "\n");
            }

            Out.Line($"Total reclaimed space: {Human.Size(result.Reclaimed)}");
            return 0;
        },
    };

    internal static PruneRequest Read(CommandLine line)
    {
        var all = line.Has(s_all);
        DateTimeOffset? before = null;
        var (labels, others) = (new List<string>(), new List<string>());
        foreach (var filter in line.Values(s_filter))
        {
            if (filter.StartsWith("label!=", StringComparison.Ordinal))
            {
                others.Add(filter["label!=".Length..]);
            }
            else if (filter.StartsWith("label=", StringComparison.Ordinal))
            {
                labels.Add(filter["label=".Length..]);
            }
            else if (filter is "dangling=true" or "dangling=false" or "dangling=1" or "dangling=0")
            {
                all |= filter is "dangling=false" or "dangling=0";
            }
            else
            {
                before = filter.StartsWith("until=", StringComparison.Ordinal) && ImageFilter.Time(filter["until=".Length..]) is { } time
                    ? time
                    : throw new OptionException(s_filter.Display, filter, "use until=TIME, label=KEY[=VALUE] or label!=KEY[=VALUE]");
            }
        }

        return new PruneRequest(all, before, labels, others);
    }

    private static bool IsWanted(bool all)
    {
        Out.ErrorText($"WARNING! This will remove all {(all ? "images without at least one container associated to them" : "dangling images")}.\nAre you sure you want to continue? [y/N] ");
        var answer = new byte[16];
        var input = Fd.Borrowed(0);
        var count = Files.Read(input, answer);
        return count > 0 && answer[0] is (byte)'y' or (byte)'Y';
    }
}
