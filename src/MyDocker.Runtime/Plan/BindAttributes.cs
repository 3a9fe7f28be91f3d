using MyDocker.Kernel.Mounts;
using static MyDocker.Kernel.Mounts.MountFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>A call of mount_setattr(2) on a bind mount.</summary>
internal readonly record struct AttributeChange(MountAttr Attributes, bool Recursive);

/// <summary>What a bind mount's options come down to: one call, or two where the mounts below get other attributes.</summary>
internal static class BindAttributes
{
    private const int Kinds = MS_PRIVATE | MS_SLAVE | MS_SHARED | MS_UNBINDABLE;

    /// <param name="isNew">a copy of another mount, which has that one's propagation; false: a mount that stays where it is.</param>
    public static List<AttributeChange> Of(MountEntry entry, bool isNew = true)
    {
        var options = entry.Options;
        var changes = new List<AttributeChange>();
        var (set, clear) = options.OfBind(NamespaceSteps.HasUserNamespace(entry.Request.Spec));
        if ((set | clear) != 0)
        {
            Merge(changes, new MountAttr { Set = set, Clear = clear }, recursive: false);
        }

        foreach (var flag in Propagation(entry, isNew))
        {
            Merge(changes, new MountAttr { Propagation = (ulong)(flag & Kinds) }, (flag & MS_REC) != 0 && options.IsRecursiveBind);
        }

        if ((options.RecursiveSet | options.RecursiveClear) != 0)
        {
            Merge(changes, new MountAttr { Set = options.RecursiveSet, Clear = options.RecursiveClear }, options.IsRecursiveBind);
        }

        return changes;
    }

    /// <summary>Adds MOUNT_ATTR_IDMAP to the call that has the right reach.</summary>
    public static void Map(List<AttributeChange> changes, bool recursive)
        => Merge(changes, new MountAttr { Set = MountAttributes.MOUNT_ATTR_IDMAP }, recursive);

    /// <summary>
    /// What is mounted on either side is to appear on the other: asked for by "shared", and only where the root file system may
    /// share with the host at all, as with runc.
    /// </summary>
    public static bool IsPeerOfHost(MountEntry entry)
        => (RootfsSteps.PropagationOf(entry.Request.Spec) & MS_SHARED) != 0
            && (entry.Options.Propagation.Count == 0 || (entry.Options.Propagation[^1] & MS_SHARED) != 0);

    /// <summary>
    /// Without a word a copy has the propagation that the root file system is to have, so that what the host unmounts goes here,
    /// too (the kernel's default for runc: slave). In a user namespace nothing may spread to the host.
    /// </summary>
    private static List<int> Propagation(MountEntry entry, bool isNew)
    {
        List<int> flags = [.. entry.Options.Propagation];
        if (flags.Count == 0 && isNew)
        {
            var own = RootfsSteps.PropagationOf(entry.Request.Spec) & Kinds;
            if (own != MS_SHARED)
            {
                flags.Add((own == 0 ? MS_SLAVE : own) | MS_REC);
            }
        }

        if (isNew && NamespaceSteps.HasUserNamespace(entry.Request.Spec) && (flags.Count == 0 || (flags[0] & MS_SHARED) != 0))
        {
            flags.Insert(0, MS_SLAVE | MS_REC);
        }

        return flags;
    }

    private static void Merge(List<AttributeChange> changes, MountAttr more, bool recursive)
    {
        if (changes.Count > 0 && changes[^1] is var last && last.Recursive == recursive && (last.Attributes.Propagation == 0 || more.Propagation == 0))
        {
            changes[^1] = last with
            {
                Attributes = last.Attributes with
                {
                    Set = (last.Attributes.Set & ~more.Clear) | more.Set,
                    Clear = last.Attributes.Clear | more.Clear,
                    Propagation = last.Attributes.Propagation | more.Propagation,
                },
            };
            return;
        }

        changes.Add(new AttributeChange(more, recursive));
    }
}
