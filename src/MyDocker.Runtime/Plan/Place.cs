using MyDocker.Kernel.Processes;

namespace MyDocker.Runtime.Plan;

/// <summary>Where a mount goes: an open file or directory, or a name in an open directory that nobody else can reach yet.</summary>
internal readonly unsafe struct Place(Arg directory, byte* name, bool isOpen)
{
    public Arg Directory { get; } = directory;

    public byte* Name { get; } = name;

    /// <summary>The descriptor is the place itself; the name is empty.</summary>
    public bool IsOpen { get; } = isOpen;
}
