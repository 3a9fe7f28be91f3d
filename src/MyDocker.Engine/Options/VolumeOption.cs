namespace MyDocker.Engine.Options;

/// <summary>-v [SOURCE:]TARGET[:OPTIONS]: a directory or file of the host, a named volume, or a volume of its own.</summary>
public static class VolumeOption
{
    private const string Grammar = "use HOST-PATH:CONTAINER-PATH[:ro], VOLUME:CONTAINER-PATH[:ro], or CONTAINER-PATH";

    public static MountOption Parse(string option, string text)
    {
        var parts = text.Split(':');
        if (parts.Length > 3 || parts.Contains(""))
        {
            throw new OptionException(option, text, Grammar);
        }

        if (parts.Length == 1)
        {
            return new MountOption("volume", "", Destination(option, text, parts[0]), [], CreateSource: false);
        }

        var destination = Destination(option, text, parts[1]);
        var words = parts.Length == 3 ? parts[2].Split(',') : [];
        return IsPath(parts[0])
            ? new MountOption("bind", Path.GetFullPath(parts[0]), destination, Words(option, text, words, isBind: true), CreateSource: true)
            : new MountOption("volume", VolumeName(option, text, parts[0]), destination, Words(option, text, words, isBind: false), CreateSource: false);
    }

    /// <summary>An absolute path of the container, without "." and ".." and not its root.</summary>
    internal static string Destination(string option, string text, string path)
    {
        if (!path.StartsWith('/'))
        {
            throw new OptionException(option, text, $"the path in the container, \"{path}\", must begin with a slash; {Grammar}");
        }

        var plain = Path.GetFullPath(path);
        plain = plain.Length > 1 ? plain.TrimEnd('/') : plain;
        return plain == "/" ? throw new OptionException(option, text, "the container's root / cannot be mounted over; give a directory below it") : plain;
    }

    internal static string VolumeName(string option, string text, string name)
    {
        try
        {
            return NamesOption.ParseName(option, name);
        }
        catch (OptionException)
        {
            throw new OptionException(option, text, $"\"{name}\" is neither a path (they begin with '/' or '.') nor a name of a volume (letters, digits, '_', '.' and '-')");
        }
    }

    private static bool IsPath(string source) => source[0] is '/' or '.';

    /// <summary>A read-only bind is so with all mounts below it (rro, kernel 5.12), as docker has it since 25.</summary>
    internal static readonly string[] ReadOnlyBind = ["ro", "rro"];

    private static List<string> Words(string option, string text, string[] words, bool isBind)
    {
        var result = new List<string>();
        var (recursion, propagation) = ("rbind", "rprivate");
        foreach (var word in words)
        {
            switch (word)
            {
                case "rw":
                // docker's hints about caching mean nothing on Linux; z and Z relabel for SELinux, which is left alone.
                case "cached" or "delegated" or "consistent" or "z" or "Z":
                    break;
                case "ro" when isBind:
                    result.AddRange(ReadOnlyBind);
                    break;
                case "ro":
                    result.Add("ro");
                    break;
                case "private" or "rprivate" or "shared" or "rshared" or "slave" or "rslave" when isBind:
                    propagation = word;
                    break;
                case "bind" or "rbind" when isBind:
                    recursion = word;
                    break;
                case "nocopy" when !isBind:
                    result.Add("nocopy");
                    break;
                default:
                    throw new OptionException(option, text, $"\"{word}\" is not an option of a {(isBind ? "bind" : "volume")} mount; use ro, rw, {(isBind ? "rshared, rslave, rprivate, shared, slave or private" : "or nocopy")}");
            }
        }

        if (isBind)
        {
            result.Insert(0, recursion);
            result.Add(propagation);
        }

        return result;
    }
}
