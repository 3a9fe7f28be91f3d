namespace MyDocker.Images.Registry;

/// <summary>What happens to a layer just now.</summary>
public enum TransferPhase
{
    /// <summary>It waits for its turn, or for another process that fetches the same.</summary>
    Waiting,

    /// <summary>It is in the store (or the registry) already.</summary>
    Exists,
    Downloading,

    /// <summary>All of it has come; the rest is being unpacked.</summary>
    Unpacking,
    Pulled,
    Preparing,
    Uploading,
    Pushed,

    /// <summary>The registry had it in another repository and needs no upload.</summary>
    Mounted,
}

/// <summary>A step of a transfer. They come from several threads.</summary>
/// <param name="Layer">its digest, 64 digits.</param>
/// <param name="Done">bytes so far, of <paramref name="Total"/>.</param>
public readonly record struct TransferEvent(string Layer, TransferPhase Phase, long Done, long Total);
