using MyDocker.Kernel.Mounts;
using MyDocker.Runtime.Plan;
using static MyDocker.Kernel.Mounts.MountAttributes;

namespace MyDocker.Runtime.Tests.Plan;

public sealed class MountOptionsTests
{
    private const ulong All = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;
    private const ulong Times = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;

    /// <summary>The words of a new file system, and the attributes of its mount.</summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData("ro,rw", 0)]
    [InlineData("rw,ro,nosuid,nodev,noexec", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)]
    [InlineData("noatime", MOUNT_ATTR_NOATIME)]
    [InlineData("noatime,atime", 0)]
    [InlineData("noatime,strictatime", MOUNT_ATTR_STRICTATIME)]
    [InlineData("strictatime,nostrictatime,relatime", 0)]
    [InlineData("nodiratime,norelatime", MOUNT_ATTR_NODIRATIME)]
    [InlineData("nosymfollow,suid,dev,exec", MOUNT_ATTR_NOSYMFOLLOW)]
    public void ANewFileSystem(string words, ulong attributes)
        => Assert.Equal(attributes, MountOptions.Parse(words.Split(',', StringSplitOptions.RemoveEmptyEntries), "tmpfs").Set);

    /// <summary>As mount(8) --bind, and runc: no word keeps all, one word is the whole truth; times stay unless they are asked for.</summary>
    [Theory]
    [InlineData("bind", false, 0, 0)]
    [InlineData("bind,rprivate", false, 0, 0)]
    [InlineData("bind,ro", false, MOUNT_ATTR_RDONLY, All & ~MOUNT_ATTR_RDONLY)]
    [InlineData("bind,dev", false, 0, All)]
    [InlineData("bind,atime", false, 0, All)]
    [InlineData("bind,nodiratime", false, MOUNT_ATTR_NODIRATIME, All | Times)]
    [InlineData("bind,nosuid,noatime", false, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME, (All & ~MOUNT_ATTR_NOSUID) | Times)]
    [InlineData("bind,ro", true, MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSYMFOLLOW)]
    [InlineData("bind,remount,ro,exec", false, MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOEXEC)]
    public void ABind(string words, bool inUserNamespace, ulong set, ulong clear)
    {
        var options = MountOptions.Parse(words.Split(','), "none");

        Assert.True(options.IsBind);
        Assert.Equal((set, clear), options.OfBind(inUserNamespace));
    }

    [Theory]
    [InlineData("rro", MOUNT_ATTR_RDONLY, 0)]
    [InlineData("rro,rrw", 0, MOUNT_ATTR_RDONLY)]
    [InlineData("rnoatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME)]
    [InlineData("rstrictatime,ratime", 0, MOUNT_ATTR__ATIME)]
    [InlineData("rnorelatime", 0, MOUNT_ATTR__ATIME)]
    [InlineData("rnosuid,rdev,rnosymfollow", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOSYMFOLLOW, MOUNT_ATTR_NODEV)]
    public void RecursiveWords(string words, ulong set, ulong clear)
    {
        var options = MountOptions.Parse(words.Split(','), "bind");

        Assert.Equal((set, clear), (options.RecursiveSet, options.RecursiveClear));
        Assert.False(options.HasAttributes);
    }

    [Fact]
    public void PropagationKeepsItsOrder()
        => Assert.Equal([MountFlags.MS_SLAVE, MountFlags.MS_SHARED | MountFlags.MS_REC], MountOptions.Parse(["slave", "rshared"], "bind").Propagation);

    [Fact]
    public void WhatIsInNoTableIsTheFileSystems()
    {
        var options = MountOptions.Parse(["defaults", "sync", "size=64k", "nolazytime", "dirsync", "async", "newinstance", "silent", "_netdev"], "tmpfs");

        Assert.Equal(["size=64k", "newinstance"], options.Data);
        Assert.Equal(["dirsync"], options.FileSystemWords);
    }

    [Fact]
    public void EveryKnownWordIsKnown()
        => Assert.All(MountOptions.KnownWords, word => Assert.Empty(MountOptions.Parse([word], "tmpfs").Data));
}
