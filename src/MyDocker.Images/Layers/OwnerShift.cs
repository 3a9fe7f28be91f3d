using System.Buffers.Binary;
using MyDocker.Images.Archives;

namespace MyDocker.Images.Layers;

/// <summary>
/// The host ids that files get whose owners no mount can map: the container's own, 0–65535, moved up to the range that it has
/// on the host. So its files belong to it and to nobody else, and a set-uid bit gives the host's users nothing of root.
/// </summary>
/// <param name="isBack">from the host's ids to the container's; what is none of those stays.</param>
internal sealed class OwnerShift(uint firstHostId, bool isBack = false)
{
    private const uint Count = 65536;

    // struct vfs_ns_cap_data, linux/capability.h: revision and flags, two words each of permitted and inheritable, root id.
    private const string Capability = "security.capability";
    private const uint VFS_CAP_REVISION_MASK = 0xFF000000;
    private const uint VFS_CAP_REVISION_2 = 0x02000000;
    private const uint VFS_CAP_REVISION_3 = 0x03000000;
    private const int XATTR_CAPS_SZ_2 = 20;
    private const int XATTR_CAPS_SZ_3 = 24;

    public uint Apply(uint id, byte[] path)
        => isBack ? (id - firstHostId < Count ? id - firstHostId : id)
            : id < Count ? firstHostId + id
            : throw new ImageException($"copy {Printable.Name(path)}: its owner {id} is not among the ids of a container, 0–{Count - 1}; change it, or use --userns=host");

    /// <summary>
    /// Capabilities of a file count only in the user namespace whose root they name (revision 3, Linux 4.14); those of
    /// revision 2 name the host's, so that the container would not have them and the host's users would.
    /// </summary>
    public byte[] Apply(ExtendedAttribute attribute, byte[] path)
    {
        if (attribute.Name != Capability || attribute.Value.Length is not (XATTR_CAPS_SZ_2 or XATTR_CAPS_SZ_3))
        {
            return attribute.Value;
        }

        var header = BinaryPrimitives.ReadUInt32LittleEndian(attribute.Value);
        var root = (header & VFS_CAP_REVISION_MASK) switch
        {
            VFS_CAP_REVISION_2 => 0u,
            VFS_CAP_REVISION_3 when attribute.Value.Length == XATTR_CAPS_SZ_3 => BinaryPrimitives.ReadUInt32LittleEndian(attribute.Value.AsSpan(XATTR_CAPS_SZ_2)),
            _ => throw new ImageException($"copy {Printable.Name(path)}: its capabilities are of an unknown revision (0x{header:x8}); remove them, or use --userns=host"),
        };
        if (isBack)
        {
            // Revision 2 is that of the root of whoever mounts it.
            var plain = attribute.Value[..XATTR_CAPS_SZ_2];
            BinaryPrimitives.WriteUInt32LittleEndian(plain, VFS_CAP_REVISION_2 | (header & ~VFS_CAP_REVISION_MASK));
            return root == firstHostId ? plain : attribute.Value;
        }

        var value = new byte[XATTR_CAPS_SZ_3];
        attribute.Value.CopyTo(value, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(value, VFS_CAP_REVISION_3 | (header & ~VFS_CAP_REVISION_MASK));
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(XATTR_CAPS_SZ_2), Apply(root, path));
        return value;
    }

    /// <summary>The root that a capability attribute of revision 3 names; null for any other.</summary>
    public static uint? RootOf(ExtendedAttribute attribute)
        => attribute.Name == Capability && attribute.Value.Length == XATTR_CAPS_SZ_3 ? BinaryPrimitives.ReadUInt32LittleEndian(attribute.Value.AsSpan(XATTR_CAPS_SZ_2)) : null;

    /// <summary>The same in revision 2.</summary>
    public static byte[] WithoutRoot(byte[] value)
    {
        var result = value[..XATTR_CAPS_SZ_2];
        var header = BinaryPrimitives.ReadUInt32LittleEndian(result);
        BinaryPrimitives.WriteUInt32LittleEndian(result, VFS_CAP_REVISION_2 | (header & ~VFS_CAP_REVISION_MASK));
        return result;
    }
}
