using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using MyDocker.Kernel.Digests;
using MyDocker.Kernel.Seccomp;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Seccomp;

namespace MyDocker.Runtime.Tests.Seccomp;

public sealed class SeccompCacheTests : IDisposable
{
    private static readonly HashSet<string> s_none = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-seccomp-").FullName;

    private string Entries => $"{_directory}/cache";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_filter_is_stored_once_and_comes_back_the_same()
    {
        var cache = new SeccompCache(Entries);
        var first = cache.Default(s_none);
        var file = Assert.Single(Directory.GetFiles(Entries));
        var made = File.GetLastWriteTimeUtc(file);

        var second = cache.Default(s_none);
        Assert.Equal(first.Program, second.Program);
        Assert.Equal(first.Flags, second.Flags);
        Assert.NotEqual(0u, second.Flags);
        Assert.Equal(made, File.GetLastWriteTimeUtc(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Entries));
        Assert.Equal(0, new FileInfo(file).Length % 8);
    }

    [Fact]
    public void A_hit_is_what_the_file_says()
    {
        // Another program under the same key shows that the file is read and nothing is compiled.
        var cache = new SeccompCache(Entries);
        cache.Default(s_none);
        var file = Assert.Single(Directory.GetFiles(Entries));
        var key = Path.GetFileNameWithoutExtension(file);
        var library = SeccompCompiler.LoadedLibrary()!;
        Kernel.Syscalls.Files.TryStat(library, out var stat);
        var other = new SeccompFilter([6, 0, 0, 0, 0, 0, 0xff, 0x7f], 2);
        File.WriteAllBytes(file, SeccompCacheEntry.Encode(other, key, library, stat));

        var hit = cache.Default(s_none);
        Assert.Equal(other.Program, hit.Program);
        Assert.Equal(2u, hit.Flags);

        // The same under another key is not believed, nor one of another libseccomp.
        var sysAdmin = new HashSet<string> { "CAP_SYS_ADMIN" };
        cache.Default(sysAdmin);
        var adminFile = Directory.GetFiles(Entries).Single(name => name != file);
        File.Copy(file, adminFile, overwrite: true);
        Assert.NotEqual(other.Program, cache.Default(sysAdmin).Program);

        stat.ModifiedSeconds--;
        File.WriteAllBytes(file, SeccompCacheEntry.Encode(other, key, library, stat));
        Assert.NotEqual(other.Program, cache.Default(s_none).Program);
        Assert.Equal(cache.Default(s_none).Program, cache.Default(s_none).Program);
    }

    [Fact]
    public void A_torn_or_changed_file_is_compiled_again_and_mended()
    {
        var cache = new SeccompCache(Entries);
        var program = cache.Default(s_none).Program;
        var file = Assert.Single(Directory.GetFiles(Entries));
        var whole = File.ReadAllBytes(file);
        var changed = whole.ToArray();
        changed[^4] ^= 1;
        foreach (var bytes in new[] { whole[..^8], whole[..^3], whole[..16], [], changed, [.. whole, .. new byte[8]] })
        {
            File.WriteAllBytes(file, bytes);
            Assert.Equal(program, cache.Default(s_none).Program);
            Assert.Equal(whole, File.ReadAllBytes(file));
        }
    }

    [Fact]
    public void A_file_that_others_can_write_or_own_is_not_believed()
    {
        var cache = new SeccompCache(Entries);
        var program = cache.Default(s_none).Program;
        var file = Assert.Single(Directory.GetFiles(Entries));
        var library = SeccompCompiler.LoadedLibrary()!;
        Kernel.Syscalls.Files.TryStat(library, out var stat);
        var forged = SeccompCacheEntry.Encode(
            new SeccompFilter([6, 0, 0, 0, 0, 0, 0xff, 0x7f], 0), Path.GetFileNameWithoutExtension(file), library, stat);

        File.WriteAllBytes(file, forged);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Assert.Equal(program, cache.Default(s_none).Program);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        File.WriteAllBytes($"{_directory}/elsewhere", forged);
        File.Delete(file);
        File.CreateSymbolicLink(file, $"{_directory}/elsewhere");
        Assert.Equal(program, cache.Default(s_none).Program);

        Assert.SkipUnless(Environment.IsPrivilegedProcess, "the rest needs root");
        File.WriteAllBytes(file, forged);
        using var chown = Process.Start("chown", ["12345", file]);
        chown.WaitForExit();
        Assert.Equal(program, cache.Default(s_none).Program);
    }

    [Fact]
    public void A_left_over_temporary_file_is_replaced()
    {
        var cache = new SeccompCache(Entries);
        cache.Default(s_none);
        var file = Assert.Single(Directory.GetFiles(Entries));
        File.Move(file, Path.ChangeExtension(file, ".tmp"));
        cache.Default(s_none);
        Assert.Equal(file, Assert.Single(Directory.GetFiles(Entries)));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_costs_no_start()
    {
        File.WriteAllText(Entries, "not a directory");
        Assert.NotEmpty(new SeccompCache(Entries).Default(s_none).Program);
    }

    [Fact]
    public void Only_capabilities_that_matter_make_another_entry()
    {
        var cache = new SeccompCache(Entries);
        cache.Default(s_none);
        cache.Default(new HashSet<string> { "CAP_NET_RAW", "CAP_CHOWN" });
        Assert.Single(Directory.GetFiles(Entries));
        foreach (var capability in AllCapabilities.Names.Take(14))
        {
            cache.Default(new HashSet<string> { capability });
        }

        Assert.Equal(15, Directory.GetFiles(Entries).Length);
    }

    [Fact]
    public void Every_field_that_decides_the_program_decides_the_key()
    {
        static LinuxSeccomp Profile() => new()
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            Syscalls = [new LinuxSyscall { Names = ["read", "write"], Action = "SCMP_ACT_ALLOW" }],
        };
        Action<LinuxSeccomp>[] changes =
        [
            _ => { },
            p => p.DefaultAction = "SCMP_ACT_TRAP",
            p => p.DefaultErrnoRet = 2,
            p => p.Architectures = [],
            p => p.Flags = [],
            p => p.Syscalls![0].Names = ["readwrite"],
            p => p.Syscalls![0].Names = ["read"],
            p => p.Syscalls![0].Action = "SCMP_ACT_LOG",
            p => p.Syscalls![0].ErrnoRet = 1,
            p => p.Syscalls![0].Args = [new LinuxSeccompArg { Index = 0, Value = 1, Op = "SCMP_CMP_EQ" }],
            p => p.Syscalls![0].Args = [new LinuxSeccompArg { Index = 1, Value = 1, Op = "SCMP_CMP_EQ" }],
            p => p.Syscalls![0].Args = [new LinuxSeccompArg { Index = 0, Value = 2, Op = "SCMP_CMP_EQ" }],
            p => p.Syscalls![0].Args = [new LinuxSeccompArg { Index = 0, Value = 1, Op = "SCMP_CMP_NE" }],
            p => p.Syscalls![0].Args = [new LinuxSeccompArg { Index = 0, Value = 1, ValueTwo = 1, Op = "SCMP_CMP_EQ" }],
        ];
        var cache = new SeccompCache(Entries);
        for (var i = 0; i < changes.Length; i++)
        {
            var profile = Profile();
            changes[i](profile);
            cache.Of(profile);
            cache.Of(profile);
            Assert.Equal(i + 1, Directory.GetFiles(Entries).Length);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(119)]
    [InlineData(120)]
    [InlineData(5000)]
    public void The_digest_is_sha256(int length)
    {
        var data = Encoding.ASCII.GetBytes(new string('x', length));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(data)), Sha256.Hex(data));
    }
}
