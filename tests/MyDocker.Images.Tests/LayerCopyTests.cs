using System.Text;
using MyDocker.Images.Layers;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Tests;

/// <summary>Layers copied for one container: everything that files have is kept, owners are moved if asked.</summary>
public sealed class LayerCopyTests : IDisposable
{
    private const uint First = 1_900_000_000;

    // vfs_cap_data, revision 2, effective: cap_net_raw.
    private static readonly byte[] s_netRaw = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly TestDirectory _test = new();
    private readonly string _source;
    private readonly string _target;

    public LayerCopyTests()
    {
        Assert.SkipUnless(Environment.UserName == "root", "files of other owners and devices need root");
        _source = Directory.CreateDirectory($"{_test.Path}/source").FullName;
        _target = Directory.CreateDirectory($"{_test.Path}/target").FullName;
        TestDirectory.Run("/bin/sh", "-c", $"""
            set -e; cd '{_source}'
            mkdir -p usr/bin opaque empty; chmod 1777 empty
            echo one > usr/bin/one; chown 5:6 usr/bin/one; ln usr/bin/one usr/bin/again; touch -d @86400 usr/bin/one
            echo s > usr/bin/set-uid; chown 7:8 usr/bin/set-uid; chmod 6755 usr/bin/set-uid
            ln -s one usr/bin/link; chown -h 9:65535 usr/bin/link
            mknod null c 1 3; mknod gone c 0 0; mkfifo pipe; chown 3:3 null gone pipe
            truncate -s 40M sparse
            echo c > capable; chown 1:1 capable; chown 2:2 opaque
            """);
        Set("capable", "security.capability", s_netRaw);
        Set("capable", "user.note", "kept"u8);
        using var opaque = Open($"{_source}/opaque");
        Assert.Equal(Errno.None, Attributes.TrySetOpaque(opaque));
    }

    public void Dispose() => _test.Dispose();

    [Fact]
    public void ACopyIsTheSameInEverything()
    {
        var before = TestDirectory.Snapshot(_source);
        LayerCopy.Copy(_source, _target, firstHostId: 0, exclude: "/proc", () => { });
        Assert.Equal(before, TestDirectory.Snapshot(_target));
        Assert.Equal(before, TestDirectory.Snapshot(_source));
        AssertOpaque();
    }

    [Fact]
    public void OwnersAndCapabilitiesAreMovedAndNothingElse()
    {
        LayerCopy.Copy(_source, _target, First, exclude: "/proc", () => { });
        Assert.Equal(TestDirectory.Run("/bin/sh", "-c", $"cd '{_source}' && find . -printf '%p %m %n %s %T@ %l %y %U %G\\n' | sort | awk '{{ $(NF-1) += {First}; $NF += {First}; print }}'"),
            TestDirectory.Run("/bin/sh", "-c", $"cd '{_target}' && find . -printf '%p %m %n %s %T@ %l %y %U %G\\n' | sort | awk '{{ $(NF-1) += 0; $NF += 0; print }}'"));
        using var capable = Open($"{_target}/capable");
        Assert.Equal(Errno.None, Attributes.TryRead(capable, out var attributes));
        byte[] expected = [1, 0, 0, 3, .. s_netRaw.AsSpan(4), .. BitConverter.GetBytes(First)];
        Assert.Equal(expected, attributes.Find(attribute => attribute.Name == "security.capability")!.Value);
        Assert.Equal("kept", Encoding.UTF8.GetString(attributes.Find(attribute => attribute.Name == "user.note")!.Value));
        AssertOpaque();
        Assert.True(BlocksOf("sparse") < 100, "holes became zeros");
    }

    [Theory]
    [InlineData("65536:0", "65536")]
    [InlineData("0:100000", "100000")]
    public void AnOwnerThatAContainerDoesNotHaveIsAnErrorThatNamesTheFile(string owner, string id)
    {
        TestDirectory.Run("chown", "-h", owner, $"{_source}/usr/bin/link");
        var error = Assert.Throws<ImageException>(() => LayerCopy.Copy(_source, _target, First, exclude: "/proc", () => { }));
        Assert.Contains("'usr/bin/link'", error.Message);
        Assert.Contains(id, error.Message);
    }

    [Fact]
    public void WhatAttendThrowsEndsTheCopy()
        => Assert.Throws<OperationCanceledException>(() => LayerCopy.Copy(_source, _target, 0, exclude: "/proc", () => throw new OperationCanceledException()));

    [Fact]
    public void ACopyInsideItsSourceEnds()
    {
        var target = Directory.CreateDirectory($"{_source}/data/target").FullName;
        LayerCopy.Copy(_source, target, First, exclude: $"{_source}/data", () => { });
        Assert.True(File.Exists($"{target}/capable"));
        Assert.False(Directory.Exists($"{target}/data"));
    }

    [Fact]
    public void TheSizeIsThatOfTheFiles() => Assert.Equal((40L << 20) + 4 + 2 + 2, LayerCopy.SizeOf(_source, () => { }));

    private void AssertOpaque()
    {
        using var opaque = Open($"{_target}/opaque");
        Assert.True(Attributes.IsOpaque(opaque));
        using var plain = Open($"{_target}/empty");
        Assert.False(Attributes.IsOpaque(plain));
    }

    private long BlocksOf(string name) => long.Parse(TestDirectory.Run("stat", "-c", "%b", $"{_target}/{name}").Trim(), null);

    private void Set(string name, string attribute, ReadOnlySpan<byte> value)
    {
        using var file = Open($"{_source}/{name}");
        Assert.Equal(Errno.None, Attributes.TrySet(file, attribute, value));
    }

    private static Fd Open(string path) => Files.Open(path, O_RDONLY | O_NOFOLLOW);
}
