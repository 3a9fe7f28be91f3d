namespace MyDocker.Images.Layers;

/// <summary>How a tree looks in an archive that is not a layer's.</summary>
/// <param name="Name">of the tree itself; its members are below it.</param>
/// <param name="Owners">whose ids are on its files.</param>
/// <param name="EntersMount">whether what is mounted at a path below the tree belongs to it; null: nothing does.</param>
public sealed record TreeView(byte[] Name, ContainerOwners Owners, Predicate<byte[]>? EntersMount);
