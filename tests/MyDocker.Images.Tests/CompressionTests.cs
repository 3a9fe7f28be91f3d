using System.IO.Compression;
using MyDocker.Images.References;
using MyDocker.Images.Store;

namespace MyDocker.Images.Tests;

/// <summary>Every compression, told by its bytes; and every archive that is cut off or damaged is refused, leaving nothing.</summary>
public sealed class CompressionTests : IDisposable
{
    private static readonly ImageReference _name = ImageReference.Parse("image");

    private readonly TestDirectory _test = new();
    private readonly ImageStore _store;

    public CompressionTests() => _store = new ImageStore(_test.Root);

    [Theory]
    [InlineData("gzip -c")]
    [InlineData("xz -c")]
    [InlineData("xz -c --check=sha256")]
    [InlineData("xz -c --check=none")]
    [InlineData("xz -c -T2 --block-size=16384")]
    [InlineData("zstd -c -q")]
    [InlineData("zstd -c -q --no-check")]
    [InlineData("cat")]
    [InlineData("gzip -c", true)]
    [InlineData("xz -c", true)]
    [InlineData("zstd -c -q", true)]
    public void FoundOutByMagicAndUnpacked(string compressor, bool members = false)
    {
        var plain = Archive();
        File.WriteAllBytes($"{_test.Path}/a", members ? plain[..5000] : plain);
        File.WriteAllBytes($"{_test.Path}/b", members ? plain[5000..] : []);
        TestDirectory.Run("sh", "-c", $"cd {_test.Path}; {{ {compressor} a; {(members ? $"{compressor} b;" : "")} }} > misleading.zip");
        _store.Import($"{_test.Path}/misleading.zip", _name);
        var image = _store.Resolve("image");
        Assert.Equal(TestDirectory.Run("sh", "-c", $"cat {_test.Path}/a {_test.Path}/b | sha256sum")[..64], image.LayerIds[0]);
        Assert.Equal($"sha256:{image.LayerIds[0]}", image.Config.Rootfs!.DiffIds![0]);
        Assert.Equal("hello", File.ReadAllText($"{image.LowerDirectories[0]}/etc/motd"));
        Assert.Equal(100_000, new FileInfo($"{image.LowerDirectories[0]}/random").Length);
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("gzip -c")]
    [InlineData("xz -c")]
    [InlineData("zstd -c -q")]
    public void CutOffAnywhereIsAnErrorThatNamesTheFile(string compressor)
    {
        var whole = Compressed(compressor);

        // All of the end marker's second block may be missing without loss.
        var last = compressor == "cat" ? whole.Length - 1024 : whole.Length - 1;
        var offsets = Enumerable.Range(0, 40).Select(i => (int)((long)i * last / 39)).Concat([1, 2, 5, 100, 511, 512, 513, last - 1, last - 5, last - 12]).Where(i => i >= 0).Distinct();
        foreach (var offset in offsets)
        {
            var path = $"{_test.Path}/cut.tar";
            File.WriteAllBytes(path, whole[..offset]);
            var error = Assert.Throws<ImageException>(() => _store.Import(path, _name));
            Assert.True(error.Message.StartsWith($"import '{path}': ", StringComparison.Ordinal), error.Message);
            Assert.True(Directory.GetFileSystemEntries($"{_test.Root}/layers").Length == 0, $"offset {offset}");
        }

        Assert.Empty(_store.List());
    }

    [Theory]
    [InlineData("gzip -c")]
    [InlineData("xz -c")]
    [InlineData("zstd -c -q --check")]
    public void AFlippedBitIsFound(string compressor)
    {
        var whole = Compressed(compressor);
        var random = new Random(1);
        for (var i = 0; i < 25; i++)
        {
            // Behind gzip's header, whose time and name mean nothing.
            var copy = (byte[])whole.Clone();
            copy[random.Next(20, copy.Length)] ^= (byte)(1 << random.Next(8));
            Assert.Throws<ImageException>(() => _store.Import(new MemoryStream(copy), "flipped", _name));
        }

        Assert.Empty(Directory.GetFileSystemEntries($"{_test.Root}/layers"));
    }

    [Theory]
    [InlineData("BZh91AY&SY", "bzip2")]
    [InlineData("PK\u0003\u0004 and more", "zip")]
    [InlineData("hsqs....", "squashfs")]
    [InlineData("just some text", "not a tar archive")]
    public void AnotherFormatIsNamed(string start, string expected)
    {
        var bytes = new byte[2048];
        System.Text.Encoding.Latin1.GetBytes(start).CopyTo(bytes, 0);
        bytes[600] = 1;
        Assert.Contains(expected, Assert.Throws<ImageException>(() => _store.Import(new MemoryStream(bytes), "x", _name)).Message);
    }

    [Fact]
    public void AnArchiveOfImagesIsToldFromARootFileSystem()
    {
        var tar = new TarBuilder().File("manifest.json", "[]").Dir("blobs").File("oci-layout", "{}");
        Assert.Contains("docker save", Assert.Throws<ImageException>(() => _store.Import(tar.Stream(), "x", _name)).Message);
    }

    [Fact]
    public void GarbageBehindTheEndOfAPlainArchiveIsOfNoConsequence()
        => _store.Import(new MemoryStream([.. Archive(), .. new byte[10_240 - 512], 1, 2, 3]), "x", _name);

    private static byte[] Archive()
    {
        var random = new byte[100_000];
        new Random(7).NextBytes(random);
        return new TarBuilder().Dir("etc").File("etc/motd", "hello").Raw('0', "random", "", random).File("last", "end").Bytes();
    }

    private byte[] Compressed(string compressor)
    {
        File.WriteAllBytes($"{_test.Path}/whole", Archive());
        TestDirectory.Run("sh", "-c", $"cd {_test.Path}; {compressor} whole > compressed");
        return File.ReadAllBytes($"{_test.Path}/compressed");
    }

    public void Dispose() => _test.Dispose();
}
