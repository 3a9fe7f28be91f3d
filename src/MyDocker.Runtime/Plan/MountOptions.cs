using MyDocker.Kernel.Mounts;
using static MyDocker.Kernel.Mounts.MountAttributes;
using static MyDocker.Kernel.Mounts.MountFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>The option words of a mount in config.json, sorted by what the kernel calls need (runtime-spec "Mounts", as runc and crun know them).</summary>
public sealed class MountOptions
{
    private readonly record struct Attribute(ulong Set, ulong Clear);

    private static Dictionary<string, Attribute> Attributes => field ??= new()
    {
        ["ro"] = new(MOUNT_ATTR_RDONLY, 0),
        ["rw"] = new(0, MOUNT_ATTR_RDONLY),
        ["nosuid"] = new(MOUNT_ATTR_NOSUID, 0),
        ["suid"] = new(0, MOUNT_ATTR_NOSUID),
        ["nodev"] = new(MOUNT_ATTR_NODEV, 0),
        ["dev"] = new(0, MOUNT_ATTR_NODEV),
        ["noexec"] = new(MOUNT_ATTR_NOEXEC, 0),
        ["exec"] = new(0, MOUNT_ATTR_NOEXEC),
        ["nosymfollow"] = new(MOUNT_ATTR_NOSYMFOLLOW, 0),
        ["symfollow"] = new(0, MOUNT_ATTR_NOSYMFOLLOW),
        ["nodiratime"] = new(MOUNT_ATTR_NODIRATIME, 0),
        ["diratime"] = new(0, MOUNT_ATTR_NODIRATIME),
        ["noatime"] = new(MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME),
        ["strictatime"] = new(MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
        ["relatime"] = new(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
        ["atime"] = new(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
        ["norelatime"] = new(MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
        ["nostrictatime"] = new(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
    };

    /// <summary>Bind of an existing file or directory instead of a new file system.</summary>
    public bool IsBind { get; private set; }

    /// <summary>rbind: with the mounts below the source.</summary>
    public bool IsRecursiveBind { get; private set; }

    /// <summary>Attributes of this mount alone.</summary>
    public ulong Set { get; private set; }
    public ulong Clear { get; private set; }

    /// <summary>Attributes of the mounts below, too (rro, rnosuid, …).</summary>
    public ulong RecursiveSet { get; private set; }
    public ulong RecursiveClear { get; private set; }

    /// <summary>MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE; 0 where none is asked for.</summary>
    public int Propagation { get; private set; }
    public bool PropagationIsRecursive { get; private set; }

    /// <summary>Owners are mapped through the container's user namespace, or the mount's own mappings.</summary>
    public bool IsMapped { get; private set; }
    public bool IsMappedRecursively { get; private set; }

    /// <summary>The tmpfs starts with a copy of what the root file system has at its place.</summary>
    public bool CopiesUp { get; private set; }

    /// <summary>Words for the file system itself, such as size=64k.</summary>
    public List<string> Data { get; } = [];

    /// <summary>Every word that means the same for all file systems, in no order.</summary>
    public static IEnumerable<string> KnownWords =>
    [
        .. Attributes.Keys, .. Attributes.Keys.Select(word => $"r{word}"),
        "bind", "rbind", "idmap", "ridmap", "tmpcopyup",
        "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable",
    ];

    public static MountOptions Parse(IEnumerable<string>? words, string? type)
    {
        var options = new MountOptions { IsBind = type == "bind" };
        foreach (var word in words ?? [])
        {
            options.Add(word);
        }

        return options;
    }

    private void Add(string word)
    {
        if (Attributes.TryGetValue(word, out var attribute))
        {
            Set = (Set & ~attribute.Clear & ~AtimeIf(attribute)) | attribute.Set;
            Clear = (Clear & ~attribute.Set) | attribute.Clear;
        }
        else if (word.StartsWith('r') && Attributes.TryGetValue(word[1..], out attribute))
        {
            RecursiveSet = (RecursiveSet & ~attribute.Clear) | attribute.Set;
            RecursiveClear = (RecursiveClear & ~attribute.Set) | attribute.Clear;
        }
        else if (!AddBehaviour(word) && word is not ("defaults" or "auto" or "noauto" or "user" or "nouser" or "_netdev"))
        {
            Data.Add(word);
        }
    }

    private bool AddBehaviour(string word)
    {
        switch (word)
        {
            case "bind":
                IsBind = true;
                return true;
            case "rbind":
                IsBind = IsRecursiveBind = true;
                return true;
            case "idmap":
                IsMapped = true;
                return true;
            case "ridmap":
                IsMapped = IsMappedRecursively = true;
                return true;
            case "tmpcopyup":
                CopiesUp = true;
                return true;
            case "private" or "rprivate":
                return Propagate(MS_PRIVATE, word);
            case "slave" or "rslave":
                return Propagate(MS_SLAVE, word);
            case "shared" or "rshared":
                return Propagate(MS_SHARED, word);
            case "unbindable" or "runbindable":
                return Propagate(MS_UNBINDABLE, word);
            default:
                return false;
        }
    }

    private bool Propagate(int flag, string word)
    {
        Propagation = flag;
        PropagationIsRecursive = word[0] == 'r';
        return true;
    }

    private static ulong AtimeIf(Attribute attribute) => attribute.Clear == MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0;
}
