using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests;

public sealed class TreeCopyTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-copy-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void EverythingArrivesAsItWas()
    {
        var from = Path.Combine(_directory, "from");
        var to = Path.Combine(_directory, "to");
        Directory.CreateDirectory(Path.Combine(from, "sub/sub"));
        Directory.CreateDirectory(to);
        File.WriteAllBytes(Path.Combine(from, "sub/file"), new byte[3 << 20]);
        File.SetUnixFileMode(Path.Combine(from, "sub/file"), (UnixFileMode)0x9E8 /* 04750 */);
        File.SetLastWriteTimeUtc(Path.Combine(from, "sub/file"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        File.CreateSymbolicLink(Path.Combine(from, "link"), "/etc/passwd");
        File.SetUnixFileMode(Path.Combine(from, "sub"), (UnixFileMode)0x3FF);
        File.SetUnixFileMode(to, (UnixFileMode)0x1C0);

        Copy(from, to, keepsMode: true);

        Assert.Equal(3 << 20, new FileInfo(Path.Combine(to, "sub/file")).Length);
        Assert.Equal((UnixFileMode)0x9E8, File.GetUnixFileMode(Path.Combine(to, "sub/file")));
        Assert.Equal(new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc), File.GetLastWriteTimeUtc(Path.Combine(to, "sub/file")));
        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(to, "link")).LinkTarget);
        Assert.Equal((UnixFileMode)0x3FF, File.GetUnixFileMode(Path.Combine(to, "sub")));
        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(to));
        Assert.True(Directory.Exists(Path.Combine(to, "sub/sub")));
    }

    private static void Copy(string from, string to, bool keepsMode)
    {
        using var source = Files.Open(from, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        using var target = Files.Open(to, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        TreeCopy.Copy(source, target, keepsMode);
    }
}
