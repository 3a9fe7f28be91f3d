using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Inspect;
using MyDocker.Engine.Volumes;
using MyDocker.Images.Store;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands.Upkeep;

/// <summary>system df.</summary>
internal static class DiskUseCommand
{
    private static readonly OptionSpec s_verbose = new("verbose", 'v', null, "", "Each image, container and volume");

    private static readonly Dictionary<string, string> s_titles = new() { ["Type"] = "TYPE", ["TotalCount"] = "TOTAL", ["Active"] = "ACTIVE", ["Size"] = "SIZE", ["Reclaimable"] = "RECLAIMABLE" };

    public static Verb Verb => new()
    {
        Name = "df",
        Area = "This program",
        Usage = "[OPTIONS]",
        Summary = "Show what images, containers and volumes take on the disk",
        Details = "Fields for --format: .Type .TotalCount .Active .Size .Reclaimable.",
        Options = [SharedOptions.Format, s_verbose],
        MostArguments = 0,
        Run = invocation =>
        {
            var use = new Use(invocation.Global.Roots);
            Out.Write(invocation.Line.Has(s_verbose) ? Everything(use) : Summary(use, invocation.Line.Value(SharedOptions.Format)));
            return 0;
        },
    };

    /// <summary>What there is, with its size in bytes.</summary>
    private sealed class Use
    {
        public Use(EngineRoots roots)
        {
            Images = new ImageStore(roots.Data).List();
            UsedImages = LayersInUse.Images(roots);
            Containers = [.. ContainerPs.List(roots, all: true).Select(c => (c, PsDocument.SizeOf(roots, c.Id).Written))];
            var volumes = new VolumeStore(roots);
            Volumes = [.. volumes.List().Select(v => (v.Name, volumes.UsersOf(v.Name).Count, volumes.SizeOf(v.Name)))];
        }

        public IReadOnlyList<ImageSummary> Images { get; }
        public IReadOnlySet<string> UsedImages { get; }
        public List<(ContainerSummary Container, long Size)> Containers { get; }
        public List<(string Name, int Links, long Size)> Volumes { get; }
    }

    private static string Summary(Use use, string? format)
    {
        var images = use.Images.DistinctBy(image => image.Id).ToList();
        List<Document> rows =
        [
            Row("Images", images.ConvertAll(image => (use.UsedImages.Contains(image.Id), image.Size))),
            Row("Containers", use.Containers.ConvertAll(c => (c.Container.Pid != 0, c.Size))),
            Row("Local Volumes", use.Volumes.ConvertAll(volume => (volume.Links > 0, volume.Size))),
        ];
        return FormattedList.Of(format is null or "table" ? "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}" : format, rows, s_titles);
    }

    private static Document Row(string type, List<(bool IsActive, long Size)> things)
    {
        var (size, free) = (things.Sum(thing => thing.Size), things.Where(thing => !thing.IsActive).Sum(thing => thing.Size));
        return new Document
        {
            ["Active"] = things.Count(thing => thing.IsActive).ToString(CultureInfo.InvariantCulture),
            ["Reclaimable"] = size == 0 ? Human.Size(0) : $"{Human.Size(free)} ({100 * free / size}%)",
            ["Size"] = Human.Size(size),
            ["TotalCount"] = things.Count.ToString(CultureInfo.InvariantCulture),
            ["Type"] = type,
        };
    }

    private static string Everything(Use use)
    {
        var images = new Table("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "CONTAINERS");
        foreach (var image in use.Images)
        {
            var users = use.Containers.Count(c => c.Container.ImageId == image.Id);
            images.Add(image.Repository ?? "<none>", image.Tag ?? "<none>", Human.Id(image.Id), Human.Ago(image.Created), Human.Size(image.Size), $"{users}");
        }

        var containers = new Table("CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES");
        foreach (var (c, size) in use.Containers)
        {
            containers.Add(Human.Id(c.Id), c.Image, $"\"{c.Command}\"", $"{c.Mounts.Count(mount => !mount.StartsWith('/'))}", Human.Size(size), Human.Ago(c.Created), c.Status, c.Name);
        }

        var volumes = new Table("VOLUME NAME", "LINKS", "SIZE");
        foreach (var (name, links, size) in use.Volumes)
        {
            volumes.Add(name, $"{links}", Human.Size(size));
        }

        return $"Images space usage:\n\n{images}\nContainers space usage:\n\n{containers}\nLocal Volumes space usage:\n\n{volumes}";
    }
}
