using System.Text;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>An image for another architecture, with an interpreter that this test registers with the kernel and takes away again.</summary>
public sealed class ForeignProgramTests : ContainerTest
{
    private const string Binfmt = "/proc/sys/fs/binfmt_misc";
    private const string Qemu = "/usr/bin/qemu-aarch64-static";

    [Fact]
    public void AnInterpreterRunsItOrItsAbsenceIsSaid()
    {
        Machine.RequireTool(Qemu, "qemu-user-static");
        Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "the program of this test is foreign on x86-64");
        using var mounted = new Mounted();
        Assert.SkipWhen(Directory.GetFiles(Binfmt, "*aarch64*").Length > 0, "this host has an interpreter for arm64 of its own");
        var root = NewDirectory("arm64");
        File.WriteAllBytes($"{root}/hello", Program("from arm64\n", exitCode: 7));
        File.SetUnixFileMode($"{root}/hello", UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        Engine.Run("import", "--platform", "linux/arm64", "-c", "ENTRYPOINT [\"/hello\"]", root, "foreign").Is(0);

        Assert.Contains("no interpreter for it is registered", Engine.Run("run", "--rm", "foreign").Is(125).Err);
        using (new Registration(""))
        {
            Assert.Contains("registered without flag F", Engine.Run("run", "--rm", "foreign").Is(125).Err);
        }

        using (var registration = new Registration("F"))
        {
            Assert.Equal("from arm64\n", Engine.Run("run", "--rm", "foreign").Is(7).Out);
            Assert.Equal("from arm64\n", Engine.Run("run", "--rm", "--platform", "linux/arm64", "--pull=never", "foreign").Is(7).Out);
            Assert.Contains("is for linux/arm64", Engine.Run("run", "--rm", "--platform", "linux/amd64", "--pull=never", "foreign").Is(125).Err);
            registration.Disable();
            Assert.Contains("no interpreter for it is registered", Engine.Run("run", "--rm", "foreign").Is(125).Err);
        }
    }

    /// <summary>A static program for aarch64: write(1, text), exit(code).</summary>
    private static byte[] Program(string text, int exitCode)
    {
        const int Headers = 64 + 56, Code = 8 * 4;
        const ulong Address = 0x400000;
        var message = Encoding.ASCII.GetBytes(text);
        using var file = new BinaryWriter(new MemoryStream());
        file.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.Write((ushort)2); // ET_EXEC
        file.Write((ushort)183); // EM_AARCH64
        file.Write(1);
        file.Write(Address + Headers); // entry
        file.Write(64UL); // program headers
        file.Write(0UL);
        file.Write(0);
        file.Write((ushort)64);
        file.Write((ushort)56);
        file.Write((ushort)1);
        file.Write((ushort)0);
        file.Write((ushort)0);
        file.Write((ushort)0);
        file.Write(1); // PT_LOAD
        file.Write(5); // readable, executable
        file.Write(0UL);
        file.Write(Address);
        file.Write(Address);
        file.Write((ulong)(Headers + Code + message.Length));
        file.Write((ulong)(Headers + Code + message.Length));
        file.Write(0x1000UL);
        file.Write(0xd2800020u); // mov x0, #1
        file.Write(0x10000001u | ((Code - 4) / 4 << 5)); // adr x1, the text
        file.Write(0xd2800002u | ((uint)message.Length << 5)); // mov x2, #length
        file.Write(0xd2800808u); // mov x8, #64 (write)
        file.Write(0xd4000001u); // svc #0
        file.Write(0xd2800000u | ((uint)exitCode << 5)); // mov x0, #code
        file.Write(0xd2800ba8u); // mov x8, #93 (exit)
        file.Write(0xd4000001u); // svc #0
        file.Write(message);
        return ((MemoryStream)file.BaseStream).ToArray();
    }

    /// <summary>binfmt_misc, for as long as the test lasts where nobody has mounted it.</summary>
    private sealed class Mounted : IDisposable
    {
        private readonly bool _isOurs = !File.Exists($"{Binfmt}/register");

        public Mounted()
            => Assert.SkipWhen(_isOurs && Tool.Run("mount", "-t", "binfmt_misc", "none", Binfmt).ExitCode != 0, "this kernel has no binfmt_misc");

        public void Dispose()
        {
            if (_isOurs)
            {
                Tool.Run("umount", Binfmt);
            }
        }
    }

    private sealed class Registration : IDisposable
    {
        private const string Name = "mydocker-test-arm64";

        public Registration(string flags) => File.WriteAllText(
            $"{Binfmt}/register",
            $@":{Name}:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:{Qemu}:{flags}");

        public void Disable() => File.WriteAllText($"{Binfmt}/{Name}", "0");

        public void Dispose() => File.WriteAllText($"{Binfmt}/{Name}", "-1");
    }
}
