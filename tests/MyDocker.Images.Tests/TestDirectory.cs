using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using MyDocker.Images.Layers;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Tests;

/// <summary>A directory of one test, removed at its end, with a canary tree beside whatever the test unpacks.</summary>
public sealed class TestDirectory : IDisposable
{
    private readonly string _canaryBefore;

    public TestDirectory()
    {
        Path = Directory.CreateTempSubdirectory("mydocker-images-").FullName;
        Directory.CreateDirectory($"{Canary}/dir");
        File.WriteAllText($"{Canary}/file", "untouched");
        File.WriteAllText($"{Canary}/dir/secret", "host secret");
        File.CreateSymbolicLink($"{Canary}/link", "file");
        _canaryBefore = Snapshot(Canary);
    }

    public string Path { get; }
    public string Canary => $"{Path}/canary";
    public string Root => $"{Path}/data";

    public void AssertCanaryUntouched() => Assert.Equal(_canaryBefore, Snapshot(Canary));

    /// <summary>Everything that can be told of a tree, a line for each file: to be compared as text.</summary>
    public static string Snapshot(string directory, bool rootTime = true)
    {
        var lines = new StringBuilder();
        var links = new Dictionary<ulong, string>();
        using var root = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Describe(root, ".", lines, links, rootTime);
        return lines.ToString();
    }

    /// <summary>Runs a program; its output. Fails the test if it fails.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit {process.ExitCode}: {error.Result}");
        return output;
    }

    public void Dispose()
    {
        using var parent = Files.Open(System.IO.Path.GetDirectoryName(Path)!, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Assert.Equal(Errno.None, TreeRemover.TryRemove(parent, Encoding.UTF8.GetBytes(System.IO.Path.GetFileName(Path))));
    }

    private static void Describe(Fd directory, string path, StringBuilder lines, Dictionary<ulong, string> links, bool time = true)
    {
        DescribeOne(directory, path, lines, links, time);
        foreach (var name in At.List(directory))
        {
            var child = $"{path}/{Convert.ToHexString(name)}:{Encoding.UTF8.GetString(name)}";
            Assert.Equal(Errno.None, At.TryOpen(directory, name, OpenFlags.O_PATH, out var node));
            using (node)
            {
                if (!Files.StatOf(node!).IsDirectory)
                {
                    DescribeOne(node!, child, lines, links, true);
                    continue;
                }
            }

            Assert.Equal(Errno.None, At.TryOpen(directory, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out var below));
            using (below)
            {
                Describe(below!, child, lines, links);
            }
        }
    }

    private static void DescribeOne(Fd node, string path, StringBuilder lines, Dictionary<ulong, string> links, bool time)
    {
        var stat = Files.StatOf(node);
        var first = "";
        if (!stat.IsDirectory && stat.Links > 1 && !links.TryAdd(stat.Inode, path))
        {
            first = $" same as {links[stat.Inode]}";
        }

        Assert.Equal(Errno.None, Attributes.TryRead(node, out var attributes));
        var target = stat.IsSymlink && At.TryReadLink(node, [], out var bytes) == Errno.None ? $" -> {Convert.ToHexString(bytes)}" : "";
        var content = stat.IsRegular ? $" {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(node.ProcPath)))}" : "";
        lines.Append($"{path} {Convert.ToString(stat.Mode, 8)} {stat.Uid}:{stat.Gid} dev {stat.DeviceNodeMajor}:{stat.DeviceNodeMinor}");
        lines.Append(stat.IsDirectory ? "" : $" size {stat.Size} links {stat.Links}");
        lines.Append(time ? $" {stat.ModifiedSeconds}.{stat.ModifiedNanoseconds:d9}" : "").Append(target).Append(content).Append(first);
        attributes.ForEach(attribute => lines.Append($" {attribute.Name}={Convert.ToHexString(attribute.Value)}"));
        lines.Append('\n');
    }
}
