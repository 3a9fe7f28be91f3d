using MyDocker.Kernel.Mounts;
using static MyDocker.Kernel.Mounts.MountAttributes;
using static MyDocker.Kernel.Mounts.MountFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// The option words of a mount in config.json, sorted by what the kernel calls need (runtime-spec "Mounts", as runc and crun know
/// them). A word that is in no table is the file system's own.
/// </summary>
public sealed class MountOptions
{
    /// <summary>Attributes that a mount which comes from a more privileged user namespace keeps (MNT_LOCK_* of the kernel).</summary>
    public const ulong Lockable = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

    private const ulong Plain = Lockable | MOUNT_ATTR_NOSYMFOLLOW;

    private bool _noatime;
    private bool _relatime;
    private bool _strictatime;
    private bool _nodiratime;
    private ulong _set;
    private readonly List<int> _propagation = [];

    /// <summary>Bind of an existing file or directory instead of a new file system.</summary>
    public bool IsBind { get; private set; }

    /// <summary>rbind: with the mounts below the source.</summary>
    public bool IsRecursiveBind { get; private set; }

    /// <summary>remount: the mount that is at the destination already changes; nothing new is mounted.</summary>
    public bool IsRemount { get; private set; }

    /// <summary>Some word is about attributes: a bind mount does not simply keep those of its source.</summary>
    public bool HasAttributes { get; private set; }

    /// <summary>Some word asks for a way to keep access times. Words that only take one back leave a bind mount's as they are.</summary>
    public bool SetsAtime => _noatime || _relatime || _strictatime || _nodiratime;

    /// <summary>Attributes asked for, access times included. If several of those are, the kernel lets strictatime win, then noatime.</summary>
    public ulong Set => _set
        | (_strictatime ? MOUNT_ATTR_STRICTATIME : _noatime ? MOUNT_ATTR_NOATIME : MOUNT_ATTR_RELATIME)
        | (_nodiratime ? MOUNT_ATTR_NODIRATIME : 0);

    /// <summary>Attributes that a word takes back (rw, suid, dev, exec, symfollow).</summary>
    public ulong Cleared { get; private set; }

    /// <summary>Attributes of the mounts below, too (rro, rnosuid, …).</summary>
    public ulong RecursiveSet { get; private set; }
    public ulong RecursiveClear { get; private set; }

    /// <summary>MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE, each with MS_REC or without, in the order given.</summary>
    public IReadOnlyList<int> Propagation => _propagation;

    /// <summary>Owners are mapped through the container's user namespace, or the mount's own mappings.</summary>
    public bool IsMapped { get; private set; }
    public bool IsMappedRecursively { get; private set; }

    /// <summary>The mappings of crun's "idmap=uids=…;gids=…".</summary>
    public string? Mappings { get; private set; }

    /// <summary>The tmpfs starts with a copy of what the root file system has at its place.</summary>
    public bool CopiesUp { get; private set; }

    /// <summary>copy-symlink: a source that is a symbolic link becomes one like it in the container.</summary>
    public bool CopiesLink { get; private set; }

    /// <summary>src-nofollow, dest-nofollow: a symbolic link at the end of the path is what is meant.</summary>
    public bool MountsLink { get; private set; }
    public bool MountsOnLink { get; private set; }

    /// <summary>Words for any file system, but not for a mount of one: sync, dirsync, lazytime, mand.</summary>
    public List<string> FileSystemWords { get; } = [];

    /// <summary>Words for the file system itself, such as size=64k.</summary>
    public List<string> Data { get; } = [];

    private static Dictionary<string, (ulong Bit, bool Clears)> Attributes => field ??= new()
    {
        ["ro"] = (MOUNT_ATTR_RDONLY, false),
        ["rw"] = (MOUNT_ATTR_RDONLY, true),
        ["nosuid"] = (MOUNT_ATTR_NOSUID, false),
        ["suid"] = (MOUNT_ATTR_NOSUID, true),
        ["nodev"] = (MOUNT_ATTR_NODEV, false),
        ["dev"] = (MOUNT_ATTR_NODEV, true),
        ["noexec"] = (MOUNT_ATTR_NOEXEC, false),
        ["exec"] = (MOUNT_ATTR_NOEXEC, true),
        ["nosymfollow"] = (MOUNT_ATTR_NOSYMFOLLOW, false),
        ["symfollow"] = (MOUNT_ATTR_NOSYMFOLLOW, true),
    };

    /// <summary>Every word that means the same for all file systems, in no order.</summary>
    public static IEnumerable<string> KnownWords =>
    [
        .. Attributes.Keys, .. Attributes.Keys.Select(word => $"r{word}"),
        "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime",
        "ratime", "rnoatime", "rdiratime", "rnodiratime", "rrelatime", "rnorelatime", "rstrictatime", "rnostrictatime",
        "bind", "rbind", "remount", "defaults", "sync", "async", "dirsync", "mand", "nomand", "lazytime", "nolazytime", "silent", "loud",
        "iversion", "noiversion", "idmap", "ridmap", "tmpcopyup", "copy-symlink", "src-nofollow", "dest-nofollow",
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

    /// <summary>
    /// What mount_setattr(2) is told about the top of a bind mount. As with mount(8), the words are the whole truth: what is not
    /// asked for is cleared, unless there are none at all. In a user namespace what the source has is kept.
    /// </summary>
    public (ulong Set, ulong Clear) OfBind(bool keepsLocked)
    {
        if (!HasAttributes)
        {
            return (0, 0);
        }

        var set = SetsAtime ? Set : _set;
        var clear = IsRemount ? Cleared : keepsLocked ? MOUNT_ATTR_NOSYMFOLLOW : Plain;
        return (set, (clear & ~set) | (SetsAtime ? MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME : 0));
    }

    private void Add(string word)
    {
        if (Attributes.TryGetValue(word, out var attribute))
        {
            HasAttributes = true;
            _set = attribute.Clears ? _set & ~attribute.Bit : _set | attribute.Bit;
            Cleared = attribute.Clears ? Cleared | attribute.Bit : Cleared & ~attribute.Bit;
        }
        else if (word.StartsWith('r') && Attributes.TryGetValue(word[1..], out attribute))
        {
            AddRecursive(attribute.Clears ? 0 : attribute.Bit, attribute.Bit);
        }
        else if (!AddAtime(word) && !AddPropagation(word) && !AddBehaviour(word) && !AddFileSystemWord(word))
        {
            Data.Add(word);
        }
    }

    private void AddRecursive(ulong set, ulong mask)
    {
        RecursiveSet = (RecursiveSet & ~mask) | set;
        RecursiveClear = (RecursiveClear & ~mask) | (mask & ~set) | (mask & MOUNT_ATTR__ATIME);
    }

    private bool AddAtime(string word)
    {
        switch (word)
        {
            case "noatime" or "atime":
                _noatime = word == "noatime";
                break;
            case "relatime" or "norelatime":
                _relatime = word == "relatime";
                break;
            case "strictatime" or "nostrictatime":
                _strictatime = word == "strictatime";
                break;
            case "nodiratime" or "diratime":
                _nodiratime = word == "nodiratime";
                break;
            case "rnoatime":
                AddRecursive(MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME);
                return true;
            case "rstrictatime":
                AddRecursive(MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME);
                return true;
            case "ratime" or "rrelatime" or "rnorelatime" or "rnostrictatime":
                AddRecursive(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME);
                return true;
            case "rnodiratime" or "rdiratime":
                AddRecursive(word == "rnodiratime" ? MOUNT_ATTR_NODIRATIME : 0, MOUNT_ATTR_NODIRATIME);
                return true;
            default:
                return false;
        }

        HasAttributes = true;
        return true;
    }

    private bool AddPropagation(string word)
    {
        var flag = word switch
        {
            "private" or "rprivate" => MS_PRIVATE,
            "slave" or "rslave" => MS_SLAVE,
            "shared" or "rshared" => MS_SHARED,
            "unbindable" or "runbindable" => MS_UNBINDABLE,
            _ => 0,
        };
        if (flag != 0)
        {
            _propagation.Add(flag | (word[0] == 'r' ? MS_REC : 0));
        }

        return flag != 0;
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
            case "remount":
                return IsRemount = true;
            case "idmap" or "ridmap":
                IsMapped = true;
                IsMappedRecursively = word == "ridmap";
                return true;
            case "tmpcopyup":
                return CopiesUp = true;
            case "copy-symlink":
                return CopiesLink = true;
            case "src-nofollow":
                return MountsLink = true;
            case "dest-nofollow":
                return MountsOnLink = true;
            default:
                if (!word.StartsWith("idmap=", StringComparison.Ordinal) && !word.StartsWith("ridmap=", StringComparison.Ordinal))
                {
                    return false;
                }

                IsMappedRecursively = word[0] == 'r';
                Mappings = word[(word.IndexOf('=') + 1)..];
                return IsMapped = true;
        }
    }

    /// <summary>Words of mount(8) and fstab(5) that say nothing to these system calls are taken without effect.</summary>
    private bool AddFileSystemWord(string word)
    {
        var opposite = word switch
        {
            "async" => "sync",
            "nolazytime" => "lazytime",
            "nomand" => "mand",
            _ => null,
        };
        if (opposite is not null)
        {
            FileSystemWords.Remove(opposite);
        }
        else if (word is "sync" or "dirsync" or "lazytime" or "mand")
        {
            FileSystemWords.Add(word);
        }
        else if (word is "defaults" or "auto" or "noauto" or "user" or "nouser" or "_netdev" or "rsync" or "rasync" or "rdirsync" or "rmand" or "rnomand")
        {
            return true;
        }
        else if (word is not ("silent" or "loud" or "iversion" or "noiversion"))
        {
            return false;
        }

        HasAttributes = true;
        return true;
    }
}
