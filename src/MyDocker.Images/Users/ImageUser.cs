using System.Globalization;
using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Users;

/// <summary>
/// Who a process in a container is: what USER of an image, or --user, means by the image's own /etc/passwd and /etc/group.
/// The rules are those of docker (moby/sys/user, GetExecUser), but an id is never guessed: a malformed one is an error.
/// </summary>
/// <param name="Uid">0 to 2147483647.</param>
/// <param name="Gid">0 to 2147483647.</param>
/// <param name="Gids">supplementary groups, the primary one first, each once (CVE-2022-36109).</param>
/// <param name="Home">absolute path; "/" where the image does not say.</param>
/// <param name="Name">the name in /etc/passwd; null for an id that has none.</param>
public sealed record ImageUser(uint Uid, uint Gid, IReadOnlyList<uint> Gids, string Home, string? Name)
{
    /// <summary>The largest id: larger ones become negative in some programs, and root in others (CVE-2024-40635).</summary>
    public const uint MaxId = int.MaxValue;

    /// <summary>Bytes that are read of /etc/passwd and of /etc/group; what stands behind is not seen (CVE-2026-47262).</summary>
    public const int MaxFileSize = 1 << 20;

    private const int MaxGroups = 65536; // NGROUPS_MAX, linux/limits.h

    /// <summary>Resolves a user against a root file system of one directory.</summary>
    /// <param name="user">"", "user", "uid", "user:group", "uid:gid"; empty means root.</param>
    /// <exception cref="ImageException">no such user or group, or an id out of range.</exception>
    public static ImageUser Resolve(string user, Fd root)
    {
        using var layers = new LayeredRoot([root]);
        return Resolve(user, layers);
    }

    /// <summary>Resolves a user against the lower directories of a container, top-most first.</summary>
    public static ImageUser Resolve(string user, IReadOnlyList<string> lowerDirectories)
    {
        using var layers = new LayeredRoot(lowerDirectories);
        return Resolve(user, layers);
    }

    /// <summary>The id of a group, by name or number.</summary>
    /// <exception cref="ImageException">no such group, or an id out of range.</exception>
    public static uint ResolveGroup(string group, IReadOnlyList<string> lowerDirectories)
    {
        using var layers = new LayeredRoot(lowerDirectories);
        return FindGroup(layers.ReadStart("etc/group", MaxFileSize), group, group);
    }

    internal static ImageUser Resolve(string user, LayeredRoot root)
        => Resolve(user, root.ReadStart("etc/passwd", MaxFileSize), root.ReadStart("etc/group", MaxFileSize));

    /// <summary>The same on the files' contents; null for a file that is missing.</summary>
    internal static ImageUser Resolve(string user, byte[]? passwd, byte[]? group)
    {
        var (userText, groupText) = Split(user);
        var wanted = userText.Length == 0 ? "0" : userText;
        var id = NumberOf(wanted, "uid", user);
        var found = FindUser(passwd, wanted, id);
        if (found is null && id is null)
        {
            throw new ImageException($"find user {Printable.Name(userText)}: the image's /etc/passwd has no such user; give a number, or a user of the image");
        }

        var uid = found is null ? id!.Value : CheckId(found.Uid, "uid", found.Name);
        var home = found is { Home: ['/', ..] } ? found.Home : "/";
        if (groupText is not null)
        {
            var gid = FindGroup(group, groupText, user);
            return new ImageUser(uid, gid, [gid], home, found?.Name);
        }

        var primary = found is null ? 0 : CheckId(found.Gid, "gid", found.Name);
        var gids = new List<uint> { primary };
        if (found is not null)
        {
            AddMemberships(group, found.Name, gids);
        }

        return new ImageUser(uid, primary, gids, home, found?.Name);
    }

    private sealed record Entry(string Name, string Uid, string Gid, string Home);

    private static (string User, string? Group) Split(string text)
    {
        var colon = text.IndexOf(':');
        if (colon < 0)
        {
            return (text, null);
        }

        var (user, group) = (text[..colon], text[(colon + 1)..]);
        return user.Length == 0 || group.Contains(':')
            ? throw new ImageException($"read user {Printable.Name(text)}: expected USER, UID, USER:GROUP or UID:GID")
            : (user, group.Length == 0 ? null : group);
    }

    // Null: not a number, so a name. A number that is too large is never taken for a name.
    private static uint? NumberOf(string text, string what, string whole)
        => text.AsSpan().ContainsAnyExceptInRange('0', '9') ? null
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id <= MaxId ? id
            : throw new ImageException($"read user {Printable.Name(whole)}: the {what} {Printable.Name(text)} is out of range; expected 0 to {MaxId}");

    // An empty field is not 0: in "evil:x::" it would make root of a mistake.
    private static uint CheckId(string text, string what, string name)
        => text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9') && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id <= MaxId
            ? id
            : throw new ImageException($"find user {Printable.Name(name)}: the image's /etc/passwd gives the {what} {Printable.Name(text)}; expected 0 to {MaxId}");

    private static Entry? FindUser(byte[]? passwd, string wanted, uint? id)
    {
        // name:password:uid:gid:comment:home:shell (passwd(5))
        foreach (var fields in Lines(passwd))
        {
            if (fields.Length >= 4 && (fields[0] == wanted || (id is { } number && SameId(fields[2], number))))
            {
                return new Entry(fields[0], fields[2], fields[3], fields.Length > 5 ? fields[5] : "");
            }
        }

        return null;
    }

    private static uint FindGroup(byte[]? group, string wanted, string whole)
    {
        var id = NumberOf(wanted, "gid", whole);

        // name:password:gid:members (group(5))
        foreach (var fields in Lines(group))
        {
            if (fields.Length >= 3 && fields[0] == wanted)
            {
                return CheckId(fields[2], "gid", wanted);
            }
        }

        return id ?? throw new ImageException($"find group {Printable.Name(wanted)}: the image's /etc/group has no such group; give a number, or a group of the image");
    }

    private static void AddMemberships(byte[]? group, string name, List<uint> gids)
    {
        var seen = new HashSet<uint>(gids);
        foreach (var fields in Lines(group))
        {
            if (fields.Length >= 4
                && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var gid) && gid <= MaxId
                && gids.Count < MaxGroups && IsMember(fields[3], name) && seen.Add(gid))
            {
                gids.Add(gid);
            }
        }
    }

    private static bool IsMember(ReadOnlySpan<char> members, string name)
    {
        foreach (var range in members.Split(','))
        {
            if (members[range].SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool SameId(string field, uint id)
        => uint.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number == id;

    private static IEnumerable<string[]> Lines(byte[]? file)
    {
        for (var rest = file.AsMemory(); !rest.IsEmpty;)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];

            // Comments, and NIS' "+" and "-" lines, which are no users.
            if (line.Length > 0 && line.Span[0] is not ((byte)'#' or (byte)'+' or (byte)'-'))
            {
                yield return Encoding.UTF8.GetString(line.Span).TrimEnd('\r').Split(':');
            }
        }
    }
}
