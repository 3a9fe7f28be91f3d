using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>cp: files to the host and back, of containers that run, have ended, or never ran.</summary>
public sealed class CopyTests : ContainerTest
{
    private string Host => NewDirectory("host");

    private string File(string name, string text)
    {
        var path = Path.Combine(Host, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private string Inside(string container, string script) => Engine.Run("exec", container, "/bin/sh", "-c", script).Is(0).Out;

    private void Up(params string[] options) => Engine.Run(["run", "-d", "--name", "box", .. options, Image, "/bin/sleep", "1000"]).Is(0);

    /// <summary>docker's table: what is at the destination decides where the source goes.</summary>
    [Theory]
    [InlineData("file", "/t/new", "/t/new")]
    [InlineData("file", "/t/dir", "/t/dir/file")]
    [InlineData("file", "/t/dir/", "/t/dir/file")]
    [InlineData("file", "/t/old", "/t/old")]
    [InlineData("file", "t/relative", "/t/relative")]
    [InlineData("file", "/t/linktodir", "/t/dir/file")]
    [InlineData("file", "/t/linktofile", "/t/old")]
    [InlineData("tree", "/t/dir", "/t/dir/tree/sub/b")]
    [InlineData("tree/", "/t/dir", "/t/dir/tree/sub/b")]
    [InlineData("tree/.", "/t/dir", "/t/dir/sub/b")]
    [InlineData("tree", "/t/new", "/t/new/sub/b")]
    [InlineData("tree", "/t/new/", "/t/new/sub/b")]
    [InlineData("tree/.", "/t/new", "/t/new/sub/b")]
    [InlineData("file", "/t/new/", null)]
    [InlineData("file", "/t/none/x", null)]
    [InlineData("file", "/t/old/", null)]
    [InlineData("tree", "/t/old", null)]
    [InlineData("none", "/t", null)]
    public void WhereItGoes(string source, string destination, string? found)
    {
        File("file", "content");
        File("tree/sub/b", "content");
        Up();
        Inside("box", "mkdir -p /t/dir; echo old > /t/old; ln -s dir /t/linktodir; ln -s old /t/linktofile");
        using var copy = Engine.Start(["cp", source, $"box:{destination}"], directory: Host);
        var result = copy.End();
        if (found is null)
        {
            Assert.Equal(1, result.ExitCode);
            Assert.NotEqual("", result.Err);
            Assert.Equal("old\n", Inside("box", "cat /t/old"));
            return;
        }

        result.Is(0);
        Assert.Equal("content", Inside("box", $"cat {found}"));
        Assert.Equal("dir\n", Inside("box", "readlink /t/linktodir"));
    }

    [Theory]
    [InlineData("/t/f", "new", "new")]
    [InlineData("/t/f", "dir", "dir/f")]
    [InlineData("t/f", "dir/", "dir/f")]
    [InlineData("/t/d", "dir", "dir/d/in")]
    [InlineData("/t/d/.", "dir", "dir/in")]
    [InlineData("/t/d", "new", "new/in")]
    [InlineData("/t/link", "dir", "dir/link")]
    [InlineData("/t/linkd/", "dir", "dir/linkd/in")]
    [InlineData("/t/f", "new/", null)]
    [InlineData("/t/f", "none/x", null)]
    [InlineData("/t/f/", "dir", null)]
    [InlineData("/t/d", "old", null)]
    [InlineData("/t/none", "dir", null)]
    [InlineData("/t/f", "/dev/null", null)]
    public void WhereItComes(string source, string destination, string? found)
    {
        Directory.CreateDirectory(Path.Combine(Host, "dir"));
        File("old", "old");
        Up();
        Inside("box", "mkdir -p /t/d; printf content > /t/f; printf content > /t/d/in; ln -s f /t/link; ln -s d /t/linkd");
        using var copy = Engine.Start(["cp", $"box:{source}", destination], directory: Host);
        var result = copy.End();
        Assert.Equal("old", System.IO.File.ReadAllText(Path.Combine(Host, "old")));
        if (found is null)
        {
            Assert.Equal(1, result.ExitCode);
            Assert.NotEqual("", result.Err);
            return;
        }

        result.Is(0);
        var path = Path.Combine(Host, found);
        if (source.EndsWith("link", StringComparison.Ordinal))
        {
            Assert.Equal("f", new FileInfo(path).LinkTarget);
        }
        else
        {
            Assert.Equal("content", System.IO.File.ReadAllText(path));
        }
    }

    [Fact]
    public void OwnersAndLinksAsAsked()
    {
        var file = File("mine", "x");
        var script = File("script", "y");
        Tool.Shell($"chown 1000:1001 '{file}'; chmod 640 '{file}'; touch -d '2001-02-03 04:05:06' '{file}'; chmod 4755 '{script}'; ln -s mine '{Host}/link'");
        Up();
        Engine.Run("cp", file, "box:/tmp/plain").Is(0);
        Engine.Run("cp", "-a", file, "box:/tmp/kept").Is(0);
        Engine.Run("cp", $"{Host}/link", "box:/tmp/link").Is(0);
        Engine.Run("cp", "-L", $"{Host}/link", "box:/tmp/").Is(0);
        Assert.Equal("0:0 640 981173106\n1000:1001 640 981173106\nsymbolic link\n", Inside("box", "stat -c '%u:%g %a %Y' /tmp/plain /tmp/kept; rm /tmp/link; true; echo 'symbolic link'"));
        Inside("box", "cd /tmp; echo z > own; chown 7:8 own; chmod 4755 own; ln -s own to; mkfifo pipe");
        Engine.Run("cp", "box:/tmp/own", $"{Host}/o1").Is(0);
        Engine.Run("cp", "-a", "box:/tmp/own", $"{Host}/o2").Is(0);
        Engine.Run("cp", "-L", "box:/tmp/to", $"{Host}/o3").Is(0);
        Engine.Run("cp", "box:/tmp", $"{Host}/all").Is(0);

        // A set-user-ID file of the container's root would be one of the host's.
        Assert.Equal("0:0 755 regular file\n7:8 4755 regular file\n0:0 755 regular file\nfifo\n", Tool.Shell($"cd '{Host}'; stat -c '%u:%g %a %F' o1 o2 o3; stat -c %F all/pipe"));
    }

    [Fact]
    public void AnArchiveGoesBothWays()
    {
        File("tree/a", "one");
        Tool.Shell($"chown 5:6 '{Host}/tree/a'");
        Up();
        var archive = Tool.Run("tar", "--numeric-owner", "-C", Host, "-cf", "-", "tree").Is(0).OutBytes;
        Engine.Run(["cp", "-", "box:/tmp"], archive).Is(0);
        Assert.Equal("one 5:6\n", Inside("box", "echo $(cat /tmp/tree/a) $(stat -c %u:%g /tmp/tree/a)"));
        Engine.Run(["cp", "-", "box:/srv"], Tool.Run("gzip", "-c", Path.Combine(Host, "tree/a")).OutBytes).Is(1);
        Assert.Contains("must be a directory", Engine.Run(["cp", "-", "box:/tmp/tree/a"], archive).Is(1).Err);
        Assert.Contains("tar archive", Engine.Run(["cp", "-", "box:/tmp"], "junk"u8.ToArray()).Is(1).Err);
        var back = Engine.Run("cp", "box:/tmp/tree", "-").Is(0).OutBytes;
        var path = File("back.tar", "");
        System.IO.File.WriteAllBytes(path, back);
        Assert.Equal(["tree/", "tree/a"], Tool.Run("tar", "-tf", path).Is(0).Lines);
        Assert.Contains(" 5/6 ", Tool.Run("tar", "--numeric-owner", "-tvf", path).Is(0).Out);
    }

    [Fact]
    public void OneThatDoesNotRunHasItsFilesAndVolumes()
    {
        var file = File("given", "given");
        Engine.Run("create", "--name", "new", "-v", "data:/data", "-v", $"{Host}:/host:ro", Image, "/bin/sh", "-c", "cat /srv/given /data/given; stat -c %u:%g /srv/given; echo wrote > /data/made; echo more > /srv/made").Is(0);
        Engine.Run("cp", file, "new:/data/").Is(0);
        Engine.Run("cp", Host, "new:/srv").Is(0); // the image has no /srv
        Assert.Equal("given", Engine.Run("run", "--rm", "-v", "data:/v", Image, "/bin/cat", "/v/given").Is(0).Out);
        Assert.Contains("read-only", Engine.Run("cp", file, "new:/host/").Is(1).Err);
        Assert.Equal("givengiven0:0\n", Engine.Run("start", "-a", "new").Is(0).Out);
        Engine.Run("cp", "new:/data/made", $"{Host}/m1").Is(0);
        Engine.Run("cp", "new:/srv/made", $"{Host}/m2").Is(0);
        Engine.Run("cp", "new:/etc/hosts", $"{Host}/m3").Is(0);
        Assert.Equal("wrote\nmore\n", Tool.Shell($"cat '{Host}/m1' '{Host}/m2'"));
        Assert.Contains("localhost", System.IO.File.ReadAllText($"{Host}/m3"));
        Engine.Run("cp", "new:/", $"{Host}/all").Is(0);
        Assert.True(System.IO.File.Exists($"{Host}/all/data/made"));
        Engine.Run("create", "--read-only", "--name", "fixed", Image, "/bin/true").Is(0);
        Assert.Contains("read-only", Engine.Run("cp", file, "fixed:/etc/").Is(1).Err);
        Assert.DoesNotContain("/mount/root", System.IO.File.ReadAllText("/proc/mounts"));
        Engine.Run("rm", "-v", "new").Is(0);
        Engine.Run("volume", "rm", "data").Is(0);
    }

    [Fact]
    public void AllOfARunningContainerIsWhatIsItsOwn()
    {
        Up("-v", "data:/data", "--tmpfs", "/scratch");
        Inside("box", "echo v > /data/v; echo s > /scratch/s");
        Engine.Run("pause", "box").Is(0);
        Engine.Run("cp", "box:/", $"{Host}/all").Is(0); // a paused one stands still for it
        Engine.Run("unpause", "box").Is(0);
        Assert.Equal("v\n", System.IO.File.ReadAllText($"{Host}/all/data/v"));
        Assert.Empty(Directory.GetFileSystemEntries($"{Host}/all/proc"));
        Assert.Empty(Directory.GetFileSystemEntries($"{Host}/all/sys"));
        Engine.Run("cp", "box:/scratch/s", $"{Host}/s").Is(0); // by its name everything can be had
        Assert.Equal("s\n", System.IO.File.ReadAllText($"{Host}/s"));
        Engine.Run("rm", "-f", "-v", "box").Is(0);
        Engine.Run("volume", "rm", "data").Is(0);
    }

    [Fact]
    public void NoLinkLeadsOut()
    {
        var canary = NewDirectory("canary");
        var payload = File("payload", "written");
        Up();
        Inside("box", $"mkdir -p /t '{Path.GetDirectoryName(canary)}'; ln -s '{canary}' /t/absolute; ln -s ../../../../../../../../../../../../'{canary}' /t/relative; ln -s /proc/1/root /t/magic; ln -s /proc/self/cwd /t/cwd");
        Assert.Equal(1, Engine.Run("cp", payload, "box:/t/absolute/x").ExitCode);
        Assert.Equal(1, Engine.Run("cp", payload, "box:/t/relative/x").ExitCode);
        Assert.Equal(1, Engine.Run("cp", payload, "box:/t/magic/x").ExitCode);
        Assert.Equal(1, Engine.Run("cp", payload, "box:/t/cwd/x").ExitCode);
        Assert.Equal(1, Engine.Run("cp", "box:/t/absolute/../../../../etc/shadow", $"{Host}/s").ExitCode & Engine.Run("cp", "box:/t/absolute/", $"{Host}/s").ExitCode);

        // The other way: a link that is at the host already is not gone through, nor one of the archive itself.
        Inside("box", "mkdir -p /t/tree/l; echo x > /t/tree/l/x");
        Directory.CreateDirectory($"{Host}/tree");
        System.IO.File.CreateSymbolicLink($"{Host}/tree/l", canary);
        Assert.Contains("cannot overwrite", Engine.Run("cp", "box:/t/tree", Host).Is(1).Err);
        var hostile = File("hostile.tar", "");
        Tool.Shell($"cd '{Host}' && mkdir -p h && ln -s '{canary}' h/out && tar -cf '{hostile}' h && rm h/out && mkdir h/out && echo x > h/out/x && tar -rf '{hostile}' h/out/x && tar -rPf '{hostile}' --transform 's,h/out/x,../../../../../../{canary},' h/out/x");
        Engine.Run(["cp", "-", "box:/t"], System.IO.File.ReadAllBytes(hostile));
        Assert.Empty(Directory.GetFileSystemEntries(canary));
    }

    /// <summary>CVE-2018-15664: a directory is exchanged for a link to the host's, again and again, while files are copied through it.</summary>
    [Fact]
    public void NoRaceLeadsOut()
    {
        var canary = NewDirectory("canary");
        var payload = File("payload", "written");
        System.IO.File.WriteAllText($"{canary}/secret", "secret");
        Engine.Detached($"mkdir -p /t/a; echo inside > /t/a/secret; ln -s '{canary}' /t/b; while :; do mv /t/a /t/c; mv /t/b /t/a; mv /t/a /t/b; mv /t/c /t/a; done", "--name", "racer");
        Engine.Waits("racer", "{{.State.Running}}", "true");
        for (var i = 0; i < 60; i++)
        {
            Engine.Run("cp", payload, "racer:/t/a/");
            Engine.Run("cp", "racer:/t/a/secret", $"{Host}/got");
            Assert.NotEqual("secret", System.IO.File.Exists($"{Host}/got") ? System.IO.File.ReadAllText($"{Host}/got") : "");
        }

        Assert.Equal([$"{canary}/secret"], Directory.GetFileSystemEntries(canary));
    }

    [Fact]
    public void WhatCannotBeSaysWhy()
    {
        var file = File("f", "x");
        Up();
        Assert.Contains("no such container", Engine.Run("cp", file, "nobody:/x").Is(1).Err);
        Assert.Contains("one of the two", Engine.Run("cp", file, Host).Is(1).Err);
        Assert.Contains("another", Engine.Run("cp", "box:/a", "box:/b").Is(1).Err);
        Assert.Contains("needs a path", Engine.Run("cp", "box:", Host).Is(1).Err);
        Assert.Contains("no such file", Engine.Run("cp", "./box:/x", "box:/tmp").Is(1).Err);
        Assert.Contains("mounted there", Engine.Run("cp", file, "box:/etc/hosts").Is(1).Err);
        Tool.Shell($"chown 70000 '{file}'");
        Assert.Contains("owner 70000", Engine.Run("cp", "-a", file, "box:/tmp/").Is(1).Err);
        Engine.Run("cp", file, "box:/tmp/").Is(0);
        Engine.Run("container", "cp", "-q", file, "box:/tmp/").Is(0);
    }
}
