using MyDocker.Engine.Containers;
using MyDocker.Engine.Volumes;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Processes;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Monitor;

/// <content>The end of a run: what it made on the host is taken back.</content>
public sealed partial class ContainerMonitor
{
    /// <summary>The link of the last run: gone for everybody, but the kernel is not done with it.</summary>
    private LinkDeletion? _leavingLink;

    /// <summary>Everything but files: those take a file system milliseconds, and nobody has to wait for that.</summary>
    /// <param name="keepClaims">the policy starts the container again: name and address stay its own.</param>
    private void EndRun(bool keepClaims)
    {
        if (_run!.MemoryLimit is { } limit)
        {
            _loop.Remove(limit);
        }

        _guard?.Dispose();
        _guard = null;
        _leavingLink?.Dispose();
        _leavingLink = null;
        _journal.Undo(_record.Options.AutoRemove && !keepClaims, ReleaseSwiftly, resource => resource.Kind switch
        {
            ResourceKind.Directory => !keepClaims && new VolumeStore(_roots).Owns(resource.Name), // with --rm its volumes are nobody's to see
            ResourceKind.Claim => !keepClaims && !IsMadeUpName(resource),
            _ => true,
        });
        AwaitLinkGone();
        _run.Dispose();
        _run = null;
    }

    /// <summary>A name that nobody chose is not missed: it goes with the files.</summary>
    private bool IsMadeUpName(Resource claim) => _record.Options.Name is null && claim.OutlivesRun;

    /// <summary>A link begins to go while the rest is removed, and is gone before its address is free.</summary>
    private string? ReleaseSwiftly(Resource resource)
    {
        string? failure = null;
        switch (resource.Kind)
        {
            case ResourceKind.Link:
                _leavingLink = ResourceRelease.BeginRemovingLink(resource.Name);
                break;
            case ResourceKind.Claim:
                AwaitLinkGone();
                goto default;
            default:
                failure = ResourceRelease.Try(resource);
                break;
        }

        if (PhaseClock.IsOn)
        {
            PhaseClock.Mark($"give back {resource.Kind} {resource.Name}");
        }

        return failure;
    }

    /// <summary>A link that does not go stays in the journal; <see cref="Release"/> tries again.</summary>
    private void AwaitLinkGone()
    {
        try
        {
            _leavingLink?.AwaitGone();
        }
        catch (NetlinkException)
        {
        }
    }

    /// <summary>What cannot be undone now stays in the journal and is tried again by the next command.</summary>
    private void Release(bool alsoContainer) => _journal.Undo(alsoContainer, ResourceRelease.Try);
}
