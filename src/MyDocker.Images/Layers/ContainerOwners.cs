using System.Buffers.Binary;
using MyDocker.Images.Archives;

namespace MyDocker.Images.Layers;

/// <summary>The owners of a container's files as the container and as the host have them.</summary>
/// <param name="firstHostId">first of the 65,536 host ids that the container's are mapped to; 0: they are the same.</param>
public sealed class ContainerOwners(uint firstHostId)
{
    private const uint Count = 65536;
    private const uint Nobody = 65534; // /proc/sys/kernel/overflowuid

    private readonly OwnerShift? _shift = firstHostId == 0 ? null : new OwnerShift(firstHostId);

    public uint FirstHostId => firstHostId;

    /// <summary>What the container sees of an owner on the host.</summary>
    public uint ToContainer(uint id) => firstHostId == 0 ? id : id - firstHostId < Count ? id - firstHostId : Nobody;

    internal uint ToHost(uint id, TarEntry entry)
        => firstHostId == 0 ? id
            : id < Count ? firstHostId + id
            : throw new ImageException($"{Printable.Name(entry.Name)}: its owner {id} is not among the ids of a container, 0–{Count - 1}; change it, or leave -a out");

    /// <summary>Capabilities of a file that name the container's root say so without naming it, as in an image.</summary>
    internal ExtendedAttribute ToContainer(ExtendedAttribute attribute)
        => _shift is not null && OwnerShift.RootOf(attribute) == firstHostId ? new ExtendedAttribute(attribute.Name, OwnerShift.WithoutRoot(attribute.Value)) : attribute;

    internal byte[] ToHost(ExtendedAttribute attribute, TarEntry entry) => _shift?.Apply(attribute, entry.Name) ?? attribute.Value;
}
