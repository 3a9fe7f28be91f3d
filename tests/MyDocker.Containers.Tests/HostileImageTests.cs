using System.Security.Cryptography;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Images and options made to lead the engine out of the container: the field's CVEs.</summary>
public sealed class HostileImageTests : ContainerTest
{
    private string NewRoot(string name = "hostile")
    {
        var root = NewDirectory(name);
        TestRoots.MakeBusyBox(root);
        return root;
    }

    private static string HashOfBinaries()
        => string.Join(' ', Directory.EnumerateFiles(Machine.Binaries).Order().Select(path => $"{path}:{Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}:{File.GetUnixFileMode(path)}"));

    [Theory]
    [InlineData("")]
    [InlineData("--userns=host")]
    [InlineData("--privileged")]
    public void TheHostsProgramCannotBeOverwrittenFromInside(string option)
    {
        // CVE-2019-5736: the image starts /proc/self/exe, which is ours, and brings the loader that it asks for. A static
        // program asks for none; it is then itself what runs.
        var root = NewRoot();
        var loader = Tool.Shell($"grep -ao '/lib[0-9]*/ld-[a-z0-9._-]*' '{Path.Combine(Machine.Binaries, "mydocker-monitor")}' | head -1").Trim();
        if (loader.Length > 0)
        {
            Directory.CreateDirectory(root + Path.GetDirectoryName(loader));
            File.Copy(Path.Combine(root, "probe"), root + loader);
        }

        var before = HashOfBinaries();
        var result = Engine.Run(["run", "--rm", "-e", "PROBE_MODE=loader", "--entrypoint", "/proc/self/exe", .. option.Length == 0 ? (string[])[] : [option], root]);
        Assert.DoesNotContain("overwritten", result.Out);
        Assert.DoesNotContain("write=ok", result.Out);
        Assert.DoesNotContain("reopen=ok", result.Out);
        Assert.DoesNotContain("truncate=ok", result.Out);
        Assert.DoesNotContain("chmod=ok", result.Out);
        Assert.Equal(before, HashOfBinaries());
    }

    [Theory]
    [InlineData("")]
    [InlineData("--userns=host")]
    public void TheInitProgramCannotBeOverwrittenFromInside(string option)
    {
        var before = HashOfBinaries();
        var result = Engine.Run(["run", "--rm", "--init", .. option.Length == 0 ? (string[])[] : [option], Image, "/probe", "overwrite", "/proc/1/exe"]).Is(0);
        Assert.DoesNotContain("overwritten", result.Out);
        Assert.Contains("opened=0", result.Out);
        Assert.Equal(before, HashOfBinaries());
    }

    [Fact]
    public void TheFirstProcessIsTheCommandAndNotOurs()
        => Assert.Equal("/bin/busybox\n", Engine.Shell("readlink /proc/1/exe").Is(0).Out);

    [Theory]
    [InlineData("proc")]
    [InlineData("dev")]
    [InlineData("sys")]
    [InlineData("etc")]
    [InlineData("tmp")]
    public void ALinkWhereTheEngineMountsLeadsNowhereOutside(string name)
    {
        var canary = NewDirectory("canary");
        File.WriteAllText(Path.Combine(canary, "file"), "as it was");
        foreach (var target in (string[])[canary, $"../../../../../../../..{canary}", "/", "/etc", "usr"])
        {
            var root = NewRoot($"link-{name}-{Guid.NewGuid():N}");
            Directory.Move(Path.Combine(root, name), Path.Combine(root, name + "-before"));
            File.CreateSymbolicLink(Path.Combine(root, name), target);
            var before = FileIsolationTests.Fingerprint(canary);
            var image = FileIsolationTests.Fingerprint(root);
            var result = Engine.Run("run", "--rm", "--tmpfs", "/tmp", root, "/bin/busybox", "true");
            Assert.True(result.ExitCode is 0 or 125, $"{name} -> {target}: {result.ExitCode} {result.Err}");
            Assert.DoesNotContain("internal error", result.Err);
            Assert.Equal(before, FileIsolationTests.Fingerprint(canary));
            Assert.Equal(image, FileIsolationTests.Fingerprint(root));
        }
    }

    [Theory]
    [InlineData("dev/pts")]
    [InlineData("dev/shm")]
    [InlineData("dev/null")]
    [InlineData("dev/console")]
    [InlineData("etc/hosts")]
    [InlineData("etc/resolv.conf")]
    [InlineData("etc/hostname")]
    public void ALinkBelowIsNotFollowedOutsideEither(string name)
    {
        var canary = NewDirectory("canary");
        var file = Path.Combine(canary, "file");
        File.WriteAllText(file, "as it was");
        var root = NewRoot();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, name))!);
        File.CreateSymbolicLink(Path.Combine(root, name), file);
        var result = Engine.Run("run", "--rm", root, "/bin/sh", "-c", $"cat /{name} 2>/dev/null; echo x > /{name}; ls -A {canary} 2>/dev/null; true");
        Assert.True(result.ExitCode is 0 or 125, result.Err);
        Assert.DoesNotContain("as it was", result.Out);
        Assert.Equal("as it was", File.ReadAllText(file));
        Assert.Single(Directory.EnumerateFileSystemEntries(canary));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--userns=host")]
    public void ANullDeviceThatIsALinkDoesNotOpenMaskedPaths(string option)
    {
        // CVE-2025-31133
        var before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        var dev = NewDirectory("dev");
        File.CreateSymbolicLink(Path.Combine(dev, "null"), "/proc/sys/kernel/core_pattern");
        foreach (var mount in (string[][])[["-v", $"{dev}:/dev"], []])
        {
            var root = NewRoot($"null-{mount.Length}");
            File.CreateSymbolicLink(Path.Combine(root, "dev/null"), "/proc/sys/kernel/core_pattern");
            var result = Engine.Run(["run", "--rm", .. mount, .. option.Length == 0 ? (string[])[] : [option], root, "/bin/sh", "-c", "cat /proc/keys /proc/timer_list; echo '|x' > /proc/keys; echo '|x' > /proc/sys/kernel/core_pattern; true"]);
            Assert.True(result.ExitCode is 0 or 125, result.Err);
            Assert.Equal("", result.Out);
            Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/core_pattern"));
        }
    }

    [Fact]
    public void TheWorkingDirectoryCannotBeADescriptorOfOurs()
    {
        // CVE-2024-21626
        for (var number = 3; number <= 40; number++)
        {
            var result = Engine.Run("run", "--rm", "-w", $"/proc/self/fd/{number}", Image, "/bin/sh", "-c", "ls -a; cat ../../../../../../etc/passwd");
            Assert.True(result.ExitCode == 125, $"{number}: {result.ExitCode} {result.Out} {result.Err}");
            Assert.Equal("", result.Out);
        }
    }

    [Fact]
    public void TheImagesWorkingDirectoryIsMadeInsideIt()
    {
        var canary = NewDirectory("canary");
        var root = NewRoot();
        File.CreateSymbolicLink(Path.Combine(root, "out"), canary);
        var result = Engine.Run("run", "--rm", "-w", "/out/made", root, "/bin/pwd");
        Assert.True(result.ExitCode is 0 or 125, result.Err);
        Assert.Empty(Directory.EnumerateFileSystemEntries(canary));
        Assert.Equal("/some/where/new\n", Engine.Run("run", "--rm", "-w", "/some/where/new", Image, "/bin/pwd").Is(0).Out);
    }

    [Theory]
    [InlineData("/proc")]
    [InlineData("/proc/self")]
    [InlineData("/proc/sys/kernel")]
    public void AMountInProcIsRefused(string target)
    {
        // CVE-2019-16884: what the engine writes to /proc must reach the kernel.
        var directory = NewDirectory("shared");
        var result = Engine.Run("run", "--rm", "-v", $"{directory}:{target}", Image, "/bin/sh", "-c", "readlink /proc/self/exe");
        Assert.Equal(125, result.ExitCode);
        Assert.Contains("/proc", result.Err);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }

    [Theory]
    [InlineData("-v", "/etc:../../etc")]
    [InlineData("-v", "relative/path:/data")]
    [InlineData("-v", "/etc:data")]
    [InlineData("--mount", "type=bind,source=/etc,target=")]
    [InlineData("--sysctl", "net.ipv4.ip_forward=1\nkernel.domainname=x")]
    [InlineData("--sysctl", "net/../kernel.domainname=x")]
    [InlineData("--hostname", "a b")]
    [InlineData("--hostname", "../x")]
    [InlineData("--name", "../../x")]
    [InlineData("--name", "")]
    [InlineData("--name", "-x")]
    [InlineData("--add-host", "x\ny:1.2.3.4")]
    public void ValuesThatWouldLeadElsewhereAreRefused(string option, string value)
    {
        var result = Engine.Run("run", "--rm", $"{(option == "-v" ? "--volume" : option)}={value}", Image, "/bin/true").Is(125);
        Assert.DoesNotContain("internal error", result.Err);
        Assert.Empty(Census.Left(Engine));
    }
}
