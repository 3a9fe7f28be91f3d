using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Tests.Plan;

public sealed class ProcessEnvironmentTests
{
    [Theory]
    [InlineData(new[] { "A=1", "HOME=/h" }, "/x", new[] { "A=1", "HOME=/h" })]
    [InlineData(new[] { "A=1" }, "/x", new[] { "A=1", "HOME=/x" })]
    [InlineData(new[] { "HOME=", "A=1" }, "/x", new[] { "A=1", "HOME=/x" })]
    [InlineData(new[] { "A=1", "B=2", "A=3" }, "/x", new[] { "B=2", "A=3", "HOME=/x" })]
    [InlineData(new[] { "HOME=" }, null, new[] { "HOME=" })]
    public void The_last_of_a_name_counts_and_HOME_is_there(string[] given, string? home, string[] expected)
        => Assert.Equal(expected, ProcessEnvironment.Of(given, home));

    [Fact]
    public void An_environment_that_needs_nothing_is_not_copied()
    {
        string[] given = ["A=1", "HOME=/h"];
        Assert.Same(given, ProcessEnvironment.Of(given, null));
    }

    [Theory]
    [InlineData("joe:x:7:7::/home/joe:/bin/sh", "/home/joe")]
    [InlineData("bad line\n\nx:y\njoe:x:7:7::/h:", "/h")]
    [InlineData("joe:x:7:7::/h", "/h")]
    [InlineData("joe:x:7:7::", "/")]
    [InlineData("joe:x:-7:7::/h:", "/")]
    [InlineData("a:x:7:7::/first:\nb:x:7:7::/second:", "/first")]
    [InlineData("", "/")]
    public void A_home_is_in_the_sixth_field(string passwd, string home) => Assert.Equal(home, HomeDirectory.Parse(passwd, 7));

    [Fact]
    public void What_is_mounted_over_the_file_is_what_counts()
    {
        var root = Directory.CreateTempSubdirectory("mydocker-home-").FullName;
        try
        {
            Directory.CreateDirectory($"{root}/rootfs/etc");
            Directory.CreateDirectory($"{root}/other");
            File.WriteAllText($"{root}/rootfs/etc/passwd", "a:x:7:7::/image:");
            File.WriteAllText($"{root}/other/passwd", "a:x:7:7::/bound:");
            string Find(params MountSpec[] mounts) => HomeDirectory.Find(new RuntimeSpec { Mounts = [.. mounts] }, $"{root}/rootfs", 7);
            Assert.Equal("/image", Find());
            Assert.Equal("/image", Find(new MountSpec { Destination = "/etc/passwd2", Type = "tmpfs" }));
            Assert.Equal("/bound", Find(new MountSpec { Destination = "/etc/passwd", Type = "bind", Source = $"{root}/other/passwd" }));
            Assert.Equal("/bound", Find(new MountSpec { Destination = "/etc/", Source = $"{root}/other", Options = ["rbind"] }));
            Assert.Equal("/", Find(new MountSpec { Destination = "/etc", Type = "tmpfs" }));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void A_link_in_the_image_leads_nowhere_outside()
    {
        var root = Directory.CreateTempSubdirectory("mydocker-home-").FullName;
        try
        {
            Directory.CreateDirectory($"{root}/rootfs/etc");
            File.WriteAllText($"{root}/outside", "a:x:7:7::/outside:");
            File.CreateSymbolicLink($"{root}/rootfs/etc/passwd", $"{root}/outside");
            Assert.Equal("/", HomeDirectory.Find(new RuntimeSpec(), $"{root}/rootfs", 7));
            File.Delete($"{root}/rootfs/etc/passwd");
            File.CreateSymbolicLink($"{root}/rootfs/etc/passwd", "/dev/zero");
            Assert.Equal("/", HomeDirectory.Find(new RuntimeSpec(), $"{root}/rootfs", 7));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
