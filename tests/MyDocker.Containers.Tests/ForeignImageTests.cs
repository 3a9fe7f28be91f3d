using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Other distributions, from tarballs of every kind, by import, and in place.</summary>
public sealed class ForeignImageTests : ContainerTest
{
    [Fact]
    public void AlpineRunsRightFromItsTarball()
    {
        var result = Engine.Run("run", "--rm", Machine.RequireAlpine(), "/bin/sh", "-c", ". /etc/os-release; echo $ID; apk --version; ls -l /lib/ld-musl-*").Is(0);
        Assert.Equal("alpine", result.Lines[0]);
        Assert.Contains("apk-tools", result.Out);
    }

    [Fact]
    public void AlpineRunsInPlace() => Assert.Contains("ID=alpine", Engine.Run("run", "--rm", TestRoots.Instance.Alpine, "/bin/cat", "/etc/os-release").Is(0).Out);

    [Theory]
    [InlineData("cat", ".tar", "")]
    [InlineData("gzip -1 -c", ".tar.gz", "gzip")]
    [InlineData("xz -0 -c", ".tar.xz", "xz-utils")]
    [InlineData("zstd -q -c", ".tar.zst", "zstd")]
    public void EveryCompressionIsRead(string compress, string extension, string package)
    {
        Machine.RequireTool(compress.Split(' ')[0], package);
        var file = Path.Combine(NewDirectory("tarballs"), "root" + extension);
        Tool.Shell($"tar -C '{TestRoots.Instance.BusyBox}' -c . | {compress} > '{file}'");
        Assert.Equal("5:6\ntestroot\n", Engine.Run("run", "--rm", file, "/bin/sh", "-c", "stat -c %u:%g /etc/owned; . /etc/os-release; echo $ID").Is(0).Out);
        Engine.Run("import", file, "own:v1").Is(0);
        Assert.Equal("testroot\n", Engine.Run("run", "--rm", "own:v1", "/bin/sh", "-c", ". /etc/os-release; echo $ID").Is(0).Out);
        Assert.Contains("own", Engine.Run("images").Is(0).Out);
        Engine.Run("rmi", "own:v1").Is(0);
        Engine.Run("run", "--rm", "--pull=never", "own:v1", "/bin/true").Is(125);
    }

    [Fact]
    public void AnImageIsImportedFromADirectoryAndFromAPipe()
    {
        Engine.Run("import", TestRoots.Instance.BusyBox, "dir").Is(0);
        Engine.Run("run", "--rm", "dir", "/bin/true").Is(0);
        Assert.Equal(0, Tool.Run("/bin/sh", "-c", $"tar -C '{TestRoots.Instance.BusyBox}' -c . | '{string.Join("' '", [Engine.Program, .. Engine.CommandLine("import", "-", "piped:1")])}'").ExitCode);
        Assert.Equal("5:6\n", Engine.Run("run", "--rm", "piped:1", "/bin/stat", "-c", "%u:%g", "/etc/owned").Is(0).Out);
    }

    [Fact]
    public void AnImageThatARunningContainerUsesLosesItsNameOnly()
    {
        Engine.Run("import", TestRoots.Instance.BusyBox, "used").Is(0);
        var idFile = Path.Combine(Engine.Directory, "ids", "used");
        using (var command = Engine.Start(["run", "--rm", "-i", "--name", "user", "--cidfile", idFile, "used", "/bin/sh", "-c", "echo up; read line; cat /etc/os-release"], keepInput: true))
        {
            command.Shows("up");
            Engine.Run("rmi", "used");
            command.Input.Write("go\n"u8);
            command.Input.Flush();
            Assert.Contains("ID=testroot", command.End().Is(0).Out);
        }

        Engine.Run("run", "--rm", "--pull=never", "--name", "again", "used", "/bin/true").Is(125);
    }

    [Fact]
    public void ATarballThatIsNoneIsAnError()
    {
        var file = Path.Combine(NewDirectory("tarballs"), "broken.tar.gz");
        File.WriteAllBytes(file, [0x1f, 0x8b, 8, 0, 1, 2, 3]);
        Assert.Contains(file, Engine.Run("run", "--rm", file, "/bin/true").Is(125).Err);
        File.WriteAllText(file, "not an archive at all");
        Assert.Contains(file, Engine.Run("run", "--rm", file, "/bin/true").Is(125).Err);
        Assert.Contains("/no/such/root", Engine.Run("run", "--rm", "/no/such/root", "/bin/true").Is(125).Err);
    }

    [Fact]
    public void ADebianRootRunsIfOneIsAtHand()
    {
        var cache = Environment.GetEnvironmentVariable("DEMO_CACHE") ?? Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".cache"), "mydocker-demo");
        var root = Directory.Exists(cache) ? Directory.EnumerateFiles(cache, "*.tar*").FirstOrDefault() : null;
        Assert.SkipWhen(root is null, "no root file system of another Debian release at hand; make demo makes one");
        Assert.Contains("ID=", Engine.Run(["run", "--rm", root, "/bin/sh", "-c", "cat /etc/os-release; apt-get --version >/dev/null && perl -e 'print 6*7'"], null, seconds: 180).Is(0).Out);
    }
}
