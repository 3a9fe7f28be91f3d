using System.Globalization;
using System.Text;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>
/// What stands beside a layer's files: <c>info</c> with their size, and <c>pending</c> until they are known to be on disk.
/// A pull writes many layers and waits for the disk once, at its end; until then a layer counts only for as long as the
/// machine has not been started anew, because what a loss of power left of it cannot be told.
/// </summary>
internal static class LayerState
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    public static void Write(Fd layer, long size, bool isPending)
    {
        WriteFile(layer, "info", string.Create(CultureInfo.InvariantCulture, $"size {size}\n"));
        if (isPending)
        {
            WriteFile(layer, "pending", Files.ReadText(BootIdFile));
        }
    }

    /// <summary>Whether a layer is there and can be relied on.</summary>
    public static bool IsUsable(string layerDirectory)
        => Files.Exists($"{layerDirectory}/fs")
            && (Files.TryReadText($"{layerDirectory}/pending", out var errno) is { } boot ? boot == Files.ReadText(BootIdFile) : errno == Errno.ENOENT);

    /// <summary>To be called once its files are on disk.</summary>
    public static void Settle(string layerDirectory) => Files.TryUnlink($"{layerDirectory}/pending");

    public static bool IsPending(string layerDirectory) => Files.Exists($"{layerDirectory}/pending");

    /// <summary>Sum of the file sizes, bytes.</summary>
    public static long SizeOf(string layerDirectory)
        => Files.TryReadText($"{layerDirectory}/info", out _) is { } text
            && text.StartsWith("size ", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(5).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                ? size
                : LayerCopy.SizeOf($"{layerDirectory}/fs", static () => { });

    private static void WriteFile(Fd directory, string name, string text)
    {
        var errno = Files.TryOpen(name, O_WRONLY | O_CREAT | O_TRUNC, out var fd, 0x180 /* 0600 */, directory);
        using (fd)
        {
            errno = errno == Errno.None ? Files.TryWrite(fd!, Encoding.ASCII.GetBytes(text)) : errno;
        }

        if (errno != Errno.None)
        {
            throw ImageException.Kernel("store", "the image's files", errno);
        }
    }
}
