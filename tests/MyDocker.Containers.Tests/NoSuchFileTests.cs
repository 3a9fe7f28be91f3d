using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>A command that cannot be executed: the message says why, where execve(2) says ENOENT to nearly all.</summary>
public sealed class NoSuchFileTests : ContainerTest
{
    // 64 bytes of a header that the kernel takes for a program of another machine.
    private static byte[] ForeignProgram()
    {
        var file = new byte[120];
        "\u007fELF"u8.CopyTo(file);
        (file[4], file[5], file[6], file[16], file[18], file[20], file[52], file[54], file[56]) = (2, 1, 1, 2, 183, 1, 64, 56, 1);
        file[32] = 64;
        return file;
    }

    private Result Try(string name, byte[]? content, string mode = "755")
    {
        var root = NewDirectory("root-" + name);
        TestRoots.MakeBusyBox(root);
        if (content is not null)
        {
            File.WriteAllBytes(Path.Combine(root, name), content);
            Tool.Run("chmod", mode, Path.Combine(root, name)).Is(0);
        }

        return Engine.Run("run", "--rm", root, "/" + name);
    }

    [Fact]
    public void AMissingPath()
    {
        var message = Try("missing", null).Is(127).Err;
        Assert.Contains("/missing", message);
        Assert.Contains("no such file", message);
    }

    [Fact]
    public void ANameThatIsNotInPath()
    {
        var message = Engine.Run("run", "--rm", Image, "no-such-command").Is(127).Err;
        Assert.Contains("no-such-command", message);
        Assert.Contains("PATH", message);
    }

    [Fact]
    public void AMissingInterpreter()
    {
        var message = Try("script", "#!/usr/bin/python9 -u\nprint(1)\n"u8.ToArray()).Is(127).Err;
        Assert.Contains("/script", message);
        Assert.Contains("/usr/bin/python9", message);
    }

    [Fact]
    public void WindowsLineEnds()
    {
        var message = Try("windows", "#!/bin/sh\r\necho hello\r\n"u8.ToArray()).Is(127).Err;
        Assert.Contains("/windows", message);
        Assert.Contains("\\r", message);
    }

    [Fact]
    public void AMissingElfLoader()
    {
        // A dynamically linked program of the host in a root without any library.
        Assert.SkipUnless(File.Exists("/lib64/ld-linux-x86-64.so.2"), "this host's programs have another loader");
        var message = Try("dynamic", File.ReadAllBytes("/bin/true")).Is(127).Err;
        Assert.Contains("/dynamic", message);
        Assert.Contains("/lib64/ld-linux-x86-64.so.2", message);
    }

    [Fact]
    public void AForeignArchitecture()
    {
        Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "arm64 is foreign on x86-64 only");
        var message = Try("foreign", ForeignProgram()).Is(126).Err;
        Assert.Contains("/foreign", message);
        Assert.Contains("arm64", message);
        Assert.Contains("x86-64", message);
    }

    [Fact]
    public void ADirectory()
    {
        var message = Engine.Run("run", "--rm", Image, "/etc").Is(126).Err;
        Assert.Contains("/etc", message);
        Assert.Contains("directory", message);
    }

    [Fact]
    public void AFileThatIsNotExecutable() => Assert.Contains("not executable", Engine.Run("run", "--rm", Image, "/etc/passwd").Is(126).Err);

    [Fact]
    public void AnEmptyFile() => Assert.Contains("empty", Try("empty", []).Is(126).Err);

    [Fact]
    public void AFileOfNoKnownKind() => Assert.Contains("#!", Try("odd", "echo hello\n"u8.ToArray()).Is(126).Err);

    [Fact]
    public void AWorkingDirectoryThatIsAFile() => Assert.Contains("/etc/passwd", Engine.Run("run", "--rm", "-w", "/etc/passwd", Image, "/bin/true").Is(125).Err);
}
