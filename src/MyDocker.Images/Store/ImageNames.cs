using MyDocker.Images.References;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Store;

/// <summary>Lists and searches: everything here reads whole directories, so nothing here is on the way to a start by name.</summary>
internal static class ImageNames
{
    private const int ShortestId = 2;

    /// <summary>All records, damaged ones left out.</summary>
    public static List<ImageRecord> Records(StorePaths paths)
    {
        var records = new List<ImageRecord>();
        foreach (var name in Files.List(paths.Records))
        {
            if (!name.StartsWith('.') && TryRead(paths.Record(name)) is { } record)
            {
                records.Add(record);
            }
        }

        return records;
    }

    /// <summary>All names with the digest (64 digits) of the manifest that each points to.</summary>
    public static List<(ImageReference Name, string FileName, string ManifestHex)> Names(StorePaths paths)
    {
        var names = new List<(ImageReference, string, string)>();
        if (Files.TryOpen(paths.Names, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, out var directory) != Errno.None)
        {
            return names;
        }

        using (directory)
        {
            foreach (var fileName in Files.List(paths.Names))
            {
                if (StorePaths.Decode(fileName) is { } text
                    && ImageReference.TryParse(text, out var name, out _)
                    && Layers.At.TryReadLink(directory!, System.Text.Encoding.UTF8.GetBytes(fileName), out var target) == Errno.None)
                {
                    names.Add((name!, fileName, System.Text.Encoding.UTF8.GetString(target).Split('/')[^1]));
                }
            }
        }

        return names;
    }

    public static IReadOnlyList<ImageSummary> List(StorePaths paths)
    {
        var named = Names(paths).ToLookup(name => name.ManifestHex, name => name.Name);
        var list = new List<ImageSummary>();
        foreach (var record in Records(paths))
        {
            var summary = new ImageSummary(null, null, $"sha256:{record.ConfigHex}", $"sha256:{record.ManifestHex}", DateTimeOffset.FromUnixTimeSeconds(record.Created), record.Size);
            var names = Rows(summary, [.. named[record.ManifestHex]]);
            list.AddRange(names.Count > 0 ? names : [summary]);
        }

        return [.. list.OrderBy(i => i.Repository is null).ThenBy(i => i.Repository, StringComparer.Ordinal).ThenBy(i => i.Tag, StringComparer.Ordinal).ThenByDescending(i => i.Created)];
    }

    // One row for each tag; a digest has one of its own only where its repository has no tag for the image.
    private static List<ImageSummary> Rows(ImageSummary summary, List<ImageReference> names)
    {
        var rows = new List<ImageSummary>();
        foreach (var name in names)
        {
            var digest = names.Find(other => other.Digest is not null && other.FamiliarRepository == name.FamiliarRepository)?.Digest ?? summary.Digest;
            if (name.Digest is null)
            {
                rows.Add(summary with { Repository = name.FamiliarRepository, Tag = name.Tag, Digest = digest });
            }
            else if (!names.Exists(other => other.Digest is null && other.FamiliarRepository == name.FamiliarRepository))
            {
                rows.Add(summary with { Repository = name.FamiliarRepository, Digest = name.Digest });
            }
        }

        return rows;
    }

    /// <summary>The image with an id ("sha256:" may stand before it) that begins so; null if there is none.</summary>
    public static ImageRecord? FindById(StorePaths paths, string text)
    {
        var digits = text.StartsWith("sha256:", StringComparison.Ordinal) ? text[7..] : text;
        if (digits.Length is < ShortestId or > 64 || digits.AsSpan().IndexOfAnyExcept("0123456789abcdef") >= 0)
        {
            return null;
        }

        var found = Records(paths).Where(record => record.ConfigHex.StartsWith(digits, StringComparison.Ordinal)).ToList();
        return found.Select(record => record.ConfigHex).Distinct().Count() <= 1
            ? found.FirstOrDefault()
            : throw new ImageException($"find image {Printable.Name(text)}: {found.Count} images have an id that begins so; give more of it");
    }

    private static ImageRecord? TryRead(string path)
    {
        try
        {
            return ImageRecord.TryRead(path);
        }
        catch (ImageException)
        {
            return null; // one damaged record must not hide all other images
        }
    }
}
