using MyDocker.Images.References;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Store;

/// <summary>What an import made.</summary>
/// <param name="Id">"sha256:…", the digest of the configuration.</param>
/// <param name="Reference">the name it got; null for a tarball that was run directly.</param>
/// <param name="Size">sum of the sizes of its files, bytes.</param>
/// <param name="Entries">number of files, links and directories.</param>
/// <param name="Notes">what could not be kept exactly, one line each (attributes the file system refused, sockets).</param>
public sealed record ImportedImage(string Id, ImageReference? Reference, long Size, long Entries, IReadOnlyList<string> Notes);

/// <summary>One line of the list of images: an image under one of its names.</summary>
/// <param name="Repository">"centos", "quay.io/a/b"; null for an image without a name.</param>
/// <param name="Tag">"7"; null for an image without a name.</param>
/// <param name="Id">"sha256:…", the digest of the configuration.</param>
/// <param name="Digest">"sha256:…", the digest of the manifest, or of the index that the registry has under this name.</param>
/// <param name="Size">sum of the sizes of its files, bytes.</param>
public sealed record ImageSummary(string? Repository, string? Tag, string Id, string Digest, DateTimeOffset Created, long Size);

/// <summary>What a removal did.</summary>
/// <param name="Untagged">names that are gone: "centos:7".</param>
/// <param name="Deleted">ids of images that are gone: "sha256:…".</param>
/// <param name="DeletedLayers">diff ids (64 digits) of layers whose files are gone; those in use by containers stay.</param>
/// <param name="Reclaimed">sum of the sizes of the files that are gone, bytes.</param>
public sealed record RemoveResult(IReadOnlyList<string> Untagged, IReadOnlyList<string> Deleted, IReadOnlyList<string> DeletedLayers, long Reclaimed);

/// <summary>An image, a directory or a tarball, ready to be the lower layers of a container.</summary>
/// <param name="Reference">as users write it: "centos:7", or the path.</param>
/// <param name="Id">"sha256:…", the digest of the configuration; empty for a directory used in place.</param>
/// <param name="Config">all of it but the history.</param>
/// <param name="LowerDirectories">absolute paths, top-most first, as overlayfs' lowerdir wants them; never to be written to.</param>
/// <param name="LayersParent">the directory that all of them are in, to be mounted id-mapped; null for a directory used in place.</param>
/// <param name="LayerIds">diff ids (64 digits), top-most first; what a container's state records as its layers in use.</param>
public sealed record ResolvedImage(
    string Reference,
    string Id,
    ImageConfig Config,
    IReadOnlyList<string> LowerDirectories,
    string? LayersParent,
    IReadOnlyList<string> LayerIds);
