using System.Text.Json;
using MyDocker.Images.Layers;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Tests;

/// <summary>Images made of an image and a container's writable layer, and the archives of layers, which can be written again.</summary>
public sealed class CommitTests : IDisposable
{
    private readonly TestDirectory _test = new();
    private readonly ImageStore _store;

    public CommitTests() => _store = new ImageStore(_test.Root);

    [Fact]
    public void ACommitAddsOneLayerWithItsWhiteouts()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "whiteouts are devices: needs root");
        var below = _store.Import(new TarBuilder().Dir("etc").File("etc/gone", "x").Dir("old").File("old/f", "y").Stream(), "t", ImageReference.Parse("base"));
        var upper = MakeUpper();
        var made = _store.Commit(new CommitRequest
        {
            BaseId = below.Id,
            Upper = upper,
            Config = new ContainerConfig { Cmd = ["/bin/new"], Labels = new() { ["a"] = "b" } },
            Author = "me",
            Comment = "why",
            CreatedBy = "sh -c x",
            Created = DateTimeOffset.UnixEpoch,
            Name = ImageReference.Parse("new:1"),
        });
        var image = _store.Resolve("new:1");
        Assert.Equal(made.Id, image.Id);
        Assert.Equal(2, image.LayerIds.Count);
        Assert.Equal(_store.Resolve("base").LayerIds[0], image.LayerIds[1]);
        Assert.Equal(["/bin/new"], image.Config.Config!.Cmd!);

        var config = JsonSerializer.Deserialize(File.ReadAllBytes($"{_test.Root}/blobs/sha256/{made.Id[7..]}"), ImageJson.Default.ImageConfig)!;
        Assert.Equal(2, config.History!.Count);
        Assert.Equal(("sh -c x", "why", "me"), (config.History[1].CreatedBy, config.History[1].Comment, config.History[1].Author));
        Assert.Equal("1970-01-01T00:00:00Z", config.Created);

        var archive = Archive(image.LowerDirectories[0]);
        Assert.Equal(image.LayerIds[0], Hex(archive));
        var names = TestDirectory.Run("tar", "-tf", Save(archive)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["./", "etc/", "etc/.wh.gone", "etc/new", "old/", "old/.wh..wh..opq"], names);
    }

    [Fact]
    public void TheSameChangesMakeTheSameImage()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "whiteouts are devices: needs root");
        var below = _store.Import(new TarBuilder().Dir("etc").Stream(), "t", ImageReference.Parse("base"));
        var request = new CommitRequest { BaseId = below.Id, Upper = MakeUpper(), CreatedBy = "x", Created = DateTimeOffset.UnixEpoch };
        var first = _store.Commit(request);
        Assert.Equal(first.Id, _store.Commit(request).Id);
        Assert.NotEqual(first.Id, _store.Commit(request with { Upper = null }).Id);
    }

    [Fact]
    public void ACanonicalLayerCanBeArchivedAgain()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "owners and devices: needs root");
        var tar = new TarBuilder().Dir("d", 0x3FF).File("d/setuid", "x", 0x9ED, 5, 6).HardLink("d/other", "d/setuid").Symlink("l", "/nowhere").Device('3', "null", 1, 3)
            .Pax("SCHILY.xattr.user.a", "b").File("attribute", "y").Pax("mtime", "12.000000345").File("time");
        _store.Import(tar.Stream(), "t", ImageReference.Parse("a"));

        // The archive of an archive of a tree is the same: what is imported from a canonical one has its id.
        var archive = Archive(_store.Resolve("a").LowerDirectories[0]);
        _store.Import(new MemoryStream(archive), "t", ImageReference.Parse("b"));
        var again = _store.Resolve("b");
        Assert.Equal(again.LayerIds[0], Hex(archive));
        Assert.Equal(again.LayerIds[0], Hex(Archive(again.LowerDirectories[0])));
    }

    [Fact]
    public void ACommitOnAnImageThatIsGoneIsRefused()
        => Assert.Contains("no such image", Assert.Throws<ImageException>(() => _store.Commit(new CommitRequest { BaseId = $"sha256:{new string('a', 64)}" })).Message);

    private string MakeUpper()
    {
        var upper = Directory.CreateTempSubdirectory(Path.GetFileName(_test.Path)).FullName;
        var moved = $"{_test.Path}/{Path.GetFileName(upper)}";
        Directory.Move(upper, moved);
        Directory.CreateDirectory($"{moved}/etc");
        Directory.CreateDirectory($"{moved}/old");
        File.WriteAllText($"{moved}/etc/new", "new");
        TestDirectory.Run("mknod", $"{moved}/etc/gone", "c", "0", "0");
        using var old = Files.Open($"{moved}/old", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Assert.Equal(Errno.None, Attributes.TrySetOpaque(old));
        return moved;
    }

    private static byte[] Archive(string directory)
    {
        using var root = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        var output = new MemoryStream();
        TreeArchive.WriteLayer(root, output);
        return output.ToArray();
    }

    private string Save(byte[] archive)
    {
        var path = $"{_test.Path}/archive.tar";
        File.WriteAllBytes(path, archive);
        return path;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    public void Dispose() => _test.Dispose();
}
