using MyDocker.Engine.Options;

namespace MyDocker.Cli.Tests;

public sealed class MountTests
{
    [Theory]
    [InlineData("/a:/b", "bind", "/a", "/b", "rbind rprivate")]
    [InlineData("/a/../c/:/b/", "bind", "/c/", "/b", "rbind rprivate")]
    [InlineData("/a:/b:ro", "bind", "/a", "/b", "rbind ro rro rprivate")]
    [InlineData("/a:/b:rw,rslave,z", "bind", "/a", "/b", "rbind rslave")]
    [InlineData("data:/b", "volume", "data", "/b", "")]
    [InlineData("data:/b:ro,nocopy", "volume", "data", "/b", "ro nocopy")]
    [InlineData("/b", "volume", "", "/b", "")]
    public void VolumesAreRead(string text, string type, string source, string destination, string words)
        => Check(Parsed.With("-v", text), type, source, destination, words);

    [Fact]
    public void ARelativeSourceIsBelowTheWorkingDirectory()
        => Check(Parsed.With("-v", "./x:/b"), "bind", $"{Environment.CurrentDirectory}/x", "/b", "rbind rprivate");

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("/a:")]
    [InlineData("/a:b")]
    [InlineData("b")]
    [InlineData("/a:/")]
    [InlineData("/a:/b/../..")]
    [InlineData("/a:/b:rubbish")]
    [InlineData("data:/b:rslave")]
    [InlineData("da ta:/b")]
    [InlineData("/a:/b:ro:x")]
    public void WhatIsNoVolumeIsRefused(string text) => Assert.StartsWith($"invalid value \"{text}\" for -v, --volume: ", Parsed.Refused("-v", text));

    [Theory]
    [InlineData("type=bind,source=/a,target=/b", "bind", "/a", "/b", "rbind rprivate")]
    [InlineData("type=bind,src=/a,dst=/b,readonly", "bind", "/a", "/b", "rbind ro rro rprivate")]
    [InlineData("type=bind,src=/a,dst=/b,ro=false,bind-propagation=rshared", "bind", "/a", "/b", "rbind rshared")]
    [InlineData("type=bind,src=/a,dst=/b,bind-recursive=disabled", "bind", "/a", "/b", "bind rprivate")]
    [InlineData("type=bind,src=/a,dst=/b,ro,bind-recursive=writable", "bind", "/a", "/b", "rbind ro rprivate")]
    [InlineData("type=bind,\"src=/a,b\",dst=/b", "bind", "/a,b", "/b", "rbind rprivate")]
    [InlineData("type=volume,source=data,target=/b,volume-nocopy", "volume", "data", "/b", "nocopy")]
    [InlineData("target=/b", "volume", "", "/b", "")]
    [InlineData("type=tmpfs,target=/b,tmpfs-size=1m,tmpfs-mode=1777", "tmpfs", "tmpfs", "/b", "nosuid nodev noexec size=1048576 mode=1777")]
    public void MountsAreRead(string text, string type, string source, string destination, string words)
        => Check(Parsed.With("--mount", text), type, source, destination, words);

    [Theory]
    [InlineData("")]
    [InlineData("type=bind,source=/a")]
    [InlineData("type=bind,target=/b")]
    [InlineData("type=nfs,target=/b")]
    [InlineData("type=bind,source=/a,target=b")]
    [InlineData("type=bind,source=/a,target=/b,colour=red")]
    [InlineData("type=bind,source=/a,target=/b,tmpfs-size=1m")]
    [InlineData("type=tmpfs,source=/a,target=/b")]
    [InlineData("type=tmpfs,target=/b,tmpfs-size=x")]
    [InlineData("type=tmpfs,target=/b,tmpfs-mode=rwx")]
    [InlineData("type=bind,source=/a,target=/b,readonly=maybe")]
    [InlineData("type=bind,source=/a,target=/b,bind-recursive=readonly")]
    [InlineData("type=bind,\"source=/a,target=/b")]
    public void WhatIsNoMountIsRefused(string text) => Assert.StartsWith($"invalid value \"{text}\" for --mount: ", Parsed.Refused("--mount", text));

    [Theory]
    [InlineData("/tmp", "nosuid nodev noexec")]
    [InlineData("/tmp:size=64m,mode=1777,exec", "nosuid nodev noexec size=67108864 mode=1777 exec")]
    [InlineData("/tmp:size=50%", "nosuid nodev noexec size=50%")]
    public void TmpfsIsRead(string text, string words) => Check(Parsed.With("--tmpfs", text), "tmpfs", "tmpfs", "/tmp", words);

    [Theory]
    [InlineData("tmp")]
    [InlineData("/tmp:size=big")]
    [InlineData("/tmp:size=101%")]
    [InlineData("/tmp:mode=9")]
    [InlineData("/tmp:rubbish")]
    [InlineData("/tmp:ro,")]
    public void WhatIsNoTmpfsIsRefused(string text) => Assert.StartsWith($"invalid value \"{text}\" for --tmpfs: ", Parsed.Refused("--tmpfs", text));

    [Fact]
    public void OnePlaceTakesOneMount() => Assert.Contains("two mounts on /b", Parsed.Refused("-v", "/a:/b", "--tmpfs", "/b/"));

    [Theory]
    [InlineData("/dev/fuse", "/dev/fuse", "/dev/fuse", "rwm")]
    [InlineData("/dev/fuse:r", "/dev/fuse", "/dev/fuse", "r")]
    [InlineData("/dev/sda:/dev/xvda", "/dev/sda", "/dev/xvda", "rwm")]
    [InlineData("/dev/sda:/dev/xvda:rw", "/dev/sda", "/dev/xvda", "rw")]
    public void DevicesAreRead(string text, string host, string inside, string permissions)
        => Assert.Equal(new DeviceOption(host, inside, permissions), Assert.Single(Parsed.With("--device", text).Devices));

    [Theory]
    [InlineData("fuse")]
    [InlineData("/dev/a:b")]
    [InlineData("/dev/a:/b:x")]
    [InlineData("/dev/a:/b:rr")]
    [InlineData("/dev/a:/b:")]
    [InlineData("/dev/a:/b:r:w")]
    public void WhatIsNoDeviceIsRefused(string text) => Assert.StartsWith($"invalid value \"{text}\" for --device: ", Parsed.Refused("--device", text));

    private static void Check(RunOptions options, string type, string source, string destination, string words)
    {
        var mount = Assert.Single(options.Mounts);
        Assert.Equal((type, source, destination, words), (mount.Type, mount.Source, mount.Destination, string.Join(' ', mount.Options)));
    }
}
