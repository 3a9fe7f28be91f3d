using System.Globalization;
using MyDocker.Engine;
using MyDocker.Images.References;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

/// <summary>--filter of "images": all of different kinds must hold, one of several of the same kind, as docker has it.</summary>
internal sealed class ImageFilter(string option, IReadOnlyList<string> filters)
{
    private readonly ILookup<string, string> _filters = filters.ToLookup(text => Split(option, text).Key, text => Split(option, text).Value);

    public List<ImageSummary> Apply(IReadOnlyList<ImageSummary> images, ImageStore store)
    {
        var list = images.ToList();
        foreach (var group in _filters)
        {
            switch (group.Key)
            {
                case "dangling":
                    var wanted = group.Last() is "true" or "1";
                    list.RemoveAll(image => image.Tag is null != wanted);
                    break;
                case "reference":
                    list.RemoveAll(image => !group.Any(pattern => Matches(image, pattern)));
                    break;
                case "label":
                    list.RemoveAll(image => !group.All(label => HasLabel(store.Inspect(image.Id).Config.Config?.Labels, label)));
                    break;
                case "before" or "since":
                    var other = group.Select(name => store.Inspect(name)).Select(Created).ToList();
                    var exact = list.ToDictionary(image => image, image => Created(store.Inspect(image.Id))); // a list knows whole seconds
                    list.RemoveAll(image => group.Key == "before" ? exact[image] >= other.Min() : exact[image] <= other.Max());
                    break;
                default:
                    var until = group.Select(text => Time(text) ?? throw Bad(option, $"until={text}")).Min();
                    list.RemoveAll(image => image.Created >= until);
                    break;
            }
        }

        return list;
    }

    /// <summary>A date, seconds since 1970, or an age ("24h", "10m30s"); null if it is none of these.</summary>
    internal static DateTimeOffset? Time(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253402300800)
        {
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        return Age(text) is { } age ? DateTimeOffset.UtcNow - age
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
            : null;
    }

    private static TimeSpan? Age(string text)
    {
        var (total, number) = (TimeSpan.Zero, "");
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
            {
                number += c;
                continue;
            }

            if (!int.TryParse(number, out var value))
            {
                return null;
            }

            var part = c switch { 'd' => TimeSpan.FromDays(value), 'h' => TimeSpan.FromHours(value), 'm' => TimeSpan.FromMinutes(value), 's' => TimeSpan.FromSeconds(value), _ => (TimeSpan?)null };
            if (part is null)
            {
                return null;
            }

            (total, number) = (total + part.Value, "");
        }

        return number.Length == 0 && text.Length > 0 ? total : null;
    }

    /// <summary>Shell patterns of a name, with or without its tag: "centos", "*:7", "quay.io/*/*".</summary>
    internal static bool Matches(ImageSummary image, string pattern)
    {
        if (image.Repository is null)
        {
            return false;
        }

        var canonical = ImageReference.TryParse($"{image.Repository}:{image.Tag ?? "latest"}", out var name, out _) ? name : null;
        string?[] texts = [image.Repository, $"{image.Repository}:{image.Tag}", name is null ? null : $"{name.Domain}/{name.Path}", canonical?.Canonical, image.Repository.Split('/')[^1], $"{image.Repository.Split('/')[^1]}:{image.Tag}"];
        return texts.Any(text => text is not null && Glob(pattern, text));
    }

    // '*' stands for any characters but '/', '?' for one.
    internal static bool Glob(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        if (pattern.IsEmpty)
        {
            return text.IsEmpty;
        }

        if (pattern[0] != '*')
        {
            return !text.IsEmpty && (pattern[0] == text[0] || (pattern[0] == '?' && text[0] != '/')) && Glob(pattern[1..], text[1..]);
        }

        for (var i = 0; ; i++)
        {
            if (Glob(pattern[1..], text[i..]))
            {
                return true;
            }

            if (i == text.Length || text[i] == '/')
            {
                return false;
            }
        }
    }

    private static DateTimeOffset Created(ImageDetails image)
        => DateTimeOffset.TryParse(image.Config.Created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : DateTimeOffset.UnixEpoch;

    private static bool HasLabel(Dictionary<string, string>? labels, string wanted)
    {
        var equals = wanted.IndexOf('=');
        return labels is not null && (equals < 0 ? labels.ContainsKey(wanted) : labels.TryGetValue(wanted[..equals], out var value) && value == wanted[(equals + 1)..]);
    }

    private static (string Key, string Value) Split(string option, string text)
    {
        var equals = text.IndexOf('=');
        var key = equals < 0 ? text : text[..equals];
        return equals > 0 && key is "dangling" or "reference" or "label" or "before" or "since" or "until" ? (key, text[(equals + 1)..]) : throw Bad(option, text);
    }

    private static OptionException Bad(string option, string text)
        => new(option, text, "use dangling=true|false, reference=PATTERN, label=KEY[=VALUE], before=IMAGE, since=IMAGE or until=TIME");
}
