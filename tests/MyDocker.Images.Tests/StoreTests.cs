using System.Diagnostics;
using MyDocker.Images.Layers;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Tests;

public sealed class StoreTests : IDisposable
{
    private readonly TestDirectory _test = new();
    private readonly ImageStore _store;

    public StoreTests() => _store = new ImageStore(_test.Root);

    [Fact]
    public void AnImageGoesInAndOut()
    {
        var made = _store.Import(Tar("one"), "t", ImageReference.Parse("a/b:1"));
        var image = _store.Resolve("a/b:1");
        Assert.Equal(made.Id, image.Id);
        Assert.Equal(["/bin/sh"], image.Config.Config!.Cmd!);
        Assert.Equal("linux", image.Config.Os);
        Assert.Equal([$"{_test.Root}/layers/{image.LayerIds[0]}/fs"], image.LowerDirectories);
        Assert.Equal($"{_test.Root}/layers", image.LayersParent);
        var summary = Assert.Single(_store.List());
        Assert.Equal(("a/b", "1", made.Id, 3L), (summary.Repository, summary.Tag, summary.Id, summary.Size));
        Assert.Equal(image.LowerDirectories, _store.Resolve(made.Id).LowerDirectories);
        Assert.Equal(image.LowerDirectories, _store.Resolve(made.Id[7..19]).LowerDirectories);
        Assert.Equal(image.LowerDirectories, _store.Resolve($"a/b@{summary.Digest}").LowerDirectories);

        var removed = _store.Remove("a/b:1");
        Assert.Equal(["a/b:1"], removed.Untagged);
        Assert.Equal([made.Id], removed.Deleted);
        Assert.Equal(image.LayerIds, removed.DeletedLayers);
        AssertEmpty();
    }

    [Fact]
    public void TheBlobsAreAnOciImage()
    {
        var made = _store.Import(Tar("one"), "t", ImageReference.Parse("x"));
        var digest = _store.List()[0].Digest;
        foreach (var blob in Directory.GetFiles($"{_test.Root}/blobs/sha256"))
        {
            Assert.Equal(Path.GetFileName(blob), TestDirectory.Run("sha256sum", blob)[..64]);
        }

        var manifest = File.ReadAllText($"{_test.Root}/blobs/sha256/{digest[7..]}");
        Assert.Contains($"\"digest\":\"{made.Id}\"", manifest);
        Assert.Contains("\"application/vnd.oci.image.layer.v1.tar\"", manifest);
        Assert.Contains(_store.Resolve("x").LayerIds[0], manifest);
    }

    [Fact]
    public void LayersAreSharedAndStayWhileAnyoneNeedsThem()
    {
        _store.Import(Tar("one"), "t", ImageReference.Parse("a"));
        _store.Import(Tar("one"), "t", ImageReference.Parse("b"));
        Assert.Single(Directory.GetDirectories($"{_test.Root}/layers"));
        Assert.Empty(_store.Remove("a").DeletedLayers);
        var layer = _store.Resolve("b").LayerIds[0];
        Assert.Empty(_store.Remove("b", () => new HashSet<string> { layer }).DeletedLayers);
        Assert.True(Directory.Exists($"{_test.Root}/layers/{layer}/fs"));
        Assert.Equal([layer], _store.Collect(() => new HashSet<string>()).DeletedLayers);
        AssertEmpty();
    }

    [Fact]
    public void ANameThatMovesLeavesTheOldImageWithoutOne()
    {
        var old = _store.Import(Tar("one"), "t", ImageReference.Parse("a"));
        _store.Import(Tar("two"), "t", ImageReference.Parse("a"));
        Assert.Equal(2, _store.List().Count);
        Assert.Null(_store.List()[1].Repository);
        Assert.Equal(old.Id, _store.List()[1].Id);
        Assert.Single(_store.Remove(old.Id[7..20]).DeletedLayers);
        Assert.Single(_store.List());
    }

    [Fact]
    public void AnIdWithSeveralNamesIsRemovedByForceOnly()
    {
        var time = DateTimeOffset.UnixEpoch;
        var paths = new StorePaths(_test.Root);
        foreach (var name in (string[])["a", "b"])
        {
            new Importer(paths, null).Import(Tar("one"), "t", ImageReference.Parse(name), time, out _);
        }

        var id = _store.Resolve("a").Id;
        Assert.Contains("2 names (a:latest, b:latest)", Assert.Throws<ImageException>(() => _store.Remove(id)).Message);
        Assert.Equal(["a:latest"], _store.Remove("a").Untagged);
        Assert.Equal(id, _store.Resolve("b").Id);
        Assert.Single(_store.Remove(id, force: true).Untagged);
        AssertEmpty();
    }

    [Fact]
    public void DirectoriesAreUsedInPlaceAndTarballsOnce()
    {
        var tree = $"{_test.Path}/rootfs";
        Directory.CreateDirectory($"{tree}/bin");
        var inPlace = _store.Resolve(tree);
        Assert.Equal([tree], inPlace.LowerDirectories);
        Assert.Null(inPlace.LayersParent);
        Assert.False(Directory.Exists(_test.Root)); // nothing was made

        var tarball = $"{_test.Path}/image.tar";
        File.WriteAllBytes(tarball, Tar("one").ToArray());
        File.SetLastWriteTimeUtc(tarball, DateTime.UtcNow.AddDays(-1));
        var calls = 0;
        string Import(string path)
        {
            calls++;
            return _store.ImportTarball(path);
        }

        var first = _store.Resolve(tarball, Import);
        Assert.Equal(1, calls);
        Assert.Equal(first.LowerDirectories, _store.Resolve(tarball, Import).LowerDirectories);
        Assert.Equal(1, calls);
        Assert.Null(Assert.Single(_store.List()).Repository);
        Assert.Empty(_store.Collect().DeletedLayers); // still known by its tarball

        File.WriteAllBytes(tarball, Tar("two").ToArray());
        File.SetLastWriteTimeUtc(tarball, DateTime.UtcNow.AddDays(-2));
        Assert.NotEqual(first.Id, _store.Resolve(tarball).Id);
        Assert.Equal(first.LayerIds, _store.Collect().DeletedLayers);
        Assert.Single(_store.Remove(_store.Resolve(tarball).Id).DeletedLayers);
        AssertEmpty();
    }

    [Fact]
    public void AJustWrittenTarballIsNotTrustedToStayTheSame()
    {
        var tarball = $"{_test.Path}/image.tar";
        File.WriteAllBytes(tarball, Tar("one").ToArray());
        File.SetLastWriteTimeUtc(tarball, DateTime.UtcNow.AddSeconds(5));
        _store.Resolve(tarball);
        Assert.Empty(Directory.GetFiles($"{_test.Root}/images/cache"));
    }

    [Fact]
    public void NameOrPathIsToldApart()
    {
        _store.Import(Tar("one"), "t", ImageReference.Parse("busybox"));
        var before = Environment.CurrentDirectory;
        Directory.CreateDirectory($"{_test.Path}/cwd/busybox");
        Directory.CreateDirectory($"{_test.Path}/cwd/sub/Dir");
        Directory.CreateDirectory($"{_test.Path}/cwd/Other");
        try
        {
            Environment.CurrentDirectory = $"{_test.Path}/cwd";
            Assert.NotNull(_store.Resolve("busybox").LayersParent); // the image before the directory
            Assert.Null(_store.Resolve("./busybox").LayersParent);
            Assert.Equal([$"{_test.Path}/cwd/sub/Dir"], _store.Resolve("sub/Dir").LowerDirectories);
            Assert.Equal([$"{_test.Path}/cwd/Other"], _store.Resolve("Other").LowerDirectories);
            Assert.Equal([$"{_test.Path}/cwd"], _store.Resolve(".").LowerDirectories);
            Assert.Contains("mydocker import FILE nope:latest", Assert.ThrowsAny<ImageException>(() => _store.Resolve("nope")).Message);
            Assert.Contains("lower case", Assert.ThrowsAny<ImageException>(() => _store.Resolve("Nope")).Message);
            Assert.Contains("ENOENT", Assert.ThrowsAny<ImageException>(() => _store.Resolve("./nope")).Message);
            Assert.Contains("neither a directory nor a file", Assert.ThrowsAny<ImageException>(() => _store.Resolve("/dev/null")).Message);
            Assert.Contains("no such image", Assert.ThrowsAny<ImageException>(() => _store.Remove("nope")).Message);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [Fact]
    public void OthersSeeNothingOfLayers()
    {
        _store.Import(new TarBuilder().File("bin/su", "x", 0x9ED).Stream(), "t", ImageReference.Parse("a"));
        var fs = _store.Resolve("a").LowerDirectories[0];
        Assert.Equal("4755 711 755", string.Join(' ', $"{Mode($"{fs}/bin/su")} {Mode(Path.GetDirectoryName(fs)!)} {Mode(fs)}"));
        Assert.Equal("700", Mode($"{_test.Root}/layers"));
        Assert.Equal("700", Mode($"{_test.Root}/blobs"));
        Assert.Equal("700", Mode($"{_test.Root}/images"));
        Assert.Equal("711", Mode(_test.Root));
        TestDirectory.Run("chmod", "0711", _test.Path);
        var seen = TestDirectory.Run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", $"test -e {_test.Root} && echo root; test -e {fs}/bin/su && echo su; ls {_test.Root}/layers 2>/dev/null; true");
        Assert.Equal("root\n", seen);
    }

    [Fact]
    public void ManyImportsAtOnceAndRemovalsBetween()
    {
        // Other processes are like other threads here: all exclusion is by flock on descriptors of their own.
        var used = new HashSet<string>();
        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var store = new ImageStore(_test.Root);
            var name = $"image-{i}";
            store.Import(Tar($"content {i % 3}"), "t", ImageReference.Parse(name));
            using (store.Hold())
            {
                Assert.True(Directory.Exists(store.Resolve(name).LowerDirectories[0]));
            }

            if (i % 2 == 0)
            {
                store.Remove(name, () => used);
            }
        });

        Assert.Equal(30, _store.List().Count);
        foreach (var summary in _store.List())
        {
            Assert.True(File.Exists($"{_store.Resolve($"{summary.Repository}:{summary.Tag}").LowerDirectories[0]}/file"));
        }

        foreach (var summary in _store.List())
        {
            _store.Remove($"{summary.Repository}:{summary.Tag}");
        }

        AssertEmpty();
    }

    [Fact]
    public async Task ARemovalWaitsForWhoHoldsTheLayers()
    {
        _store.Import(Tar("one"), "t", ImageReference.Parse("a"));
        var asked = new ManualResetEventSlim();
        var hold = _store.Hold();
        var removal = Task.Run(() => _store.Remove("a", () =>
        {
            asked.Set();
            return new HashSet<string>();
        }));
        Assert.False(asked.Wait(200));
        _store.Import(Tar("two"), "t", ImageReference.Parse("b")); // an import does not wait
        hold.Dispose();
        Assert.Single((await removal).DeletedLayers);
    }

    [Fact]
    public void WhatAKilledImportLeftIsSweptAndWhatALiveOneMakesIsNot()
    {
        _store.Import(Tar("one"), "t", ImageReference.Parse("a"));
        Directory.CreateDirectory($"{_test.Root}/layers/.tmp-dead/fs/some");
        File.WriteAllText($"{_test.Root}/layers/.tmp-dead/fs/some/file", "");
        using var layers = Files.Open($"{_test.Root}/layers", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        using (Staging.Make(layers))
        {
            var live = Directory.GetDirectories($"{_test.Root}/layers", ".tmp-*").Single(name => !name.EndsWith("dead", StringComparison.Ordinal));
            _store.Import(Tar("two"), "t", ImageReference.Parse("b"));
            Assert.Equal([live], Directory.GetDirectories($"{_test.Root}/layers", ".tmp-*"));
        }

        Assert.Empty(Directory.GetDirectories($"{_test.Root}/layers", ".tmp-*"));
    }

    [Fact]
    public void AnImportKilledAtAnyMomentLeavesAStoreThatWorks()
    {
        // This test's own program, run again as an importer of an archive that never ends.
        var fifo = $"{_test.Path}/fifo";
        TestDirectory.Run("mkfifo", fifo);
        using var victim = Process.Start(new ProcessStartInfo(Environment.ProcessPath!) { Environment = { ["MYDOCKER_TEST_IMPORT"] = $"{_test.Root} {fifo}" } })!;
        using (var pipe = File.OpenWrite(fifo))
        {
            pipe.Write(new TarBuilder().File("half", new string('x', 500_000)).Raw('0', "rest", "", new byte[300_000]).Bytes()[..700_000]);
            pipe.Flush();
            Assert.True(SpinWait.SpinUntil(() => Directory.Exists($"{_test.Root}/layers") && Directory.GetDirectories($"{_test.Root}/layers", ".tmp-*").Any(d => File.Exists($"{d}/fs/half")), 20_000));
            victim.Kill();
            victim.WaitForExit();
        }

        Assert.Single(Directory.GetDirectories($"{_test.Root}/layers"));
        Assert.Empty(_store.List());
        _store.Collect();
        AssertEmpty();
    }

    [Fact]
    public void AFullDiskIsSaidAndNothingStays()
    {
        Directory.CreateDirectory(_test.Root);
        TestDirectory.Run("mount", "-t", "tmpfs", "-o", "size=1m", "none", _test.Root);
        try
        {
            var noise = new byte[3 << 20];
            new Random(1).NextBytes(noise);
            var error = Assert.Throws<ImageException>(() => _store.Import(new TarBuilder().Raw('0', "big", "", noise).Stream(), "big.tar", ImageReference.Parse("a")));
            Assert.Contains("import 'big.tar': unpack 'big': ENOSPC", error.Message);
            Assert.Contains("free some space", error.Message);
            Assert.Empty(Directory.GetFileSystemEntries($"{_test.Root}/layers"));
            _store.Import(Tar("small"), "t", ImageReference.Parse("a"));
        }
        finally
        {
            TestDirectory.Run("umount", _test.Root);
        }
    }

    [Fact]
    public void ADamagedRecordHidesNoOtherImageAndDeletesNoLayer()
    {
        _store.Import(Tar("one"), "t", ImageReference.Parse("a"));
        _store.Import(Tar("two"), "t", ImageReference.Parse("b"));
        var record = $"{_test.Root}/images/records/{_store.List()[0].Digest[7..]}";
        File.WriteAllText(record, "mydocker-image 9\n");
        Assert.Single(_store.List());
        Assert.Contains("damaged, or of a newer version", Assert.Throws<ImageException>(() => _store.Resolve("a")).Message);
        Assert.Empty(_store.Collect().DeletedLayers);
        Assert.Single(_store.Remove("a").DeletedLayers);
        Assert.NotNull(_store.Resolve("b"));
    }

    private static MemoryStream Tar(string content) => new TarBuilder().Dir("bin").File("file", content).Stream();

    private static string Mode(string path)
    {
        Files.TryStat(path, out var stat);
        return Convert.ToString(stat.Permissions, 8);
    }

    private void AssertEmpty()
    {
        foreach (var directory in (string[])["layers", "blobs/sha256", "images/records", "images/names", "images/cache"])
        {
            Assert.Empty(Directory.GetFileSystemEntries($"{_test.Root}/{directory}"));
        }
    }

    public void Dispose() => _test.Dispose();
}
