using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Spec;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Image;

namespace MyDocker.Engine.Commands;

public sealed record CommitOptions
{
    public string? Name { get; init; }
    public string? Author { get; init; }
    public string? Message { get; init; }

    /// <summary>Instructions as in a Dockerfile: CMD, ENV, …</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>Let it stand still meanwhile, so that its files fit together.</summary>
    public bool Pause { get; init; } = true;
}

/// <summary><c>mydocker commit</c>: an image of a container's image and what the container wrote.</summary>
public static class ContainerCommit
{
    /// <summary>Returns the new image's id.</summary>
    public static string Run(EngineRoots roots, string container, CommitOptions options)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        if (record.ImageId.Length == 0)
        {
            throw new EngineException($"container {record.Name} was made of a directory, not of an image; 'mydocker export {record.Name} | mydocker import - NAME' makes one of all its files", exitCode: 1);
        }

        var name = options.Name is null ? null : ImageReference.Parse(options.Name);
        var config = ConfigOf(record);
        foreach (var change in options.Changes)
        {
            ConfigChange.Apply(config, change);
        }

        var cgroup = new Cgroup(CgroupLayout.Host, record.CgroupPath);
        var pauses = options.Pause && store.LoadState(record.Id).IsAlive && !cgroup.IsFrozen();
        if (pauses)
        {
            cgroup.Freeze();
        }

        ImportedImage image;
        try
        {
            using var changes = new ContainerChanges(roots, record);
            image = new ImageStore(roots.Data).Commit(new CommitRequest
            {
                BaseId = record.ImageId,
                Upper = changes.Upper,
                Config = config,
                Author = options.Author,
                Comment = options.Message,
                CreatedBy = string.Join(' ', record.CommandLine),
                Name = name,
            });
        }
        finally
        {
            if (pauses)
            {
                cgroup.Thaw();
            }
        }

        ContainerEvents.Write(roots, record, "commit", ("comment", options.Message ?? ""), ("imageID", image.Id), ("imageRef", options.Name ?? ""));
        return image.Id;
    }

    /// <summary>As the container runs, so does the image: what its options said over its image's configuration.</summary>
    private static ContainerConfig ConfigOf(ContainerRecord record)
    {
        var options = record.Options;
        var image = record.ImageConfig ?? new ContainerConfig();
        var env = SpecBuilder.Build(record, 0).Process!.Env!.Where(entry => !entry.StartsWith("HOSTNAME=", StringComparison.Ordinal) && !entry.StartsWith("HOME=", StringComparison.Ordinal) && !entry.StartsWith("TERM=", StringComparison.Ordinal));
        return image with
        {
            User = options.User ?? image.User,
            Env = [.. env],
            WorkingDir = options.WorkingDirectory ?? image.WorkingDir,
            Entrypoint = options.Entrypoint switch { null => image.Entrypoint, "" => null, var path => [path] },
            Cmd = options.Command.Count > 0 ? options.Command : options.Entrypoint is null ? image.Cmd : null,
            Labels = new Dictionary<string, string>([.. image.Labels ?? [], .. options.Labels.Where(label => image.Labels?.ContainsKey(label.Key) != true)]),
            StopSignal = options.StopSignal ?? image.StopSignal,
        };
    }
}
