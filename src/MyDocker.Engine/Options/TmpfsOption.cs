using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>--tmpfs TARGET[:OPTIONS], options of tmpfs(5).</summary>
public static class TmpfsOption
{
    private const string Flags = " ro rw nosuid suid nodev dev noexec exec sync async dirsync noatime atime nodiratime diratime relatime strictatime ";

    public static MountOption Parse(string option, string text)
    {
        var colon = text.IndexOf(':');
        var destination = VolumeOption.Destination(option, text, colon < 0 ? text : text[..colon]);

        // docker's defaults; what is asked for comes after them and wins.
        var words = new List<string> { "nosuid", "nodev", "noexec" };
        foreach (var word in colon < 0 || colon == text.Length - 1 ? [] : text[(colon + 1)..].Split(','))
        {
            words.Add(Checked(option, text, word));
        }

        return new MountOption("tmpfs", "tmpfs", destination, words, CreateSource: false);
    }

    private static string Checked(string option, string text, string word)
    {
        var equals = word.IndexOf('=');
        var (name, value) = equals < 0 ? (word, "") : (word[..equals], word[(equals + 1)..]);
        switch (name)
        {
            case "size" when value.EndsWith('%'):
                return byte.TryParse(value.AsSpan(0, value.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100
                    ? word
                    : throw new OptionException(option, text, $"size={value} is not a part of the memory; use size=1% to size=100%");
            case "size":
                return $"size={Size(option, text, value)}";
            case "mode":
                return $"mode={Mode(option, text, value)}";
            case "uid" or "gid" or "nr_inodes" or "nr_blocks" when value.Length > 0 && char.IsAsciiDigit(value[0]):
                return word;
            default:
                return equals < 0 && word.Length > 0 && Flags.Contains($" {word} ", StringComparison.Ordinal)
                    ? word
                    : throw new OptionException(option, text, $"\"{word}\" is not an option of a tmpfs; use size=, mode=, uid=, gid=, ro, exec, suid, dev and so on (tmpfs(5))");
        }
    }

    internal static long Size(string option, string text, string value)
    {
        try
        {
            return SizeOption.Parse(option, value);
        }
        catch (OptionException)
        {
            throw new OptionException(option, text, $"\"{value}\" is not a size above zero; {SizeOption.Grammar}");
        }
    }

    /// <summary>Permissions in octal, "1777".</summary>
    internal static string Mode(string option, string text, string value)
        => value.Length is > 0 and <= 5 && !value.AsSpan().ContainsAnyExceptInRange('0', '7')
            ? value
            : throw new OptionException(option, text, $"\"{value}\" are not permissions in octal, such as 1777");
}
