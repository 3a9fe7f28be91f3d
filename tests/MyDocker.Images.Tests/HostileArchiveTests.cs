using System.Text;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Tests;

/// <summary>Archives that try to reach out of their layer. None may change the canary beside it; some are refused.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly TestDirectory _test = new();
    private readonly ImageStore _store;

    public HostileArchiveTests() => _store = new ImageStore(_test.Root);

    private static readonly ImageReference _name = ImageReference.Parse("evil");

    public static TheoryData<string> Confined => new(
        "dotdot", "absolute", "symlink then write", "relative symlink then write", "symlink then replace", "directory over symlink",
        "hard link to a symlink", "link replaced by directory", "directory replaced by link", "whiteout of a link", "opaque through a link",
        "chmod through a link", "hard link then write", "dotdot in the middle", "symlink loop up", "device", "set-uid", "long dotdot", "proc magic");

    [Theory]
    [MemberData(nameof(Confined))]
    public void NothingOutsideTheLayerChanges(string kind)
    {
        var outside = _test.Canary;
        var up = string.Concat(Enumerable.Repeat("../", 12)) + outside[1..];
        var tar = new TarBuilder().Dir($"{outside[1..]}/", 0x1ED); // the same path inside the layer: confinement shows there
        _ = kind switch
        {
            "dotdot" => tar.File($"{up}/file", "evil").File("../../evil", "evil"),
            "absolute" => tar.File($"{outside}/file", "evil").File("/evil", "evil"),
            "symlink then write" => tar.Symlink("out", outside).File("out/file", "evil").File("out/new", "evil").Dir("out/dir/more"),
            "relative symlink then write" => tar.Symlink("out", $"{up}").File("out/file", "evil"),
            "symlink then replace" => tar.Symlink("out", $"{outside}/file").File("out", "evil", 0x9FF),
            "directory over symlink" => tar.Symlink("out", outside).Dir("out", 0x1FF, 1234, 1234).File("out/new", "evil"),
            "hard link to a symlink" => tar.Symlink("s", $"{outside}/file").HardLink("h", "s").File("h", "evil").HardLink("h2", "s"),
            "link replaced by directory" => tar.Symlink("a", outside).Dir("a").File("a/file", "evil"),
            "directory replaced by link" => tar.Dir("a").File("a/x", "1").Symlink("a", outside).File("a/file", "evil"),
            "whiteout of a link" => tar.Symlink("out", outside).File("out/.wh.file").File(".wh.out"),
            "opaque through a link" => tar.Symlink("out", $"{outside}/dir").Dir($"{outside[1..]}/dir").File("out/.wh..wh..opq"),
            "chmod through a link" => tar.Symlink("out", $"{outside}/file").Pax("SCHILY.xattr.user.evil", "1").Raw('2', "out", $"{outside}/file", [], 0x1FF, 4321, 4321),
            "hard link then write" => tar.File("f", "1").HardLink("g", "f").File("g", "2"),
            "dotdot in the middle" => tar.Dir("a").File($"a/{up}/file", "evil").File("a/../../../evil", "evil"),
            "symlink loop up" => tar.Symlink("l", "..").Symlink("m", "l/l/l/l/l/l/l/l").File($"m{outside}/file", "evil"),
            "device" => tar.Device('3', "null", 1, 3).Device('4', "disk", 8, 0).Raw('6', "fifo", "", []),
            "set-uid" => tar.File("su", "x", 0x9ED).Symlink("su2", $"{outside}/file").Raw('2', "su2", $"{outside}/file", [], 0x9ED),
            "long dotdot" => tar.Pax("path", $"{up}/file").File("short", "evil"),
            "proc magic" => tar.Symlink("p", "/proc/self/root").Symlink("q", "/proc/self/cwd").Dir("proc/self/root").File("p/tmp/evil", "evil"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

        _store.Import(tar.Stream(), kind, _name);
        _test.AssertCanaryUntouched();
        Assert.False(File.Exists("/evil") || File.Exists("/tmp/evil") || File.Exists($"{_test.Path}/evil"));
    }

    public static TheoryData<string> Refused => new(
        "hard link out", "hard link up", "hard link through a symlink", "hard link to nothing", "hard link to a directory", "hard link to the root", "whiteout of dotdot", "whiteout of nothing",
        "root as a link", "file below a file", "link to nothing", "huge size", "unknown type", "owner -1", "huge pax", "bad pax length", "NUL in a name", "bad checksum", "sparse overlap", "sparse beyond", "huge name");

    [Theory]
    [MemberData(nameof(Refused))]
    public void RefusedWithAReasonAndNothingIsLeft(string kind)
    {
        var outside = _test.Canary;
        var tar = new TarBuilder();
        _ = kind switch
        {
            "hard link out" => tar.HardLink("h", $"{outside}/file"),
            "hard link up" => tar.HardLink("h", $"../../../../../../../..{outside}/file"),
            "hard link through a symlink" => tar.Symlink("out", outside).HardLink("h", "out/file"),
            "hard link to nothing" => tar.HardLink("h", "missing"),
            "hard link to a directory" => tar.Dir("d").HardLink("h", "d"),
            "hard link to the root" => tar.HardLink("h", "/"),
            "whiteout of dotdot" => tar.File("a/.wh..."),
            "whiteout of nothing" => tar.File("a/.wh."),
            "root as a link" => tar.Symlink("./", outside),
            "file below a file" => tar.File("a", "1").File("a/b", "2"),
            "link to nothing" => tar.Symlink("a", "/nowhere").File("a/b", "2"),
            "huge size" => tar.Raw('0', "f", "", [1, 2, 3], size: 0x1_0000_0000),
            "unknown type" => tar.Raw('Q', "f", "", []),
            "owner -1" => tar.Pax("uid", "4294967295").File("f", "1"),
            "huge pax" => tar.Raw('x', "p", "", [], size: 1L << 32),
            "bad pax length" => tar.Raw('x', "p", "", "999 path=x\n"u8.ToArray()).File("f"),
            "NUL in a name" => tar.Pax("path", "a\0b").File("f"),
            "bad checksum" => tar.File("f", "1").Raw('0', "g", "", new byte[512]).Raw('\u0001', "", "", [], change: b => Array.Fill(b, (byte)0xff)),
            "sparse overlap" => tar.Pax(("GNU.sparse.size", "100"u8.ToArray()), ("GNU.sparse.map", "0,10,5,10"u8.ToArray())).Raw('0', "f", "", new byte[20]),
            "sparse beyond" => tar.Pax(("GNU.sparse.size", "100"u8.ToArray()), ("GNU.sparse.map", "90,20"u8.ToArray())).Raw('0', "f", "", new byte[20]),
            "huge name" => tar.Pax("path", new string('a', 5000)).File("f"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

        var bytes = tar.Bytes();
        if (kind == "bad checksum")
        {
            bytes[1536 + 20] ^= 1;
        }

        var error = Assert.Throws<ImageException>(() => _store.Import(new MemoryStream(bytes), "evil.tar", _name));
        Assert.StartsWith("import 'evil.tar': ", error.Message);
        _test.AssertCanaryUntouched();
        AssertNothingStored();
    }

    [Fact]
    public void AnOverlaysOwnAttributesAreNotTakenFromAnImage()
    {
        var tar = new TarBuilder().Pax(("SCHILY.xattr.trusted.overlay.redirect", "/etc"u8.ToArray()), ("SCHILY.xattr.user.overlay.metacopy", [1]), ("SCHILY.xattr.user.mine", "yes"u8.ToArray())).Dir("d");
        _store.Import(tar.Stream(), "x", _name);
        var listed = TestDirectory.Run("python3", "-c", "import os,sys; print(os.listxattr(sys.argv[1]))", $"{Fs()}/d");
        Assert.Equal("['user.mine']\n", listed);
    }

    [Fact]
    public void WhiteoutsTakeOverlayfsForm()
    {
        var tar = new TarBuilder().File("a/.wh.gone").Dir("own").File("own/f", "1").File(".wh.own").File("file", "stays").File(".wh.file")
            .File(".wh.later").Dir("later").Dir("opaque").File("opaque/.wh..wh..opq").File(".wh..wh.plnk").Symlink("link", "file").File(".wh.link");
        _store.Import(tar.Stream(), "x", _name);
        Files.TryStat($"{Fs()}/a/gone", out var gone);
        Assert.True(gone.IsCharDevice && gone.DeviceNodeMajor == 0 && gone.DeviceNodeMinor == 0);
        Assert.Equal("stays", File.ReadAllText($"{Fs()}/file"));
        Assert.NotNull(new FileInfo($"{Fs()}/link").LinkTarget);
        Assert.Equal(["a", "file", "later", "link", "opaque", "own"], Directory.GetFileSystemEntries(Fs()).Select(Path.GetFileName).Order());
        foreach (var directory in (string[])["own", "later", "opaque"])
        {
            var listed = TestDirectory.Run("python3", "-c", "import os,sys; print(sorted(os.listxattr(sys.argv[1])))", $"{Fs()}/{directory}");
            Assert.Equal("['trusted.overlay.opaque', 'user.overlay.opaque']\n", listed);
        }
    }

    [Fact]
    public void ATreeDeeperThanAnyPathIsUnpackedAndRemoved()
    {
        // Each link leads 500 levels down, and the next goes on from there.
        var deep = string.Join('/', Enumerable.Repeat("d", 500));
        var tar = new TarBuilder().Pax("path", deep).Dir("x");
        var at = "";
        for (var i = 0; i < 30; i++)
        {
            tar.Pax("linkpath", $"{(i == 0 ? "" : $"l{i - 1}/")}{deep}").Symlink($"l{i}", "x");
            tar.Pax("path", $"l{i}/{deep}").Dir("x");
            at = $"l{i}";
        }

        tar.File($"{at}/bottom", "1");
        _store.Import(tar.Stream(), "deep", _name);
        var result = _store.Remove("evil");
        Assert.Single(result.DeletedLayers);
        Assert.Empty(Directory.GetFileSystemEntries($"{_test.Root}/layers"));
    }

    [Fact]
    public void ZerosCostNoDisk()
    {
        const long Size = 256 << 20;
        var tar = new TarBuilder().Raw('0', "zeros", "", new byte[Size]);
        _store.Import(tar.Stream(), "x", _name);
        Files.TryStat($"{Fs()}/zeros", out var stat);
        Assert.Equal((ulong)Size, stat.Size);
        Assert.True(stat.Blocks * 512 < 1 << 20, $"{stat.Blocks} blocks");
    }

    [Fact]
    public void MessagesCarryNoTerminalCodes()
    {
        var error = Assert.Throws<ImageException>(() => _store.Import(new TarBuilder().HardLink("\u001b[31mred", "none").Stream(), "x\u001b[0m", _name));
        Assert.DoesNotContain('\u001b', error.Message);
    }

    private void AssertNothingStored()
    {
        Assert.Empty(Directory.GetFileSystemEntries($"{_test.Root}/layers"));
        Assert.Empty(Directory.GetFileSystemEntries($"{_test.Root}/images/names"));
        Assert.Empty(Directory.GetFileSystemEntries($"{_test.Root}/images/records"));
        Assert.Empty(_store.List());
    }

    private string Fs() => _store.Resolve("evil").LowerDirectories[0];

    public void Dispose() => _test.Dispose();
}
