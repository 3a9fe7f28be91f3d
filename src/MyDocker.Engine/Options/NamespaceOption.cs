namespace MyDocker.Engine.Options;

/// <summary>--network, --pid, --ipc and --uts as far as they name somebody else's namespace.</summary>
public static class NamespaceOption
{
    public const string Host = "host";

    private const string ContainerPrefix = "container:";

    /// <summary>--pid, --uts: "host" or "container:NAME"; null for a namespace of its own.</summary>
    public static string? Parse(string option, string text) => Parse(option, text, "host or container:NAME");

    /// <summary>--ipc: docker's words for a namespace of its own are "private", "shareable" (any can be shared here) and "".</summary>
    public static string? ParseIpc(string option, string text)
        => text is "private" or "shareable" ? null : Parse(option, text, "private, shareable, host or container:NAME");

    public static bool IsContainer(string? mode) => mode?.StartsWith(ContainerPrefix, StringComparison.Ordinal) == true;

    /// <summary>Name or id of the container that a mode names; null if it names none.</summary>
    public static string? ContainerOf(string? mode) => IsContainer(mode) ? mode![ContainerPrefix.Length..] : null;

    public static string OfContainer(string id) => ContainerPrefix + id;

    private static string? Parse(string option, string text, string allowed)
        => text.Length == 0 ? null
            : text == Host || (IsContainer(text) && text.Length > ContainerPrefix.Length) ? text
            : throw new OptionException(option, text, $"use {allowed}");
}
