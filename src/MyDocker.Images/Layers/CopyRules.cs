using MyDocker.Images.Archives;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Layers;

/// <summary>
/// How members of an archive become files of a directory that has files already, for "cp": what is there is replaced by its like
/// only, a file by a file; whiteouts have no meaning.
/// </summary>
public sealed record CopyRules
{
    private const int SetIdBits = 0xC00; // 06000

    /// <summary>Whose ids the files get.</summary>
    public required ContainerOwners Owners { get; init; }

    /// <summary>All files belong to this one (as the container has it); null: to whom the archive says.</summary>
    public (uint Uid, uint Gid)? Owner { get; init; }

    /// <summary>
    /// Set-id bits, devices and capabilities are kept. A container's files must not give the host's users the rights of who copies
    /// them without being asked to.
    /// </summary>
    public required bool KeepsPrivileges { get; init; }

    /// <summary>A device made where it cannot be opened is of no use; in a user namespace none can be made at all.</summary>
    public required bool TakesDevices { get; init; }

    internal (uint Uid, uint Gid) OwnerOf(TarEntry entry)
        => (Owners.ToHost(Owner?.Uid ?? entry.Uid, entry), Owners.ToHost(Owner?.Gid ?? entry.Gid, entry));

    internal int ModeOf(TarEntry entry) => KeepsPrivileges || entry.Type == TarType.Directory ? entry.Mode : entry.Mode & ~SetIdBits;

    internal bool Takes(ExtendedAttribute attribute) => KeepsPrivileges || attribute.Name != "security.capability";

    internal byte[] ValueOf(ExtendedAttribute attribute, TarEntry entry) => Owners.ToHost(attribute, entry);

    internal static ImageException Failure(TarEntry entry, Errno errno) => new($"copy {Printable.Name(entry.Name)}: {errno.Describe()}" + errno switch
    {
        Errno.EROFS => "; what it would be copied to is mounted read-only",
        Errno.EBUSY => "; something is mounted there",
        _ => "",
    });

    /// <summary>Why a member is not made; null if it is.</summary>
    internal string? LeavesOut(TarEntry entry)
        => entry.Type is not (TarType.CharDevice or TarType.BlockDevice) || TakesDevices ? null : "it is a device";
}
