namespace MyDocker.Images.References;

/// <summary>
/// The name of an image as docker reads it: [HOST[:PORT]/]PATH[:TAG][@DIGEST]. Grammar and normalisation are those of
/// the distribution project: "centos" is docker.io/library/centos:latest.
/// </summary>
/// <param name="Domain">the registry's host, with its port; "docker.io" where none is written.</param>
/// <param name="Path">the repository on it, lower case: "library/centos".</param>
/// <param name="Tag">the tag; "latest" where neither tag nor digest is written; null with a digest only.</param>
/// <param name="Digest">"sha256:…", or null.</param>
public sealed record ImageReference(string Domain, string Path, string? Tag, string? Digest)
{
    public const string DefaultDomain = "docker.io";
    public const string DefaultTag = "latest";
    public const int MaxNameLength = 255;
    public const int MaxTagLength = 128;

    private const string OfficialPrefix = "library/";

    /// <summary>The whole name: "docker.io/library/centos:7".</summary>
    public string Canonical => Join($"{Domain}/{Path}");

    /// <summary>The name as users write it: "centos:7".</summary>
    public string Familiar => Join(FamiliarRepository);

    /// <summary>The name without tag and digest as users write it: "centos".</summary>
    public string FamiliarRepository
        => Domain != DefaultDomain ? $"{Domain}/{Path}"
            : Path.StartsWith(OfficialPrefix, StringComparison.Ordinal) && !Path.AsSpan(OfficialPrefix.Length).Contains('/') && !LooksLikeDomain(Path[OfficialPrefix.Length..]) ? Path[OfficialPrefix.Length..]
            : LooksLikeDomain(Path.Split('/')[0]) ? $"{Domain}/{Path}"
            : Path;

    public override string ToString() => Familiar;

    /// <summary>Reads a name. Throws <see cref="ImageException"/> that says what is wrong with it.</summary>
    public static ImageReference Parse(string text)
        => TryParse(text, out var reference, out var reason) ? reference! : throw new ImageException($"read image name {Printable.Name(text)}: {reason}");

    public static bool TryParse(string text, out ImageReference? reference, out string? reason)
    {
        reference = null;
        var (name, tag, digest) = Split(text);
        reason = WhatIsWrongWithName(text, name)
            ?? (tag is null ? null : WhatIsWrongWithTag(tag))
            ?? (digest is null ? null : WhatIsWrongWithDigest(digest));
        if (reason is not null)
        {
            return false;
        }

        var slash = name.IndexOf('/');
        var (domain, path) = slash > 0 && LooksLikeDomain(name[..slash])
            ? (name[..slash], name[(slash + 1)..])
            : (DefaultDomain, name);
        domain = domain == "index.docker.io" ? DefaultDomain : domain;
        if (domain == DefaultDomain && !path.Contains('/'))
        {
            path = OfficialPrefix + path;
        }

        reason = WhatIsWrongWithDomain(domain) ?? WhatIsWrongWithPath(path);
        if (reason is null && domain.Length + 1 + path.Length > MaxNameLength)
        {
            reason = $"the name has more than {MaxNameLength} characters";
        }

        reference = reason is null ? new ImageReference(domain, path, tag ?? (digest is null ? DefaultTag : null), digest) : null;
        return reason is null;
    }

    private string Join(string repository) => $"{repository}{(Tag is null ? "" : $":{Tag}")}{(Digest is null ? "" : $"@{Digest}")}";

    private static (string Name, string? Tag, string? Digest) Split(string text)
    {
        string? digest = null;
        var at = text.IndexOf('@');
        if (at >= 0)
        {
            (text, digest) = (text[..at], text[(at + 1)..]);
        }

        // A colon before the last slash belongs to a port.
        var colon = text.LastIndexOf(':');
        return colon > text.LastIndexOf('/') ? (text[..colon], text[(colon + 1)..], digest) : (text, null, digest);
    }

    private static bool LooksLikeDomain(string first)
        => first == "localhost" || first.AsSpan().ContainsAny('.', ':') || first.AsSpan().ContainsAnyInRange('A', 'Z');

    private static string? WhatIsWrongWithName(string text, string name)
    {
        if (text.Length == 0)
        {
            return "it is empty; expected NAME[:TAG]";
        }

        if (name.Length == 0)
        {
            return "there is nothing before the tag or digest; expected NAME[:TAG]";
        }

        // docker refuses these too: they could not be told from an image id.
        return name.Length == 64 && name.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0 ? "64 hexadecimal digits are an image id, not a name" : null;
    }

    private static string? WhatIsWrongWithTag(string tag)
    {
        if (tag.Length is 0 or > MaxTagLength)
        {
            return $"the tag must have 1 to {MaxTagLength} characters";
        }

        foreach (var c in tag)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
            {
                return $"the tag {Printable.Name(tag)} may hold letters, digits, '_', '.' and '-' only";
            }
        }

        return tag[0] is '.' or '-' ? $"the tag {Printable.Name(tag)} must not begin with '{tag[0]}'" : null;
    }

    private static string? WhatIsWrongWithDigest(string digest)
        => digest.StartsWith("sha256:", StringComparison.Ordinal) && digest.Length == 7 + 64 && digest.AsSpan(7).IndexOfAnyExcept("0123456789abcdef") < 0
            ? null
            : $"the digest {Printable.Name(digest)} must be sha256: and 64 lower-case hexadecimal digits";

    private static string? WhatIsWrongWithDomain(string domain)
    {
        var host = domain;
        var colon = domain.LastIndexOf(':');
        if (colon >= 0 && colon > domain.LastIndexOf(']'))
        {
            host = domain[..colon];
            var port = domain.AsSpan(colon + 1);
            if (port.IsEmpty || port.Length > 5 || port.ContainsAnyExceptInRange('0', '9'))
            {
                return $"the port of {Printable.Name(domain)} must be a number";
            }
        }

        if (host.StartsWith('['))
        {
            return host.EndsWith(']') && System.Net.IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out _) && !host.Contains('%')
                ? null
                : $"the host {Printable.Name(host)} is not an IPv6 address in brackets";
        }

        foreach (var part in host.Split('.'))
        {
            if (part.Length == 0 || part[0] == '-' || part[^1] == '-' || part.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
            {
                return $"{Printable.Name(host)} is not a host name";
            }
        }

        return null;
    }

    private static string? WhatIsWrongWithPath(string path)
    {
        foreach (var part in path.Split('/'))
        {
            if (part.Length == 0)
            {
                return "an empty part between slashes";
            }

            if (part.AsSpan().ContainsAnyInRange('A', 'Z'))
            {
                return $"image names are lower case; try {Printable.Name(path.StartsWith(OfficialPrefix, StringComparison.Ordinal) ? path[OfficialPrefix.Length..].ToLowerInvariant() : path.ToLowerInvariant())}";
            }

            if (!IsPathPart(part))
            {
                return $"{Printable.Name(part)} may hold a-z and 0-9, and between them '.', '_', '__' or dashes";
            }
        }

        return null;
    }

    // [a-z0-9]+ ( ( '.' | '_' | '__' | '-'+ ) [a-z0-9]+ )*
    private static bool IsPathPart(string part)
    {
        var i = 0;
        while (true)
        {
            var start = i;
            while (i < part.Length && (char.IsAsciiLetterLower(part[i]) || char.IsAsciiDigit(part[i])))
            {
                i++;
            }

            if (i == start || i == part.Length)
            {
                return i > start;
            }

            start = i;
            while (i < part.Length && part[i] is ('.' or '_' or '-'))
            {
                i++;
            }

            if (!IsSeparator(part.AsSpan(start, i - start)))
            {
                return false;
            }
        }
    }

    private static bool IsSeparator(ReadOnlySpan<char> text) => text is "." or "_" or "__" || (text.Length > 0 && text.IndexOfAnyExcept('-') < 0);
}
