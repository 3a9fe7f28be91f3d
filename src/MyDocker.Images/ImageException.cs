using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images;

/// <summary>What went wrong with an image, in words for its user: "verb object: reason; hint".</summary>
public class ImageException : Exception
{
    public ImageException(string message)
        : base(message)
    {
    }

    public ImageException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>"verb object: ENOSPC (no space left on device); hint".</summary>
    internal static ImageException Kernel(string verb, string target, Errno errno)
        => new($"{verb} {target}: {errno.Describe()}{HintFor(errno)}");

    private static string HintFor(Errno errno) => errno switch
    {
        Errno.ENOSPC or Errno.EDQUOT => "; free some space, or keep the images elsewhere with --root",
        Errno.EPERM or Errno.EACCES => "; images are unpacked with their owners and devices, which takes root",
        Errno.EROFS => "; choose a data root that can be written with --root",
        Errno.EMFILE or Errno.ENFILE => "; raise the limit of open files (ulimit -n)",
        _ => "",
    };
}

/// <summary>There is no such image here; a registry may have it.</summary>
/// <param name="name">what to ask for; null if the text cannot be a name.</param>
public sealed class ImageMissingException(string message, References.ImageReference? name) : ImageException(message)
{
    public References.ImageReference? Name { get; } = name;
}

/// <summary>Names that an image chose, made safe to print.</summary>
internal static class Printable
{
    private const int MaxLength = 200;

    /// <summary>UTF-8 text without control characters (they could drive a terminal), cut to 200 characters.</summary>
    public static string Name(ReadOnlySpan<byte> name) => Name(Encoding.UTF8.GetString(name[..Math.Min(name.Length, 4 * MaxLength)]));

    public static string Name(string name)
    {
        var text = new StringBuilder(Math.Min(name.Length, MaxLength) + 2).Append('\'');
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, MaxLength)))
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'))
            {
                text.Append($"\\u{(int)c:x4}");
            }
            else
            {
                text.Append(c);
            }
        }

        return text.Append(name.Length > MaxLength ? "…'" : "'").ToString();
    }
}
