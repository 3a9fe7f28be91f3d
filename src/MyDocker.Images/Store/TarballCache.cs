using System.Globalization;
using System.Text;
using MyDocker.Images.Archives;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Store;

/// <summary>
/// Which image a tarball became that was run directly, so that it is unpacked once. A tarball is known by device, inode,
/// path, size and time of last change (ns); its bytes are not read again.
/// </summary>
internal sealed class TarballCache(StorePaths paths)
{
    // A file may change twice within one tick of the kernel's clock (4 ms at HZ=250) and keep its time.
    private static readonly TimeSpan _clockTick = TimeSpan.FromMilliseconds(20);

    /// <summary>The image of a tarball, if it has one already.</summary>
    public ImageRecord? Find(string path)
    {
        Files.TryStat(path, out var stat);
        return Find(path, stat);
    }

    public ImageRecord FindOrImport(string path)
    {
        // One at a time: eight containers started from one new tarball unpack it once.
        using var only = paths.Lock(exclusive: true, ".unpacking");
        using var fd = Importer.OpenSource(path, out var stat);
        if (Find(path, stat) is { } made)
        {
            return made;
        }

        var started = DateTimeOffset.UtcNow;
        var changed = DateTimeOffset.FromUnixTimeSeconds(stat.ModifiedSeconds);
        using var file = new FdStream(fd, Printable.Name(path));
        new Importer(paths, null).Import(file, path, null, changed, out var record);
        var after = Files.StatOf(fd);
        if (Key(path, after) == Key(path, stat) && changed.AddTicks(stat.ModifiedNanoseconds / 100) < started - _clockTick)
        {
            StorePaths.Write(paths.Cache, FileName(stat), Encoding.UTF8.GetBytes($"{record.ManifestHex}\n{Key(path, stat)}"));
        }

        return record;
    }

    /// <summary>The images (digests of manifests, 64 digits) that some tarball still stands for.</summary>
    public HashSet<string> Known()
    {
        var known = new HashSet<string>();
        foreach (var name in Files.List(paths.Cache))
        {
            if (!name.StartsWith('.') && Files.TryReadText($"{paths.Cache}/{name}", out _) is { Length: > 64 } text)
            {
                known.Add(text[..64]);
            }
        }

        return known;
    }

    /// <summary>Forgets an image: its tarball is unpacked again when it is run next.</summary>
    public void Forget(string manifestHex)
    {
        foreach (var name in Files.List(paths.Cache))
        {
            var path = $"{paths.Cache}/{name}";
            if (Files.TryReadText(path, out _) is { } text && text.StartsWith(manifestHex, StringComparison.Ordinal))
            {
                Files.TryUnlink(path);
            }
        }
    }

    private ImageRecord? Find(string path, in Stat stat)
    {
        var text = Files.TryReadText($"{paths.Cache}/{FileName(stat)}", out _);
        return text is { Length: > 65 } && text.AsSpan(65).SequenceEqual(Key(path, stat)) ? ImageRecord.TryRead(paths.Record(text[..64])) : null;
    }

    private static string FileName(in Stat stat) => string.Create(CultureInfo.InvariantCulture, $"{stat.FileSystemMajor}-{stat.FileSystemMinor}-{stat.Inode}");

    private static string Key(string path, in Stat stat)
        => string.Create(CultureInfo.InvariantCulture, $"{stat.Size} {stat.ModifiedSeconds}.{stat.ModifiedNanoseconds:d9} {Path.GetFullPath(path)}");
}
