using System.Text;
using CsCheck;
using MyDocker.Images.Users;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Tests;

public sealed class UserTests : IDisposable
{
    private const string Passwd = """
        # comment
        root:x:0:0:root:/root:/bin/ash
        +nis::0:0:::
        web:x:33:34:www:/var/www:/bin/sh
        1000:x:77:78::/odd:
        nohome:x:50:50
        relative:x:51:51::home:/bin/sh
        evil:x::0::/:
        big:x:4294967296:0::/:
        negative:x:-1:0::/:
        """;

    private const string Group = "root:x:0:root\nbin:x:1:root,web\nwww:x:34:web\nextra:x:90:other,web\nextra2:x:90:web\nbroken:x:x:web\nevil:x::\n";

    private readonly TestDirectory _test = new();

    [Theory]
    [InlineData("", 0, 0, "0 1", "/root", "root")]
    [InlineData("root", 0, 0, "0 1", "/root", "root")]
    [InlineData("0", 0, 0, "0 1", "/root", "root")]
    [InlineData("web", 33, 34, "34 1 90", "/var/www", "web")]
    [InlineData("33", 33, 34, "34 1 90", "/var/www", "web")]
    [InlineData("web:", 33, 34, "34 1 90", "/var/www", "web")]
    [InlineData("web:extra", 33, 90, "90", "/var/www", "web")]
    [InlineData("web:7", 33, 7, "7", "/var/www", "web")]
    [InlineData("5000", 5000, 0, "0", "/", null)]
    [InlineData("5000:6000", 5000, 6000, "6000", "/", null)]
    [InlineData("5000:bin", 5000, 1, "1", "/", null)]
    [InlineData("1000", 77, 78, "78", "/odd", "1000")]
    [InlineData("nohome", 50, 50, "50", "/", "nohome")]
    [InlineData("relative", 51, 51, "51", "/", "relative")]
    [InlineData("2147483647:2147483647", int.MaxValue, int.MaxValue, "2147483647", "/", null)]
    public void Found(string user, uint uid, uint gid, string gids, string home, string? name)
    {
        var found = ImageUser.Resolve(user, Bytes(Passwd), Bytes(Group));
        Assert.Equal((uid, gid, gids, home, name), (found.Uid, found.Gid, string.Join(' ', found.Gids), found.Home, found.Name));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("4294967296")]
    [InlineData("2147483648")]
    [InlineData("4294967295")]
    [InlineData("99999999999999999999999")]
    [InlineData("-1")]
    [InlineData("+0")]
    [InlineData(" 0")]
    [InlineData("0x0")]
    [InlineData("evil")]
    [InlineData("big")]
    [InlineData("negative")]
    [InlineData(":")]
    [InlineData(":0")]
    [InlineData("0:0:0")]
    [InlineData("web:nogroup")]
    [InlineData("web:evil")]
    [InlineData("web:4294967296")]
    [InlineData("web:-1")]
    [InlineData("+nis")]
    public void Refused(string user) => Assert.Throws<ImageException>(() => ImageUser.Resolve(user, Bytes(Passwd), Bytes(Group)));

    [Fact]
    public void NobodyBecomesRootUnasked()
        => Gen.Select(Gen.String[Gen.Char["019-+ :x.webrot\n\0"], 0, 14], Gen.String[Gen.Char["019-:xwebrot,\n"], 0, 60]).Sample((user, junk) =>
        {
            try
            {
                var found = ImageUser.Resolve(user, Bytes("root:x:0:0::/root:\n" + junk.Replace("\n0", "\n1").Replace(":0", ":1").TrimStart('0')), Bytes(junk));
                var asked = user.Split(':')[0];
                Assert.True(found.Uid != 0 || asked.Length == 0 || asked.Trim('0').Length == 0 || asked == "root" || junk.Contains(asked), user);
                Assert.True(found.Uid <= int.MaxValue && found.Gid <= int.MaxValue && found.Gids.All(gid => gid <= int.MaxValue) && found.Gids[0] == found.Gid);
            }
            catch (ImageException)
            {
            }
        }, iter: 20_000);

    [Fact]
    public void MissingFilesLeaveNumbersToUse()
    {
        var root = Tree("empty");
        Assert.Equal((7u, 0u), (ImageUser.Resolve("7", [root]).Uid, ImageUser.Resolve("7", [root]).Gid));
        Assert.Equal("/", ImageUser.Resolve("", [root]).Home);
        Assert.Throws<ImageException>(() => ImageUser.Resolve("web", [root]));
    }

    [Fact]
    public void TheFilesOfTheHostAreNeverRead()
    {
        // CVE-2024-9676 and its like: the image's files are links to the host's, or to things that block or never end.
        var root = Tree("root");
        Directory.CreateDirectory($"{root}/etc");
        File.WriteAllText($"{_test.Path}/passwd", "host:x:12:12::/:");
        File.CreateSymbolicLink($"{root}/etc/passwd", $"{_test.Path}/passwd");
        Assert.Throws<ImageException>(() => ImageUser.Resolve("host", [root]));
        File.Delete($"{root}/etc/passwd");
        File.CreateSymbolicLink($"{root}/etc/passwd", "/proc/self/root/etc/passwd");
        Assert.Throws<ImageException>(() => ImageUser.Resolve("daemon", [root]));
        File.Delete($"{root}/etc/passwd");
        TestDirectory.Run("mkfifo", $"{root}/etc/passwd");
        TestDirectory.Run("mknod", $"{root}/etc/group", "c", "1", "5");
        Assert.Equal(5u, ImageUser.Resolve("5", [root]).Uid);
        Assert.Equal(5u, ImageUser.Resolve("5", [root, Tree("lower")]).Uid);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AHugeFileCostsNoMemory(int layers)
    {
        var root = Tree("root");
        Directory.CreateDirectory($"{root}/etc");
        File.WriteAllText($"{root}/etc/passwd", "web:x:33:34::/:\n");
        File.WriteAllText($"{root}/etc/group", "extra:x:90:web\n");
        using (var group = File.OpenWrite($"{root}/etc/group"))
        {
            group.SetLength(2L << 30);
        }

        var lower = Tree("lower");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var user = ImageUser.Resolve("web", layers == 1 ? [root] : [root, lower]);
        Assert.Equal([34u, 90u], user.Gids);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 << 20);
    }

    [Fact]
    public void LayersAreLookedThroughAsAUnion()
    {
        var (top, middle, bottom) = (Tree("top"), Tree("middle"), Tree("bottom"));
        Put(bottom, "etc/passwd", "web:x:1:1::/bottom:");
        Put(bottom, "etc/group", "g:x:5:web");
        Assert.Equal("/bottom", ImageUser.Resolve("web", [top, middle, bottom]).Home);
        Put(middle, "etc/passwd", "web:x:2:2::/middle:");
        Assert.Equal(("/middle", 5u), (ImageUser.Resolve("web", [top, middle, bottom]).Home, ImageUser.Resolve("web", [top, middle, bottom]).Gids[1]));

        // A whiteout hides the file below, an opaque directory all of them, a whiteout of the directory too.
        Directory.CreateDirectory($"{top}/etc");
        TestDirectory.Run("mknod", $"{top}/etc/group", "c", "0", "0");
        Assert.Single(ImageUser.Resolve("web", [top, middle, bottom]).Gids);
        File.Delete($"{top}/etc/group");
        TestDirectory.Run("python3", "-c", "import os,sys; os.setxattr(sys.argv[1], 'trusted.overlay.opaque', b'y')", $"{middle}/etc");
        Assert.Single(ImageUser.Resolve("web", [top, middle, bottom]).Gids);
        Directory.Delete($"{top}/etc");
        TestDirectory.Run("mknod", $"{top}/etc", "c", "0", "0");
        Assert.Throws<ImageException>(() => ImageUser.Resolve("web", [top, middle, bottom]));
    }

    [Fact]
    public void LinksGoAcrossLayersButNotOut()
    {
        var (top, bottom) = (Tree("top"), Tree("bottom"));
        Put(bottom, "usr/share/passwd", "web:x:3:3::/linked:");
        Directory.CreateDirectory($"{top}/etc");
        File.CreateSymbolicLink($"{top}/etc/passwd", "../../../../run/../usr/share/passwd");
        Directory.CreateDirectory($"{bottom}/run");
        Assert.Equal("/linked", ImageUser.Resolve("web", [top, bottom]).Home);
        File.Delete($"{top}/etc/passwd");
        File.CreateSymbolicLink($"{top}/etc/passwd", $"{_test.Canary}/file");
        Assert.Throws<ImageException>(() => ImageUser.Resolve("web", [top, bottom]));
        File.Delete($"{top}/etc/passwd");
        File.CreateSymbolicLink($"{top}/etc/passwd", "passwd");
        Assert.Throws<ImageException>(() => ImageUser.Resolve("web", [top, bottom]));
    }

    [Fact]
    public void AnOpenRootWillDo()
    {
        var root = Tree("root");
        Put(root, "etc/passwd", "web:x:3:3::/w:");
        using var fd = Files.Open(root, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        Assert.Equal(3u, ImageUser.Resolve("web", fd).Uid);
    }

    private string Tree(string name)
    {
        Directory.CreateDirectory($"{_test.Path}/{name}");
        return $"{_test.Path}/{name}";
    }

    private static void Put(string root, string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{root}/{path}")!);
        File.WriteAllText($"{root}/{path}", text);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose() => _test.Dispose();
}
