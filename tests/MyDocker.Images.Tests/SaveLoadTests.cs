using System.Text;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Images.Tests.Registry;

namespace MyDocker.Images.Tests;

/// <summary>Archives of images: ours, skopeo's, docker's old ones, and ones that nobody should take.</summary>
public sealed class SaveLoadTests : RegistryTest
{
    [Fact]
    public void WhatIsSavedIsLoadedElsewhereWithItsIds()
    {
        Store.Import(new TarBuilder().Dir("etc").File("etc/f", "one").Stream(), "t", ImageReference.Parse("a:1"));
        Store.Commit(new CommitRequest { BaseId = Store.Resolve("a:1").Id, CreatedBy = "x", Name = ImageReference.Parse("quay.io/b/c:2") });
        var archive = Save("a:1", "quay.io/b/c:2");
        var other = new ImageStore($"{Test.Path}/other");
        Assert.Equal(["a:1", "quay.io/b/c:2"], other.Load(new MemoryStream(archive), "archive").Select(image => image.Name!.Familiar));
        foreach (var name in (string[])["a:1", "quay.io/b/c:2"])
        {
            Assert.Equal(Store.Resolve(name).Id, other.Resolve(name).Id);
            Assert.Equal(Store.Resolve(name).Config.Config!.Cmd!, other.Resolve(name).Config.Config!.Cmd!);
        }

        // Saved again, by the one and by the other: the same bytes.
        Assert.Equal(Hex(archive), Hex(Save("a:1", "quay.io/b/c:2")));
        var again = new MemoryStream();
        other.Save(["a:1", "quay.io/b/c:2"], again);
        Assert.Equal(Hex(archive), Hex(again.ToArray()));
        Assert.Empty(Leftovers($"{Test.Path}/other"));
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("gzip -c")]
    [InlineData("zstd -qc")]
    [InlineData("xz -c")]
    public void CompressedArchivesAreLoaded(string compressor)
    {
        Store.Import(new TarBuilder().File("f", "one").Stream(), "t", ImageReference.Parse("a:1"));
        var other = new ImageStore($"{Test.Path}/other");
        Assert.Single(other.Load(new MemoryStream(Compress(Save("a:1"), compressor)), "archive"));
    }

    [Theory]
    [InlineData("oci-archive", "gzip -nc")]
    [InlineData("oci-archive", "zstd -qc")]
    [InlineData("docker-archive", "gzip -nc")]
    [InlineData("oci", "gzip -nc")]
    public void WhatSkopeoWritesIsLoaded(string format, string compressor)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/skopeo"), "skopeo is not installed");
        var layers = Layers();
        var layout = MakeLayout(layers, compressor);
        var archive = $"{Test.Path}/archive";
        TestDirectory.Run("skopeo", "copy", "-q", $"oci:{layout}:latest", $"{format}:{archive}:web:3");
        var loaded = Directory.Exists(archive) ? Store.LoadLayout(archive) : Load(File.ReadAllBytes(archive));
        var (name, id) = Assert.Single(loaded);
        Assert.Equal("web:3", name!.Familiar);
        var image = Store.Resolve("web:3");
        Assert.Equal(id, image.Id);
        Assert.Equal(layers.Select(Hex).Reverse(), image.LayerIds);
        Assert.Equal(["A=b"], image.Config.Config!.Env!);

        TestDirectory.Run("skopeo", "copy", "-q", $"docker-archive:{Write(Save("web:3"))}:docker.io/library/web:3", $"dir:{Test.Path}/dir");
    }

    [Fact]
    public void ADockerArchiveWithLinksForSharedLayersIsLoaded()
    {
        var layer = Layers()[0];
        var config = $$$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:{{{Hex(layer)}}}"]}}""";
        var archive = new TarBuilder()
            .Raw('0', "aaa/layer.tar", "", layer).Symlink("bbb/layer.tar", "../aaa/layer.tar")
            .File("one.json", config).File("two.json", config.Replace("{\"arch", "{\"author\":\"x\",\"arch"))
            .File("manifest.json", """[{"Config":"one.json","RepoTags":["one:1","uno:1"],"Layers":["aaa/layer.tar"]},{"Config":"two.json","RepoTags":null,"Layers":["bbb/layer.tar"]}]""");
        var loaded = Load(archive.Bytes());
        Assert.Equal(["one:1", "uno:1", null], loaded.Select(image => image.Name?.Familiar));
        Assert.Equal(Store.Resolve("one:1").LayerIds, Store.Resolve(loaded[2].Id).LayerIds);
    }

    public static TheoryData<string, string> BadArchives { get; } = new()
    {
        { "nothing", "neither index.json nor manifest.json" },
        { "no-config", "which is not in it" },
        { "no-layer", "which is not in it" },
        { "loop", "which is not in it" },
        { "wrong-diff-id", "and the configuration says" },
        { "bad-json", "is damaged" },
        { "bad-reference", "image names are lower case" },
        { "outside", "which is not in it" },
        { "many-layers", "the limit is 500" },
        { "empty", "holds no image" },
        { "cut", "cut off" },
    };

    [Theory]
    [MemberData(nameof(BadArchives))]
    public void BadArchivesAreRefusedByName(string what, string expected)
    {
        var layer = new TarBuilder().File("f", "x").Bytes();
        var config = $$$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:{{{(what == "wrong-diff-id" ? new string('1', 64) : Hex(layer))}}}"]}}""";
        string Manifest(string path, string tag = "a:1", string layer = "l.tar") => $$"""[{"Config":"{{path}}","RepoTags":["{{tag}}"],"Layers":["{{layer}}"]}]""";
        var archive = new TarBuilder().File("c.json", config).Raw('0', "l.tar", "", layer).Symlink("loop", "loop");
        archive = what switch
        {
            "nothing" or "cut" => archive,
            "no-config" => archive.File("manifest.json", Manifest("none.json")),
            "no-layer" => archive.File("manifest.json", Manifest("c.json", layer: "none.tar")),
            "loop" => archive.File("manifest.json", Manifest("loop")),
            "outside" => archive.File("manifest.json", Manifest("../../../../../../etc/passwd")),
            "bad-json" => archive.File("manifest.json", "[{]"),
            "empty" => archive.File("manifest.json", "[]"),
            "bad-reference" => archive.File("manifest.json", Manifest("c.json", "A:1")),
            "many-layers" => archive.File("manifest.json", $$"""[{"Config":"c.json","Layers":[{{string.Join(',', Enumerable.Repeat("\"l.tar\"", 501))}}]}]"""),
            _ => archive.File("manifest.json", Manifest("c.json")),
        };
        Assert.Contains(expected, Assert.ThrowsAny<ImageException>(() => Load(archive.Bytes(end: what != "cut"))).Message);
        Assert.Empty(Store.List());
        Store.Collect();
        Assert.Empty(Directory.GetFiles($"{Test.Root}/blobs/sha256"));
        Assert.Empty(Directory.GetFileSystemEntries($"{Test.Root}/layers"));
        Assert.Empty(Directory.GetFiles($"{Test.Root}/blobs/partial"));
    }

    [Fact]
    public void AnImageHasItsDetailsAndItsNames()
    {
        Store.Import(new TarBuilder().File("f", "12345").Stream(), "t", ImageReference.Parse("a:1"));
        Store.Tag("a:1", ImageReference.Parse("b:2"));
        Store.Tag(Store.Resolve("a:1").Id[7..19], ImageReference.Parse("c:3"));
        var details = Store.Inspect("b:2");
        Assert.Equal(["a:1", "b:2", "c:3"], details.Tags);
        Assert.Equal((5, 5), (details.Size, details.LayerSizes[0]));
        Assert.Contains("no such image", Assert.Throws<ImageMissingException>(() => Store.Tag("none", ImageReference.Parse("x"))).Message);
    }

    [Fact]
    public void PruneTakesWhatNobodyUses()
    {
        ImportWith("named", []);
        ImportWith("moved", ["LABEL keep=yes"]);
        var kept = Store.Resolve("moved").Id;
        ImportWith("moved", ["ENV A=2"]); // the first one has no name now
        var nobody = new HashSet<string>();
        Assert.Empty(Store.Prune(new PruneRequest(false, null, [], ["keep"]), nobody).Deleted);
        Assert.Empty(Store.Prune(new PruneRequest(false, DateTimeOffset.UtcNow.AddHours(-1), [], []), nobody).Deleted);
        Assert.Empty(Store.Prune(new PruneRequest(false, null, [], []), new HashSet<string> { kept }).Deleted);
        Assert.Equal([kept], Store.Prune(new PruneRequest(false, null, ["keep=yes"], []), nobody).Deleted);
        Assert.Equal(2, Store.List().Count);
        File.WriteAllText($"{Test.Root}/blobs/partial/{new string('a', 64)}", "left by a pull");
        var all = Store.Prune(new PruneRequest(true, null, [], []), new HashSet<string> { Store.Resolve("named").Id });
        Assert.Equal(["moved:latest"], all.Untagged);
        Assert.True(all.Reclaimed > 14);
        Assert.Single(Store.List());
        Assert.Empty(Leftovers());
    }

    [Fact]
    public void ImportsTakeInstructions()
    {
        ImportWith("a", ["CMD [\"/bin/x\", \"y\"]", "ENTRYPOINT run it", "env A=1 B=\"two words\"", "ENV A=3", "EXPOSE 80 53/udp", "LABEL k=v", "USER 5:6", "WORKDIR /srv", "WORKDIR sub", "VOLUME /data", "STOPSIGNAL SIGQUIT"]);
        var config = Store.Resolve("a").Config.Config!;
        Assert.Equal(["/bin/x", "y"], config.Cmd!);
        Assert.Equal(["/bin/sh", "-c", "run it"], config.Entrypoint!);
        Assert.Equal(["B=two words", "A=3"], config.Env!);
        Assert.Equal(["80/tcp", "53/udp"], config.ExposedPorts!.Keys);
        Assert.Equal(("v", "5:6", "/srv/sub", "SIGQUIT", "/data"), (config.Labels!["k"], config.User, config.WorkingDir, config.StopSignal, config.Volumes!.Keys.Single()));
        foreach (var bad in (string[])["FROM x", "CMD", "CMD [1]", "ENV =x", "EXPOSE http", "ENV A=\"open"])
        {
            Assert.Contains("change", Assert.ThrowsAny<ImageException>(() => ImportWith("b", [bad])).Message);
        }
    }

    private void ImportWith(string name, string[] changes)
    {
        var path = $"{Test.Path}/rootfs.tar";
        File.WriteAllBytes(path, new TarBuilder().File("f", "x").Bytes());
        Store.Import(path, ImageReference.Parse(name), settings: new ImportSettings(changes, null, null));
    }

    private byte[] Save(params string[] names)
    {
        var output = new MemoryStream();
        Store.Save(names, output);
        return output.ToArray();
    }

    private string Write(byte[] bytes)
    {
        File.WriteAllBytes($"{Test.Path}/saved.tar", bytes);
        return $"{Test.Path}/saved.tar";
    }

    private IReadOnlyList<(ImageReference? Name, string Id)> Load(byte[] archive) => Store.Load(new MemoryStream(archive), "archive");
}
