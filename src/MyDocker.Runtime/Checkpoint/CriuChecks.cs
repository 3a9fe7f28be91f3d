using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>What the installed CRIU must be able to do, found out before anything is made.</summary>
internal static class CriuChecks
{
    /// <summary>The first version with external pid namespaces and the notification "status-ready".</summary>
    private const int Oldest = 31500;

    /// <summary>Since which --lsm-profile works.</summary>
    private const int Lsm = 31600;

    public static void Version(CriuOptions options)
    {
        var version = CriuWorker.Ask(CriuRequest.Of(CriuRequestType.Version)).Version;
        RuntimeLog.Debug($"criu {CriuResponse.Describe(version)}");
        var needed = options.LsmProfile is not null || options.LsmMountContext is not null ? Lsm : Oldest;
        if (version < needed)
        {
            throw new ContainerException($"criu {CriuResponse.Describe(version)} is too old: {CriuResponse.Describe(needed)} or later is needed{(needed == Lsm ? " for --lsm-profile and --lsm-mount-context" : "")}");
        }
    }

    public static void Features(CriuOptions options)
    {
        if (!options.PreDump && !options.LazyPages)
        {
            return;
        }

        var features = CriuWorker.Ask(CriuRequest.FeatureCheck());
        if (options.PreDump && features.TracksMemory == false)
        {
            throw new ContainerException("--pre-dump: kernel or criu cannot track which memory has changed (criu check --feature mem_dirty_track)");
        }

        if (options.LazyPages && features.ServesPages == false)
        {
            throw new ContainerException("--lazy-pages: kernel or criu cannot serve pages later (criu check --feature uffd-noncoop)");
        }
    }
}
