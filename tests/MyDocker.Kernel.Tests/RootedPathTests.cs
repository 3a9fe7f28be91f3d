using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests;

public sealed class RootedPathTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-paths-").FullName;

    [Theory]
    [InlineData("../outside/secret")]
    [InlineData("/../../outside/secret")]
    [InlineData("absolute/secret")]
    [InlineData("relative/secret")]
    public void NoPathLeadsOutOfTheRoot(string path)
    {
        Directory.CreateDirectory($"{_directory}/outside");
        File.WriteAllText($"{_directory}/outside/secret", "host");
        var tree = $"{_directory}/root";
        Directory.CreateDirectory(tree);
        File.CreateSymbolicLink($"{tree}/absolute", $"{_directory}/outside");
        File.CreateSymbolicLink($"{tree}/relative", "../outside");

        using var root = Files.Open(tree, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        Assert.Equal(Errno.ENOENT, RootedPath.TryOpen(root, path, OpenFlags.O_RDONLY, out _));
    }

    [Fact]
    public void AnAbsoluteLinkIsResolvedInsideTheRoot()
    {
        Directory.CreateDirectory($"{_directory}/usr/lib");
        File.CreateSymbolicLink($"{_directory}/lib", "/usr/lib");
        using var root = Files.Open(_directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        Assert.Equal(Errno.None, RootedPath.TryMakeDirectories(root, "lib/a/b", 0x1ED, out var made));
        made!.Dispose();
        Assert.True(Directory.Exists($"{_directory}/usr/lib/a/b"));
    }

    [Fact]
    public void RemovingATreeDoesNotFollowLinks()
    {
        Directory.CreateDirectory($"{_directory}/victim");
        File.WriteAllText($"{_directory}/victim/keep", "");
        Directory.CreateDirectory($"{_directory}/tree/sub");
        File.CreateSymbolicLink($"{_directory}/tree/sub/link", $"{_directory}/victim");
        using var root = Files.Open(_directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        Assert.Equal(Errno.None, RootedPath.TryRemoveTree(root, "tree"));
        Assert.False(Directory.Exists($"{_directory}/tree"));
        Assert.True(File.Exists($"{_directory}/victim/keep"));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
