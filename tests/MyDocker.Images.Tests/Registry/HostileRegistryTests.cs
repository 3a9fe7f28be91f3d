using System.Net;
using System.Text;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Registry;

namespace MyDocker.Images.Tests.Registry;

/// <summary>A registry that refuses, stumbles, or lies.</summary>
public sealed class HostileRegistryTests : RegistryTest
{
    private const string Gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string IndexType = "application/vnd.oci.image.index.v1+json";

    private readonly ScriptedRegistry _registry = new();

    private string Name => $"{_registry.Host}/a:1";

    private static byte[] Layer(string content = "x") => ScriptedRegistry.Gzip(new TarBuilder().File("f", content).Bytes());

    [Fact]
    public void AnHonestOneIsTrusted()
    {
        _registry.AddImage("1", Gzip, Layer());
        Pull(Name);
        Assert.Equal("x", File.ReadAllText($"{Store.Resolve(Name).LowerDirectories[0]}/f"));
        _registry.Dispose();
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public void PassingTroubleIsWaitedFor(int status)
    {
        _registry.AddImage("1", Gzip, Layer());
        var troubles = 4;
        _registry.Script = context =>
        {
            if (context.Request.Url!.AbsolutePath == "/v2/" || Interlocked.Decrement(ref troubles) < 0)
            {
                return false;
            }

            ScriptedRegistry.Answer(context, status, "busy", ("Retry-After", "0"));
            return true;
        };
        Pull(Name);
        Assert.Equal(4, Log.Count(text => text.Contains($"{status}") && text.Contains("trying again")));
    }

    [Fact]
    public void ARegistryThatAsksToWaitIsObeyedAndOneThatAsksTooMuchIsNot()
    {
        _registry.AddImage("1", Gzip, Layer());
        var asked = 0;
        _registry.Script = context =>
        {
            if (context.Request.Url!.AbsolutePath == "/v2/" || Interlocked.Increment(ref asked) > 1)
            {
                return false;
            }

            ScriptedRegistry.Answer(context, 429, "", ("Retry-After", "1"));
            return true;
        };
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Pull(Name);
        Assert.True(clock.ElapsedMilliseconds >= 950);
        _registry.Script = context =>
        {
            ScriptedRegistry.Answer(context, 429, "", ("Retry-After", "3600"));
            return true;
        };
        Assert.Contains("asks to wait 3600 s", Fails(Name));
    }

    [Fact]
    public void TokensAreFetchedForWhatIsDoneAndNothingElse()
    {
        _registry.AddImage("1", Gzip, Layer());
        _registry.Script = context =>
        {
            if (context.Request.Url!.AbsolutePath == "/token")
            {
                var wanted = Convert.ToBase64String(Encoding.UTF8.GetBytes("me:secret"));
                var isMe = context.Request.Headers["Authorization"] == $"Basic {wanted}";
                ScriptedRegistry.Answer(context, isMe ? 200 : 401, isMe ? """{"token":"good"}""" : "{}");
                return true;
            }

            if (context.Request.Headers["Authorization"] == "Bearer good")
            {
                return false;
            }

            ScriptedRegistry.Answer(context, 401, "{}", ("WWW-Authenticate", $"Bearer realm=\"http://{_registry.Host}/token\",service=\"a, b\",scope=\"x\""));
            return true;
        };
        Assert.Contains("get a token", Fails(Name));
        Logins.Store(_registry.Host, new Login("me", "secret", null));
        Pull(Name);
        Assert.Contains(_registry.Requests, request => request.StartsWith("GET /token?service=a%2C%20b&account=me&scope=repository%3Aa%3Apull", StringComparison.Ordinal));
    }

    [Fact]
    public void CredentialsAndTokensStayWithTheirHost()
    {
        using var other = new ScriptedRegistry();
        var layer = Layer();
        _registry.AddImage("1", Gzip, layer);
        other.Add(layer, "application/octet-stream");
        Logins.Store(_registry.Host, new Login("me", "secret", null));
        _registry.Script = context =>
        {
            if (context.Request.Headers["Authorization"] is null)
            {
                ScriptedRegistry.Answer(context, 401, "{}", ("WWW-Authenticate", "Basic realm=\"x\""));
                return true;
            }

            if (!context.Request.Url!.AbsolutePath.EndsWith(ScriptedRegistry.DigestOf(layer), StringComparison.Ordinal))
            {
                return false;
            }

            ScriptedRegistry.Answer(context, 307, "", ("Location", $"http://{other.Host}/storage/{ScriptedRegistry.DigestOf(layer)}"));
            return true;
        };
        Pull(Name);
        Assert.Single(other.Requests);
        Assert.DoesNotContain(other.Requests, request => request.Contains("Basic") || request.Contains("Bearer"));

        // Where we are sent wants to know who we are: it does not learn it.
        other.Script = context =>
        {
            ScriptedRegistry.Answer(context, 401, "{}", ("WWW-Authenticate", "Basic realm=\"give me\""));
            return true;
        };
        Assert.Contains("401", Assert.Throws<ImageException>(() => Pull(Name, root: $"{Test.Path}/again")).Message);
        Assert.DoesNotContain(other.Requests, request => request.Contains("Basic"));
    }

    [Fact]
    public void AForeignLayersUrlIsNeverFollowed()
    {
        using var other = new ScriptedRegistry();
        var layer = Layer();
        var digest = other.Add(layer, "application/octet-stream");
        _registry.AddImage("1", $$"""{"mediaType":"{{Gzip}}","digest":"{{digest}}","size":{{layer.Length}},"urls":["http://{{other.Host}}/v2/x/blobs/{{digest}}"]}""", $"\"{digest}\"");
        Assert.Contains("404", Fails(Name));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public void RedirectsEndSomewhere()
    {
        _registry.AddImage("1", Gzip, Layer());
        _registry.Script = context =>
        {
            if (context.Request.Url!.AbsolutePath == "/v2/")
            {
                return false;
            }

            ScriptedRegistry.Answer(context, 302, "", ("Location", context.Request.Url.AbsolutePath));
            return true;
        };
        Assert.Contains("more than 10 redirects", Fails(Name));
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("short")]
    [InlineData("oversized")]
    [InlineData("endless")]
    [InlineData("wrong")]
    public void ABlobThatIsNotWhatItShouldBeIsRefused(string how)
    {
        var layer = Layer(Convert.ToBase64String(new byte[100_000].Select((_, i) => (byte)(i * 7)).ToArray()));
        _registry.AddImage("1", Gzip, layer);
        _registry.Script = context =>
        {
            if (!context.Request.Url!.AbsolutePath.EndsWith(ScriptedRegistry.DigestOf(layer), StringComparison.Ordinal))
            {
                return false;
            }

            var response = context.Response;
            byte[] bytes = how switch
            {
                "short" or "truncated" => layer[..10],
                "oversized" or "endless" => [.. layer, .. new byte[1000]],
                _ => [.. layer[..^1], (byte)(layer[^1] ^ 1)],
            };
            response.SendChunked = how == "endless" || how == "short";
            if (!response.SendChunked)
            {
                response.ContentLength64 = how == "truncated" ? layer.Length : bytes.Length;
            }

            response.OutputStream.Write(bytes);
            if (how == "truncated")
            {
                response.Abort();
            }
            else
            {
                response.Close();
            }

            return true;
        };
        var message = Fails(Name);
        Assert.Contains(how switch { "truncated" => "broke off after", "short" => "ends after", "oversized" => "sends", "endless" => "sends more than", _ => "another digest" }, message);
        Assert.Empty(Store.List());
        Assert.Empty(Directory.GetFileSystemEntries($"{Test.Root}/layers"));
        Assert.All(Directory.GetFiles($"{Test.Root}/blobs/partial"), path => Assert.True(new FileInfo(path).Length < layer.Length));
    }

    [Fact]
    public void AManifestOfAnotherDigestIsRefused()
    {
        var digest = _registry.AddImage("1", Gzip, Layer());
        _registry.Content[digest] = (Encoding.UTF8.GetBytes("""{"schemaVersion":2,"layers":[],"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1}}"""), ManifestType);
        Assert.Contains("was asked for", Fails($"{_registry.Host}/a@{digest}"));
    }

    public static TheoryData<string, string, string> BadManifests { get; } = new()
    {
        { "{}", ManifestType, "schemaVersion" },
        { "[]", ManifestType, "object" },
        { "nonsense", ManifestType, "JSON" },
        { """{"schemaVersion":1,"fsLayers":[]}""", "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1" },
        { """{"schemaVersion":2,"manifests":[],"layers":[]}""", IndexType, "CVE-2021-41190" },
        { """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","layers":[],"config":{}}""", ManifestType, "fields of a manifest" },
        { """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],"config":{"mediaType":"a","digest":"b","size":1}}""", IndexType, "was sent as" },
        { """{"schemaVersion":2,"layers":[],"config":{"mediaType":"a","digest":"../../../etc/passwd","size":1}}""", ManifestType, "64 lower-case" },
        { """{"schemaVersion":2,"layers":[],"config":{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":-1}}""", ManifestType, "size -1" },
        { """{"schemaVersion":2,"layers":[],"config":{"mediaType":"application/vnd.acme.rocket.config","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":2}}""", ManifestType, "artifact of type" },
        { """{"schemaVersion":2,"schemaVersion":2,"layers":[],"config":null}""", ManifestType, "JSON" },
        { """{"schemaVersion":2,"layers":[null],"config":{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":2}}""", ManifestType, "null" },
        { "{\"schemaVersion\":2,\"layers\":[],\"config\":" + string.Concat(Enumerable.Repeat("{\"a\":", 500)) + "1" + new string('}', 500) + "}", ManifestType, "JSON" },
        { "{\"schemaVersion\":2,\"x\":\"" + new string('y', 5_000_000) + "\"}", ManifestType, "limit" },
        { "{\"schemaVersion\":2,\"manifests\":[]}", IndexType, "none with a platform" },
    };

    [Theory]
    [MemberData(nameof(BadManifests))]
    public void BadManifestsAreRefusedByName(string manifest, string type, string expected)
    {
        _registry.Content["1"] = (Encoding.UTF8.GetBytes(manifest), type);
        Assert.Contains(expected, Fails(Name));
        Assert.True(!Directory.Exists($"{Test.Root}/images/names") || Directory.GetFileSystemEntries($"{Test.Root}/images/names").Length == 0);
    }

    [Fact]
    public void TooManyLayersAndTooDeepIndexesAreRefused()
    {
        var one = $$"""{"mediaType":"{{Gzip}}","digest":"sha256:{{new string('0', 64)}}","size":1}""";
        _registry.AddImage("1", string.Join(',', Enumerable.Repeat(one, 501)), "");
        Assert.Contains("the limit is 500", Fails(Name));

        var digest = _registry.AddImage("inner", Gzip, Layer());
        for (var depth = 0; depth < 6; depth++)
        {
            var (inner, innerType) = _registry.Content[digest];
            digest = _registry.AddManifest("1", Encoding.UTF8.GetBytes($$$"""{"schemaVersion":2,"mediaType":"{{{IndexType}}}","manifests":[{"mediaType":"{{{innerType}}}","digest":"{{{digest}}}","size":{{{inner.Length}}},"platform":{"os":"linux","architecture":"{{{Platforms.Host.Architecture}}}"}}]}"""), IndexType);
        }

        Assert.Contains("the limit is 4", Fails(Name));
    }

    [Fact]
    public void ThePlatformIsChosenAndCheckedAndNamedWhenItIsMissing()
    {
        var ours = _registry.AddImage("x", $$"""{"mediaType":"{{Gzip}}","digest":"{{_registry.Add(Layer("amd"), "x")}}","size":{{Layer("amd").Length}}}""", $"\"{ScriptedRegistry.DigestOf(new TarBuilder().File("f", "amd").Bytes())}\"", "amd64");
        var arm = _registry.AddImage("y", $$"""{"mediaType":"{{Gzip}}","digest":"{{_registry.Add(Layer("arm"), "x")}}","size":{{Layer("arm").Length}}}""", $"\"{ScriptedRegistry.DigestOf(new TarBuilder().File("f", "arm").Bytes())}\"", "arm64");
        string Entry(string digest, string architecture) => $$$"""{"mediaType":"{{{ManifestType}}}","digest":"{{{digest}}}","size":{{{_registry.Content[digest].Bytes.Length}}},"platform":{"os":"linux","architecture":"{{{architecture}}}"}}""";
        var index = _registry.AddManifest("1", Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[{{Entry(arm, "arm64")}},{{Entry(ours, "amd64")}}]}"""), IndexType);
        var request = new PullRequest(ImageReference.Parse(Name));
        Assert.Equal(index, Images().Pull(request with { Platform = Platforms.Parse("amd64") }).Digest);
        Assert.Equal("amd", File.ReadAllText($"{Store.Resolve(Name).LowerDirectories[0]}/f"));
        Assert.Equal(Store.Resolve(Name).Id, Store.Resolve($"{_registry.Host}/a@{index}").Id);
        Images().Pull(request with { Platform = Platforms.Parse("linux/arm64/v8") });
        Assert.Equal("arm", File.ReadAllText($"{Store.Resolve(Name).LowerDirectories[0]}/f"));
        var message = Assert.Throws<ImageException>(() => Images().Pull(request with { Platform = Platforms.Parse("linux/s390x") })).Message;
        Assert.Contains("none for linux/s390x; there are linux/arm64, linux/amd64", message);

        // One manifest without an index: for another platform than was asked for.
        _registry.Content["1"] = _registry.Content[arm];
        Assert.Contains("linux/amd64 was asked for", Assert.Throws<ImageException>(() => Images().Pull(request with { Platform = Platforms.Parse("linux/amd64") })).Message);
    }

    [Fact]
    public void ALayerOfAnotherTypeOrDiffIdIsRefused()
    {
        var plain = new TarBuilder().File("f", "x").Bytes();
        _registry.AddImage("1", Gzip, plain);
        Assert.Contains("its type says gzip, and it is a plain tar archive", Fails(Name));

        var layer = Layer();
        _registry.AddImage("1", $$"""{"mediaType":"{{Gzip}}","digest":"{{_registry.Add(layer, "x")}}","size":{{layer.Length}}}""", $"\"sha256:{new string('1', 64)}\"");
        Assert.Contains("and the configuration says", Fails(Name));

        _registry.AddImage("1", $$"""{"mediaType":"application/x-rocket","digest":"{{_registry.Add(layer, "x")}}","size":{{layer.Length}}}""", "\"x\"");
        Assert.Contains("not a layer of files", Fails(Name));
        Assert.Empty(Store.List());
    }

    [Fact]
    public void ALayerWhoseMembersLeadOutIsRefusedOrStaysInside()
    {
        var evil = new TarBuilder().Symlink("out", Test.Canary).File("out/file", "changed").File("../../../../canary/file", "changed").File("/canary/file", "x").Bytes();
        _registry.AddImage("1", Gzip, ScriptedRegistry.Gzip(evil));
        try
        {
            Pull(Name);
        }
        catch (ImageException)
        {
            // either is fine; Dispose looks after the canary
        }

        Test.AssertCanaryUntouched();
    }

    [Fact]
    public void AManifestThatLiesAboutASizeCostsNoOtherImageItsBlob()
    {
        var layer = Layer();
        _registry.AddImage("1", Gzip, layer);
        Pull(Name);
        var path = $"{Test.Root}/blobs/sha256/{ScriptedRegistry.DigestOf(layer)[7..]}";
        _registry.AddImage("2", $$"""{"mediaType":"{{Gzip}}","digest":"{{ScriptedRegistry.DigestOf(layer)}}","size":{{layer.Length + 1}}}""", $"\"{ScriptedRegistry.DigestOf(new TarBuilder().File("f", "x").Bytes())}\"");
        Assert.Contains($"and it has {layer.Length}", Fails($"{_registry.Host}/a:2"));
        Assert.True(File.Exists(path));

        // Cut off, as by a loss of power: fetched again.
        File.WriteAllBytes(path, layer[..10]);
        Pull(Name);
        Assert.Equal(layer, File.ReadAllBytes(path));
    }

    [Fact]
    public void AServerThatKnowsNoRangesSendsTheWholeAgain()
    {
        var layer = Layer(Convert.ToBase64String(new byte[300_000].Select((_, i) => (byte)(i * i)).ToArray()));
        _registry.AddImage("1", Gzip, layer);
        var isFirst = 1;
        _registry.Script = context =>
        {
            if (!context.Request.Url!.AbsolutePath.EndsWith(ScriptedRegistry.DigestOf(layer), StringComparison.Ordinal))
            {
                return false;
            }

            context.Response.ContentLength64 = layer.Length;
            var cut = Interlocked.Exchange(ref isFirst, 0) == 1;
            context.Response.OutputStream.Write(layer, 0, cut ? layer.Length / 2 : layer.Length);
            if (cut)
            {
                context.Response.OutputStream.Flush();
                Thread.Sleep(100);
                context.Response.Abort();
            }
            else
            {
                context.Response.Close();
            }

            return true;
        };
        Pull(Name);
        Assert.Contains(Log, text => text.Contains("trying again"));
    }
}
