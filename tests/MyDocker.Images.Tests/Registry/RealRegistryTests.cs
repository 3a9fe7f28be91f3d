using System.Diagnostics;
using MyDocker.Images.References;
using MyDocker.Images.Registry;

namespace MyDocker.Images.Tests.Registry;

/// <summary>Against the reference registry, with skopeo as the other client.</summary>
public sealed class RealRegistryTests : RegistryTest
{
    [Theory]
    [InlineData("gzip -nc", "")]
    [InlineData("zstd -qc", "")]
    [InlineData("cat", "")]
    [InlineData("gzip -nc", "--format v2s2")]
    public void WhatSkopeoPushesIsPulledExactly(string compressor, string arguments)
    {
        using var server = new RegistryServer();
        var layers = Layers();
        PushBySkopeo($"{server.Host}/a/b:1", layers, compressor, arguments);
        var pulled = Pull($"{server.Host}/a/b:1");
        Assert.True(pulled.IsNew);
        Assert.False(Pull($"{server.Host}/a/b:1").IsNew);
        var digest = TestDirectory.Run("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", $"docker://{server.Host}/a/b:1").Trim();
        Assert.Equal(digest, pulled.Digest);

        var image = Store.Resolve($"{server.Host}/a/b:1");
        Assert.Equal(layers.Select(Hex).Reverse(), image.LayerIds);
        Assert.Equal(image.LowerDirectories, Store.Resolve($"{server.Host}/a/b@{digest}").LowerDirectories);
        Assert.Equal(["A=b"], image.Config.Config!.Env!);
        Assert.Empty(Leftovers());
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        // As importing each layer by itself, which is compared with tar elsewhere.
        foreach (var (layer, directory) in layers.Reverse().Zip(image.LowerDirectories))
        {
            var other = new MyDocker.Images.Store.ImageStore($"{Test.Path}/other");
            other.Import(new MemoryStream(layer), "layer", ImageReference.Parse("layer"));
            Assert.Equal(TestDirectory.Snapshot(other.Resolve("layer").LowerDirectories[0], rootTime: false), TestDirectory.Snapshot(directory, rootTime: false));
        }
    }

    [Fact]
    public void WhatIsPulledIsPushedAndSavedWithItsDigest()
    {
        using var server = new RegistryServer();
        PushBySkopeo($"{server.Host}/a:1", Layers());
        var digest = Pull($"{server.Host}/a:1").Digest;
        Store.Tag($"{server.Host}/a:1", ImageReference.Parse($"{server.Host}/b/c:2"));
        var events = new System.Collections.Concurrent.ConcurrentBag<TransferEvent>();
        Assert.Equal(digest, Images().Push(ImageReference.Parse($"{server.Host}/b/c:2"), events.Add).Digest);
        Assert.Equal(3, events.Count(e => e.Phase == TransferPhase.Mounted)); // the registry had them in another repository
        Assert.Equal(digest, TestDirectory.Run("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", $"docker://{server.Host}/b/c:2").Trim());

        using (var file = File.Create($"{Test.Path}/a.tar"))
        {
            Store.Save([$"{server.Host}/a:1"], file);
        }

        TestDirectory.Run("skopeo", "copy", "-q", $"oci-archive:{Test.Path}/a.tar:1", $"dir:{Test.Path}/dir");
        Assert.Equal(digest[7..], TestDirectory.Run("sha256sum", $"{Test.Path}/dir/manifest.json")[..64]);
        TestDirectory.Run("skopeo", "copy", "-q", $"docker-archive:{Test.Path}/a.tar:{server.Host}/a:1", $"dir:{Test.Path}/dir2");
    }

    [Fact]
    public void AnImportedImageIsPushedAndSkopeoTakesIt()
    {
        using var server = new RegistryServer();
        var digests = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            // Two hosts that import the same make the same blobs.
            var root = $"{Test.Path}/host{i}";
            var store = new MyDocker.Images.Store.ImageStore(root);
            var made = store.Import(new TarBuilder().Dir("etc").File("etc/f", "hello", mtime: 77).Stream(), "t", ImageReference.Parse($"{server.Host}/imported:{i}"));
            Images(root: root).Push(ImageReference.Parse($"{server.Host}/imported:{i}"));
            digests.Add(System.Text.RegularExpressions.Regex.Match(TestDirectory.Run("skopeo", "inspect", "--tls-verify=false", "--raw", $"docker://{server.Host}/imported:{i}"), "\"layers\":.*\"digest\":\"([^\"]*)\"").Groups[1].Value);
            Assert.NotNull(made.Id);
        }

        Assert.StartsWith("sha256:", digests[0]);
        Assert.Equal(digests[0], digests[1]);
        TestDirectory.Run("skopeo", "copy", "-q", "--src-tls-verify=false", $"docker://{server.Host}/imported:1", $"dir:{Test.Path}/dir");
        var back = Pull($"{server.Host}/imported:0", root: $"{Test.Path}/third");
        var image = new MyDocker.Images.Store.ImageStore($"{Test.Path}/third").Resolve(back.Id);
        Assert.Equal("hello", File.ReadAllText($"{image.LowerDirectories[0]}/etc/f"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void APullGoesOnWhereTheConnectionBroke(int cuts)
    {
        using var server = new RegistryServer();
        var layers = Layers(2_000_000);
        PushBySkopeo($"{server.Host}/a:1", layers);
        var size = layers.Sum(layer => Compress(layer, "gzip -nc").Length);
        long[] points = [.. Enumerable.Range(1, cuts).Select(i => 300_000L * i)];

        // The first connections are the question for TLS and that for the manifest; blobs follow on more of them.
        using var proxy = new CuttingProxy(server.Port, [long.MaxValue, .. points, 40_000, 1]);
        Pull($"{proxy.Host}/a:1");
        Assert.Equal(0, proxy.CutsLeft);
        Assert.Contains(Log, text => text.Contains("broke off after") && text.Contains("trying again"));

        // What was on its way to us when the connection was reset has come in vain.
        Assert.True(proxy.Passed < size + ((cuts + 3) * 400_000), $"{proxy.Passed} bytes for {size}: what had come was fetched again");
        Assert.Empty(Leftovers());
        Assert.Equal(layers.Select(Hex).Reverse(), Store.Resolve($"{proxy.Host}/a:1").LayerIds);
    }

    [Fact]
    public void EightProcessesThatPullOneImageFetchEachLayerOnce()
    {
        using var server = new RegistryServer();
        var layers = Layers(1_000_000);
        PushBySkopeo($"{server.Host}/a:1", layers);
        var size = layers.Sum(layer => Compress(layer, "gzip -nc").Length);
        using var proxy = new CuttingProxy(server.Port);
        var processes = Enumerable.Range(0, 8).Select(_ => StartPull(Test.Root, $"{proxy.Host}/a:1")).ToList();
        foreach (var process in processes)
        {
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error);
            process.Dispose();
        }

        Assert.True(proxy.Passed < size + 200_000, $"{proxy.Passed} bytes for {size}");
        Assert.Equal(3, Store.Resolve($"{proxy.Host}/a:1").LayerIds.Count);
        Assert.Empty(Leftovers());
    }

    [Fact]
    public void APullThatIsKilledAtAnyMomentLeavesAStoreThatWorks()
    {
        using var server = new RegistryServer();
        PushBySkopeo($"{server.Host}/a:1", Layers(3_000_000));
        var whole = Stopwatch.StartNew();
        using (var first = StartPull($"{Test.Path}/timed", $"{server.Host}/a:1"))
        {
            first.WaitForExit();
        }

        var random = new Random(3);
        for (var round = 0; round < 12; round++)
        {
            using var process = StartPull(Test.Root, $"{server.Host}/a:1");
            Thread.Sleep((int)(whole.ElapsedMilliseconds * random.NextDouble()));
            process.Kill();
            process.WaitForExit();
            Store.Collect();
            if (Directory.Exists($"{Test.Root}/layers"))
            {
                Assert.Empty(Directory.GetFileSystemEntries($"{Test.Root}/layers", ".tmp-*"));
                Assert.Empty(Directory.GetFiles($"{Test.Root}/images/leases"));
            }
        }

        Pull($"{server.Host}/a:1");
        Assert.Empty(Leftovers());
        Assert.Equal(Layers(3_000_000).Select(Hex).Reverse(), Store.Resolve($"{server.Host}/a:1").LayerIds);
    }

    [Fact]
    public void WhatAKilledPullLeftIsNotFetchedAgain()
    {
        using var server = new RegistryServer();
        var layers = new[] { Layers(4_000_000)[0] };
        PushBySkopeo($"{server.Host}/a:1", layers);
        var blob = Compress(layers[0], "gzip -nc");
        Directory.CreateDirectory($"{Test.Root}/blobs/partial");
        File.WriteAllBytes($"{Test.Root}/blobs/partial/{Hex(blob)}", blob[..4_000_000]);
        using var proxy = new CuttingProxy(server.Port);
        Pull($"{proxy.Host}/a:1");
        Assert.True(proxy.Passed < blob.Length - 4_000_000 + 100_000, $"{proxy.Passed} bytes");

        // What is left may be damaged (a loss of power): then all of it is fetched again.
        var other = $"{Test.Path}/other";
        Directory.CreateDirectory($"{other}/blobs/partial");
        File.WriteAllBytes($"{other}/blobs/partial/{Hex(blob)}", new byte[1_000_000]);
        Pull($"{server.Host}/a:1", root: other);
        Assert.Contains(Log, text => text.Contains("does not fit the rest"));
        Assert.Empty(Leftovers(other));
    }

    [Fact]
    public void ACollectionLeavesARunningPullAlone()
    {
        using var server = new RegistryServer();
        PushBySkopeo($"{server.Host}/a:1", Layers(3_000_000));
        using var pull = StartPull(Test.Root, $"{server.Host}/a:1");
        var collections = 0;
        while (!pull.HasExited)
        {
            Store.Collect();
            collections++;
        }

        var error = pull.StandardError.ReadToEnd();
        Assert.True(pull.ExitCode == 0, error);
        Assert.True(collections > 3);
        Store.Collect();
        Assert.Equal(3, Store.Resolve($"{server.Host}/a:1").LayerIds.Count);
        Store.Save([$"{server.Host}/a:1"], Stream.Null);

        // Once nothing names it, all of it goes.
        Store.Remove($"{server.Host}/a:1");
        Assert.Empty(Directory.GetFiles($"{Test.Root}/blobs/sha256"));
        Assert.Empty(Directory.GetFileSystemEntries($"{Test.Root}/layers"));
        Assert.Empty(Directory.GetFileSystemEntries($"{Test.Root}/images/names"));
    }

    [Fact]
    public void PasswordsAreAskedForKeptAndForgotten()
    {
        using var server = new RegistryServer(password: true);
        Assert.Contains("mydocker login", Fails($"{server.Host}/a:1"));
        Assert.Contains("user or password is wrong", Assert.Throws<ImageException>(() => Images().Login(server.Host, RegistryServer.User, "wrong")).Message);
        Assert.False(File.Exists(Logins.Path));
        Images().Login(server.Host, RegistryServer.User, RegistryServer.Password);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Logins.Path));
        PushBySkopeo($"{server.Host}/a:1", Layers(), arguments: $"--dest-authfile {Logins.Path}"); // skopeo reads what we wrote
        Pull($"{server.Host}/a:1");
        Store.Tag($"{server.Host}/a:1", ImageReference.Parse($"{server.Host}/b:1"));
        Images().Push(ImageReference.Parse($"{server.Host}/b:1"));
        Assert.True(Images().Logout(server.Host));
        Assert.False(Images().Logout(server.Host));
        Assert.Contains("401", Fails($"{server.Host}/b:1"));
    }

    [Theory]
    [InlineData("credHelpers")]
    [InlineData("credsStore")]
    public void ACredentialHelperIsAsked(string key)
    {
        using var server = new RegistryServer(password: true);
        var helper = $"{Test.Path}/docker-credential-test";
        File.WriteAllText(helper, $$"""
            #!/bin/sh
            case $1 in
                get) [ -e {{Test.Path}}/secret ] || { echo "credentials not found in native keychain"; exit 1; }; cat {{Test.Path}}/secret ;;
                store) sed 's/.*"Username":"\([^"]*\)","Secret":"\([^"]*\)".*/{"Username":"\1","Secret":"\2"}/' > {{Test.Path}}/secret ;;
                erase) rm {{Test.Path}}/secret ;;
            esac
            """);
        File.SetUnixFileMode(helper, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.CreateDirectory($"{Test.Path}/docker");
        var helpers = key == "credsStore" ? "\"test\"" : $"{{ \"{server.Host}\": \"test\" }}";
        File.WriteAllText(Logins.Path, $"{{ \"{key}\": {helpers}, \"other\": {{ \"kept\": true }} }}");
        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", $"{Test.Path}:{path}");
        try
        {
            Assert.Contains("401", Fails($"{server.Host}/a:1"));
            Images().Login(server.Host, RegistryServer.User, RegistryServer.Password);
            Assert.Contains(RegistryServer.Password, File.ReadAllText($"{Test.Path}/secret"));
            Assert.Contains("404", Fails($"{server.Host}/a:1")); // in, and there is no such image
            Assert.True(Images().Logout(server.Host));
            Assert.DoesNotContain("auths", File.ReadAllText(Logins.Path));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    [Fact]
    public void TlsIsVerifiedUnlessTheRegistryIsMarkedInsecure()
    {
        using var server = new RegistryServer(tls: true);
        PushBySkopeo($"{server.Host}/a:1", Layers());
        var message = Assert.Throws<ImageException>(() => Pull($"{server.Host}/a:1", Settings(server.Host, new RegistryEntry()))).Message;
        Assert.Contains("certificate", message);
        Assert.Contains("\"insecure\"", message);
        Pull($"{server.Host}/a:1", Settings(server.Host, new RegistryEntry { Ca = server.Authority }));
        Pull($"{server.Host}/a:1", Settings(server.Host, new RegistryEntry { Insecure = true }), $"{Test.Path}/other");

        // The right authority and the wrong name.
        var local = Settings($"localhost:{server.Port}", new RegistryEntry { Ca = server.Authority });
        Assert.Contains("certificate", Assert.Throws<ImageException>(() => Pull($"localhost:{server.Port}/a:1", local)).Message);
    }

    [Fact]
    public void AMirrorIsAskedFirstAndItsRegistryWhereItHasNothing()
    {
        using var registry = new RegistryServer();
        using var mirror = new RegistryServer();
        PushBySkopeo($"{registry.Host}/a:1", Layers());
        var settings = new RegistrySettings { Registries = new() { [registry.Host] = new RegistryEntry { Insecure = true, Mirrors = [$"http://127.0.0.1:{RegistryServer.FreePort()}", $"http://{mirror.Host}"] } } };
        Pull($"{registry.Host}/a:1", settings);
        Assert.Equal(2, Log.Count(text => text.StartsWith("mirror ", StringComparison.Ordinal)));

        PushBySkopeo($"{mirror.Host}/only:1", Layers());
        Pull($"{registry.Host}/only:1", settings);
        Assert.Equal(3, Store.Resolve($"{registry.Host}/only:1").LayerIds.Count);
    }

    [Fact]
    public void TagsAndRepositoriesAreListed()
    {
        using var server = new RegistryServer();
        PushBySkopeo($"{server.Host}/team/web:1", Layers());
        PushBySkopeo($"{server.Host}/team/web:2", Layers());
        Assert.Equal(["1", "2"], Images().Tags(ImageReference.Parse($"{server.Host}/team/web")).Select(name => name.Tag).Order());
        Assert.Equal($"{server.Host}/team/web", Assert.Single(Images().Search($"{server.Host}/we", 25)).Name);
        Assert.Empty(Images().Search($"{server.Host}/db", 25));
        Assert.Contains("no repository", Assert.Throws<ImageException>(() => Images().Tags(ImageReference.Parse($"{server.Host}/none"))).Message);
        Assert.Contains("\"layers\"", System.Text.Encoding.UTF8.GetString(Images().Manifest(ImageReference.Parse($"{server.Host}/team/web:2"))));
    }

    [Fact]
    public void ABlobThatTheRegistryHasDamagedIsRefused()
    {
        using var server = new RegistryServer();
        var layers = Layers();
        PushBySkopeo($"{server.Host}/a:1", layers);
        var path = server.BlobPath(Hex(Compress(layers[1], "gzip -nc")));
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("has another digest; nothing of it was stored", Fails($"{server.Host}/a:1"));
        Assert.Empty(Store.List());
        Assert.False(File.Exists($"{Test.Root}/blobs/sha256/{Hex(Compress(layers[1], "gzip -nc"))}"));
    }
}
