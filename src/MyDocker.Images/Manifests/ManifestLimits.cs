namespace MyDocker.Images.Manifests;

/// <summary>What a document from outside may cost. Real images stay far below each of these.</summary>
internal static class ManifestLimits
{
    /// <summary>Bytes; what the distribution specification tells registries to accept at least.</summary>
    public const int Manifest = 4 << 20;

    /// <summary>Bytes; a start reads it.</summary>
    public const int Config = 7 << 20;

    /// <summary>overlayfs takes 500 lower directories (OVL_MAX_STACK).</summary>
    public const int Layers = 500;

    public const int IndexEntries = 1000;

    /// <summary>An index may hold an index; nobody nests deeper.</summary>
    public const int IndexDepth = 4;

    /// <summary>Levels of brackets in JSON.</summary>
    public const int JsonDepth = 32;
}
