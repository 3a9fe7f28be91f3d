using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// The mount points of a container while its plan is made: what earlier mounts cover, and which directories are new file systems
/// of ours, in which a mount point is made by name in one call.
/// </summary>
internal sealed unsafe class MountPlaces(LaunchPlan plan, DestinationResolver? resolver)
{
    /// <summary>An image must not redirect these by a link of its own (CVE-2019-16884, CVE-2025-52881).</summary>
    public const ulong NoLinks = OpenHow.RESOLVE_IN_ROOT | OpenHow.RESOLVE_NO_SYMLINKS;

    private DestinationResolver? _resolver = resolver;
    private readonly List<(string Path, MountOrigin? Source)> _taken = [];
    private readonly Dictionary<string, Cell> _fresh = [];

    /// <summary>cgroup mounts that wait for the cgroup namespace; what goes below them waits as well.</summary>
    public List<(string Path, Action Add)> Late { get; } = [];

    /// <summary>Mounts that become read-only when all that goes into them is there.</summary>
    public List<(Cell Mount, ulong Attributes, bool Recursive, string Path)> LateAttributes { get; } = [];

    /// <summary>The path lies below an earlier mount: what the root file system has there is out of sight.</summary>
    public bool IsCovered(string path) => _taken.Exists(taken => IsAtOrBelow(path, taken.Path));

    /// <summary>Earlier mounts lie below the path: a recursive copy of it has them.</summary>
    public bool HasBelow(string path) => _taken.Exists(taken => taken.Path != path && IsAtOrBelow(taken.Path, path));

    public bool IsLate(string path) => Late.Exists(late => IsAtOrBelow(path, late.Path));

    /// <summary>The directory of a file system that the plan has just made, if the path is one.</summary>
    public Cell? FreshAt(string path) => _fresh.TryGetValue(path, out var mount) ? mount : null;

    /// <summary>Where links of the image lead a destination that is not there yet; the child resolves what exists by itself.</summary>
    public string Resolve(string path) => _resolver is null || IsCovered(path) ? path : _resolver.Resolve(path);

    /// <summary>What the image has at a path, if no earlier mount covers it.</summary>
    public Stat? InImage(string path) => _resolver is null || IsCovered(path) ? null : _resolver.Find(path);

    /// <summary>What a link at the end of a path of the image contains.</summary>
    public string? LinkInImage(string path) => _resolver is null || IsCovered(path) ? null : _resolver.ReadLink(path);

    /// <summary>Where on the host that lies which is at a path of the container, as far as bind mounts tell; null: in a file system without a path.</summary>
    public MountOrigin? OnHost(string path, string rootfs)
    {
        for (var i = _taken.Count - 1; i >= 0; i--)
        {
            var (point, source) = _taken[i];
            if (IsAtOrBelow(path, point))
            {
                return source is { } origin ? origin with { Rest = origin.Rest + (point == "/" ? path : path[point.Length..]) } : null;
            }
        }

        return new MountOrigin(rootfs, path, 0);
    }

    /// <summary>The image is looked at no more.</summary>
    public void Forget() => _resolver = null;

    /// <summary>A mount has been put somewhere; <paramref name="fresh"/>: an empty file system that only this plan fills.</summary>
    public void Take(string path, Cell? fresh = null, MountOrigin? source = null)
    {
        foreach (var hidden in _fresh.Keys.Where(known => IsAtOrBelow(known, path)).ToList())
        {
            _fresh.Remove(hidden);
        }

        _taken.Add((path, source));
        if (fresh is { } mount)
        {
            _fresh[path] = mount;
        }
    }

    /// <summary>The image's own file or directory at a path can be looked at now.</summary>
    public bool KnowsImage(string path) => _resolver is not null && !IsCovered(path);

    /// <param name="found">filled in for a directory that was there.</param>
    public Place Directory(string path, ulong? resolve = null, Stat* found = null)
    {
        if (InFresh(path, out var parent, out var name))
        {
            plan.Child.Add("create directory", path, Nr.mkdirat, parent, plan.Child.Text(name), 0x1ED).Tolerate(Errno.EEXIST);
            return new Place(parent, plan.Child.Text(name), isOpen: false);
        }

        return Open(plan.Builder.EnsureDirectory(path, resolve: resolve ?? ChildBuilder.InRoot, found: found));
    }

    public Place File(string path)
    {
        if (InFresh(path, out var parent, out var name))
        {
            plan.Child.Add("create file", path, Nr.mknodat, parent, plan.Child.Text(name), Stat.S_IFREG | 0x1A4, 0).Tolerate(Errno.EEXIST);
            return new Place(parent, plan.Child.Text(name), isOpen: false);
        }

        return Open(plan.Builder.EnsureFile(path));
    }

    /// <summary>What is at a path, a link at its end included.</summary>
    public Place Link(string path)
    {
        plan.Builder.OpenInRoot(path, O_PATH | O_NOFOLLOW, out var cell, "open mount point");
        return Open(cell);
    }

    /// <summary>A place as an argument of calls that want a descriptor.</summary>
    public Arg Descriptor(Place place, string path)
    {
        if (place.IsOpen)
        {
            return place.Directory;
        }

        var cell = plan.Child.NewCell();
        plan.Child.Add("open mount point", path, Nr.openat, place.Directory, place.Name, O_PATH | O_NOFOLLOW | O_CLOEXEC).Into(cell);
        return cell;
    }

    public Place Open(Cell cell) => new(cell, plan.Builder.Empty, isOpen: true);

    private bool InFresh(string path, out Cell parent, out string name)
    {
        var slash = path.LastIndexOf('/');
        name = path[(slash + 1)..];
        return _fresh.TryGetValue(slash <= 0 ? "/" : path[..slash], out parent) && name.Length > 0;
    }

    private static bool IsAtOrBelow(string path, string parent)
        => parent == "/" || (path.StartsWith(parent, StringComparison.Ordinal) && (path.Length == parent.Length || path[parent.Length] == '/'));
}
