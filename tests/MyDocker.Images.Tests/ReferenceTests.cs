using CsCheck;
using MyDocker.Images.References;
using MyDocker.Images.Store;

namespace MyDocker.Images.Tests;

public sealed class ReferenceTests
{
    [Theory]
    [InlineData("centos", "docker.io/library/centos:latest", "centos:latest")]
    [InlineData("centos:7", "docker.io/library/centos:7", "centos:7")]
    [InlineData("a/b:c", "docker.io/a/b:c", "a/b:c")]
    [InlineData("docker.io/centos", "docker.io/library/centos:latest", "centos:latest")]
    [InlineData("index.docker.io/library/centos", "docker.io/library/centos:latest", "centos:latest")]
    [InlineData("quay.io/centos/centos:stream9", "quay.io/centos/centos:stream9", "quay.io/centos/centos:stream9")]
    [InlineData("localhost/x", "localhost/x:latest", "localhost/x:latest")]
    [InlineData("localhost:5000/x", "localhost:5000/x:latest", "localhost:5000/x:latest")]
    [InlineData("[::1]:5000/x:1", "[::1]:5000/x:1", "[::1]:5000/x:1")]
    [InlineData("a--b/c__d.e-f:T_1.x", "docker.io/a--b/c__d.e-f:T_1.x", "a--b/c__d.e-f:T_1.x")]
    [InlineData("Host/x", "Host/x:latest", "Host/x:latest")]
    public void Normalised(string text, string canonical, string familiar)
    {
        var reference = ImageReference.Parse(text);
        Assert.Equal(canonical, reference.Canonical);
        Assert.Equal(familiar, reference.Familiar);
    }

    [Fact]
    public void ADigestStandsForATag()
    {
        var digest = $"sha256:{new string('a', 64)}";
        var reference = ImageReference.Parse($"centos@{digest}");
        Assert.Null(reference.Tag);
        Assert.Equal($"docker.io/library/centos@{digest}", reference.Canonical);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("Centos", "lower case; try 'centos'")]
    [InlineData("a/Bc", "lower case")]
    [InlineData(":7", "nothing before")]
    [InlineData("a:", "tag")]
    [InlineData("a:-x", "must not begin with '-'")]
    [InlineData("a:b c", "letters, digits")]
    [InlineData("a//b", "empty part")]
    [InlineData("a/", "empty part")]
    [InlineData("../etc", "host name")]
    [InlineData("a/../b", "may hold")]
    [InlineData("-a", "may hold")]
    [InlineData("a.", "may hold")]
    [InlineData("a___b", "may hold")]
    [InlineData("a._b", "may hold")]
    [InlineData("host:port/x", "must be a number")]
    [InlineData("a@sha256:12", "64 lower-case")]
    [InlineData("a@md5:12", "64 lower-case")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "image id")]
    public void RefusedWithAReason(string text, string reason)
        => Assert.Contains(reason, Assert.Throws<ImageException>(() => ImageReference.Parse(text)).Message);

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static readonly Gen<string> _part = Gen.Select(Gen.String[Gen.Char["abcxyz019"], 1, 8], OneOf("", ".", "_", "__", "-", "----"), Gen.String[Gen.Char["abcxyz019"], 1, 8], (a, s, b) => a + s + b);
    private static readonly Gen<string> _host = OneOf("", "localhost/", "localhost:5000/", "quay.io/", "docker.io/", "a-b.example.org:443/", "[fe80::1]/");
    private static readonly Gen<string> _tag = Gen.Select(Gen.Char["abZ09_"], Gen.String[Gen.Char["abZ09_.-"], 0, 20], (a, b) => a + b);

    [Fact]
    public void WhatIsWrittenIsReadBack()
        => Gen.Select(_host, _part.Array[1, 4], Gen.OneOf(Gen.Const(""), _tag.Select(t => $":{t}"))).Sample((host, parts, tag) =>
        {
            var reference = ImageReference.Parse($"{host}{string.Join('/', parts)}{tag}");
            Assert.Equal(reference, ImageReference.Parse(reference.Canonical));
            Assert.Equal(reference, ImageReference.Parse(reference.Familiar));
            var file = StorePaths.Encode(reference);
            Assert.DoesNotContain('/', file);
            Assert.False(file.StartsWith('.'));
            Assert.Equal(reference, ImageReference.Parse(StorePaths.Decode(file)!));
        });

    [Fact]
    public void AnyTextIsReadOrRefusedAndNeverBecomesAPath()
        => Gen.String[Gen.Char["ab./:@-_+=% \0\nAZ09é\u001b[]"], 0, 40].Sample(text =>
        {
            if (ImageReference.TryParse(text, out var reference, out var reason))
            {
                var file = StorePaths.Encode(reference!);
                Assert.False(file.Contains('/') || file.StartsWith('.') || file.Contains('\0') || file.Contains('+') && !text.Contains('/') && reference!.Domain != "docker.io");
            }
            else
            {
                Assert.NotEmpty(reason!);
            }
        }, iter: 20_000);
}
