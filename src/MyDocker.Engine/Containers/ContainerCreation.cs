using MyDocker.Engine.Options;
using MyDocker.Engine.Spec;
using MyDocker.Engine.Volumes;
using MyDocker.Images;
using MyDocker.Images.Store;
using MyDocker.Images.Users;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Networks;
using MyDocker.Runtime.State;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Containers;

/// <summary>A new container: everything that can be checked is, then it is written down in a journal, then its directory and record are made.</summary>
internal static class ContainerCreation
{
    private const int PassThrough = 0x1C9; // 0711
    private const int OwnersOnly = 0x1C0;  // 0700
    private const int Everyone = 0x1ED;    // 0755

    /// <summary>
    /// Returns the container's journal, locked, and not yet with the mark that the container is complete. An image that is
    /// missing is pulled.
    /// </summary>
    public static ResourceJournal Make(ContainerStore store, RunOptions options, string id, out ContainerRecord record)
    {
        try
        {
            ImagePull.IfAlways(store.Roots, options);
            return CheckAndCreate(store, options, id, out record);
        }
        catch (ImageMissingException missing) when (ImagePull.Helps(options, missing))
        {
            ImagePull.Run(store.Roots, options, missing.Name!);
            return CheckAndCreate(store, options, id, out record);
        }
    }

    /// <summary>The image cannot be removed between the look at it and the record that says that it is in use.</summary>
    private static ResourceJournal CheckAndCreate(ContainerStore store, RunOptions options, string id, out ContainerRecord record)
    {
        using var hold = new ImageStore(store.Roots.Data).Hold();
        record = Check(store.Roots, options, id);
        PhaseClock.Mark("image, checks of all options");
        var journal = Create(store, record);
        PhaseClock.Mark("journal, claims, directories, record");
        return journal;
    }

    /// <summary>Everything that can be wrong with the request; makes nothing.</summary>
    public static ContainerRecord Check(EngineRoots roots, RunOptions options, string id)
    {
        MemoryMinimum.Check(options);
        JoinedNamespaces.Resolve(new ContainerStore(roots), options);
        var image = new ImageStore(roots.Data).Resolve(options.Image, path => ImagesProgram.ImportTarball(roots, path));
        ImagePull.CheckPlatform(options, image);
        var (parent, layers) = ContainerLaunch.LayersOf(image);
        var config = image.LayersParent is null ? null : image.Config.Config;
        var record = new ContainerRecord
        {
            Id = id,
            Name = options.Name ?? ContainerNames.For(id),
            Created = DateTimeOffset.UtcNow,
            Image = image.Reference,
            ImageId = image.Id,
            LayersParent = parent,
            Layers = layers,
            Driver = StorageDriver.Of(roots) is var driver && driver == StorageDriver.Overlay ? null : driver,
            CommandLine = SpecBuilder.CommandLine(options, config),
            StopSignal = options.StopSignal ?? config?.StopSignal ?? "SIGTERM",
            InitProgram = options.Init ? InitProgram.OnHost() : null,
            ImageConfig = config,
            User = UserOf(options, options.User ?? config?.User ?? "", image.LowerDirectories),
            Options = options,
        };
        VolumeMounts.Complete(new ContainerStore(roots), record);
        ContainerLaunch.Check(roots, record);
        return record;
    }

    private static ImageUser UserOf(RunOptions options, string user, IReadOnlyList<string> layers)
    {
        var found = ImageUser.Resolve(user, layers);
        return options.GroupsAdded is { } added ? found with { Gids = [.. found.Gids.Union(added.Select(group => ImageUser.ResolveGroup(group, layers)))] } : found;
    }

    /// <summary>The container's name, directory and record, each written down before it is made.</summary>
    private static ResourceJournal Create(ContainerStore store, ContainerRecord record)
    {
        var directory = store.Roots.ContainerDirectory(record.Id);
        var journal = ResourceJournal.Create(store.JournalPath(record.Id));
        try
        {
            ClaimName(store, record, journal);
            ClaimAddress(store, record, journal);
            journal.Record(
                new Resource(ResourceKind.Directory, directory, OutlivesRun: true),
                new Resource(ResourceKind.Directory, store.Roots.StateDirectory(record.Id)));
            UserMounts.CreateSources(record.Options);
            using var hold = HoldVolumes(store, record);

            // Nobody of the host gets into it: on disk, a set-uid file of the container's root is one of the host's (CVE-2021-41091).
            MakeDirectory(directory, OwnersOnly);
            MakeDirectory($"{directory}/upper", Everyone); // the container's "/"
            MakeDirectory($"{directory}/work", OwnersOnly);
            MakeDirectory(store.Roots.StateDirectory(record.Id), PassThrough);
            StorageDriver.Fill(store.Roots, record);
            if (hold is not null)
            {
                VolumeMounts.Make(store.Roots, record, journal);
            }

            OwnFiles.Write(directory, record);
            store.Save(record);
            WriteCidFile(record);
            return journal;
        }
        catch
        {
            journal.Undo(alsoContainer: true, ResourceRelease.Try);
            journal.Dispose();
            throw;
        }
    }

    /// <summary>None of its volumes is removed before its record says that it uses them.</summary>
    private static Fd? HoldVolumes(ContainerStore store, ContainerRecord record)
        => record.Options.Mounts.Exists(mount => mount.Type == "volume") ? new VolumeStore(store.Roots).Hold() : null;

    private static void ClaimName(ContainerStore store, ContainerRecord record, ResourceJournal journal)
    {
        var path = store.NamePath(record.Name);
        journal.Record(new Resource(ResourceKind.Claim, Claims.NameOf(path, record.Id), OutlivesRun: true));
        if (Claims.TryTake(path, record.Id) is not { } owner)
        {
            return;
        }

        if (record.Options.Name is not null || record.Name.EndsWith(record.Id[..8], StringComparison.Ordinal))
        {
            throw new EngineException($"the name \"{record.Name}\" is in use by container {owner[..12]}; remove it (mydocker rm {record.Name}) or choose another name");
        }

        record.Name = ContainerNames.For(record.Id, unique: true);
        ClaimName(store, record, journal);
    }

    /// <summary>Two containers on one bridge would have the same address without anybody noticing; the kernel refuses only host-only ones.</summary>
    public static void ClaimAddress(ContainerStore store, ContainerRecord record, ResourceJournal journal)
    {
        if (record.Options.Address is not { } text || !CidrAddress.TryParse(text, out var address))
        {
            return;
        }

        var path = store.AddressPath(address!.Address.ToString());
        journal.Record(new Resource(ResourceKind.Claim, Claims.NameOf(path, record.Id)));
        if (Claims.TryTake(path, record.Id) is { } owner)
        {
            var name = store.TryLoad(owner)?.Name ?? owner[..12];
            throw new OptionException("-a, --ip", text, $"container {name} has this address; choose another, or end that container (mydocker kill {name})");
        }
    }

    internal static void MakeDirectory(string path, int mode)
    {
        var errno = Files.TryMakeDirectory(path, mode);
        if (errno != Errno.None)
        {
            throw new KernelException("create directory", path, errno);
        }
    }

    private static void WriteCidFile(ContainerRecord record)
    {
        if (record.Options.CidFile is not { } path)
        {
            return;
        }

        using var file = Files.Open(path, O_WRONLY | O_CREAT | O_EXCL, 0x1A4);
        Files.TryWrite(file, System.Text.Encoding.ASCII.GetBytes(record.Id));
    }

}
