using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Inspect;
using MyDocker.Engine.Volumes;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands.Upkeep;

/// <summary>system start-all, repair and prune.</summary>
internal static class SystemCommands
{
    private const string Area = "This program";

    private static readonly OptionSpec s_all = new("all", 'a', null, "", "All images without a container, not only those without a name");
    private static readonly OptionSpec s_volumes = new("volumes", '\0', null, "", "Anonymous volumes that no container uses, too");

    public static Verb StartAll => new()
    {
        Name = "start-all",
        Area = Area,
        Usage = "",
        Summary = "Start the containers whose restart policy wants it, as at the machine's start",
        Details = """
            Those with --restart always; unless-stopped, if nobody has stopped them; on-failure, if they ran when the
            machine went down. docs/containers.md has a systemd unit that does this at boot.
            """,
        MostArguments = 0,
        Run = invocation =>
        {
            var exitCode = 0;
            SystemStartAll.Run(invocation.Global.Roots, (name, error) =>
            {
                if (error is null)
                {
                    Out.Line(name);
                }
                else
                {
                    Out.Error(error.Message);
                    exitCode = 1;
                }
            });
            return exitCode;
        },
    };

    public static Verb Repair => new()
    {
        Name = "repair",
        Area = Area,
        Usage = "",
        Summary = "Put right what killed processes of the engine left, and tell what cannot be",
        Details = "Every command puts right what it finds before it begins; this one does nothing else, and tells.",
        MostArguments = 0,
        Run = invocation =>
        {
            Out.Write(string.Concat(SystemRepair.Run(invocation.Global.Roots).Select(line => Out.Printable(line) + "\n")));
            return 0;
        },
    };

    public static Verb Prune => new()
    {
        Name = "prune",
        Area = Area,
        Usage = "[OPTIONS]",
        Summary = "Remove containers that do not run, images that nobody uses, and unused volumes if asked",
        Options = [s_all, s_volumes, PruneFilter.Option, PruneFilter.Force],
        MostArguments = 0,
        Run = invocation =>
        {
            var line = invocation.Line;
            var filter = PruneFilter.Read(line);
            var roots = invocation.Global.Roots;
            if (!line.Has(PruneFilter.Force) && !Question.Ask($"This will remove: all stopped containers, {(line.Has(s_all) ? "all images without a container" : "all dangling images")}{(line.Has(s_volumes) ? ", all anonymous volumes not used by a container" : "")}."))
            {
                return 0;
            }

            var (ids, freed) = ContainerPrune.Run(roots, filter.Until, filter.Labels, filter.NotLabels);
            Print("Deleted Containers", ids);
            if (line.Has(s_volumes))
            {
                var (names, reclaimed) = new VolumeStore(roots).Prune(all: false, _ => true);
                Print("Deleted Volumes", names);
                freed += reclaimed;
            }

            var images = new ImageStore(roots.Data).Prune(new PruneRequest(line.Has(s_all), filter.Until, filter.Labels, filter.NotLabels), LayersInUse.Images(roots), () => LayersInUse.Read(roots));
            Print("Deleted Images", [.. images.Untagged.Select(name => $"untagged: {name}"), .. images.Deleted.Select(id => $"deleted: {id}")]);
            Out.Line($"Total reclaimed space: {Human.Size(freed + images.Reclaimed)}");
            return 0;
        },
    };

    public static Verb ContainerPruneVerb => new()
    {
        Name = "prune",
        Area = "Containers",
        Usage = "[OPTIONS]",
        Summary = "Remove all containers that do not run",
        Options = [PruneFilter.Option, PruneFilter.Force],
        MostArguments = 0,
        Run = invocation =>
        {
            var filter = PruneFilter.Read(invocation.Line);
            if (!invocation.Line.Has(PruneFilter.Force) && !Question.Ask("This will remove all stopped containers."))
            {
                return 0;
            }

            var (ids, reclaimed) = ContainerPrune.Run(invocation.Global.Roots, filter.Until, filter.Labels, filter.NotLabels);
            Print("Deleted Containers", ids);
            Out.Line($"Total reclaimed space: {Human.Size(reclaimed)}");
            return 0;
        },
    };

    private static void Print(string title, IReadOnlyList<string> lines)
        => Out.Write(lines.Count == 0 ? "" : $"{title}:\n{string.Concat(lines.Select(line => line + "\n"))}\n");
}
