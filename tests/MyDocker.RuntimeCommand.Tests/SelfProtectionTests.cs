using System.Security.Cryptography;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>CVE-2019-5736: from inside a container nobody can write to the runtime's executable.</summary>
public sealed class SelfProtectionTests
{
    private static string Program => OciRuntime.PathOf(OciRuntime.Ours);

    private static string Fingerprint => $"{Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Program)))} {new FileInfo(Program).Length}";

    private static Bundle NewBundle(params string[] capabilities)
    {
        var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.NoNewPrivileges = false;
        if (capabilities is not [""])
        {
            bundle.Process.Capabilities = Bundle.Capabilities(capabilities);
        }

        bundle.Install("probe");
        bundle.Install("racer");
        return bundle;
    }

    [Theory]
    [InlineData("")]
    [InlineData("CAP_DAC_OVERRIDE", "CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_FOWNER", "CAP_CHOWN")]
    public void An_image_that_starts_the_runtime_itself_cannot_overwrite_it(params string[] capabilities)
    {
        // The command is the runtime's own executable, and the image brings the loader that it asks for.
        using var bundle = NewBundle(capabilities);
        var loader = OciRuntime.Execute("/bin/sh", ["-c", $"grep -ao '/lib[0-9]*/ld-[a-z0-9._-]*' '{Program}' | head -1"]).Out.Trim();
        if (loader.Length > 0)
        {
            Directory.CreateDirectory(bundle.Rootfs + Path.GetDirectoryName(loader));
            File.Copy(Path.Combine(bundle.Rootfs, "probe"), bundle.Rootfs + loader);
        }

        File.WriteAllText(Path.Combine(bundle.Rootfs, "script"), "#!/proc/self/exe\n");
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "script"), (UnixFileMode)0x1ED);
        bundle.Process.Env!.Add("PROBE_MODE=loader");
        var before = Fingerprint;
        foreach (var command in (string[])["/proc/self/exe", "/script"])
        {
            bundle.Process.Args = [command];
            var result = bundle.Command("run", bundle.NextId());
            Assert.True(loader.Length == 0 || result.Out.Contains("opened=0", StringComparison.Ordinal), $"{result.ExitCode} {result.Out} {result.Err}");
            foreach (var success in (string[])["overwritten", "write=ok", "reopen=ok", "truncate=ok"])
            {
                Assert.DoesNotContain(success, result.Out);
            }

            Assert.Equal(before, Fingerprint);
        }
    }

    [Theory]
    [InlineData("CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE")]
    [InlineData("CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN")]
    public void A_racer_cannot_open_the_executable_of_an_exec_for_writing(params string[] capabilities)
    {
        using var bundle = NewBundle(capabilities);
        bundle.Spec.Root!.Readonly = true; // its own programs the racer would overwrite
        bundle.Spec.Mounts!.Add(new() { Destination = "/tmp", Type = "tmpfs", Source = "tmpfs" });
        var before = Fingerprint;
        var id = bundle.RunDetached("/racer", "600"); // seconds at most; it is stopped below
        Lifecycle.Until(() => bundle.Output().Contains("racing", StringComparison.Ordinal), "the racer to run");
        for (var i = 0; i < 100; i++)
        {
            bundle.Command("exec", id, "true").Is(0);
        }

        bundle.Command("exec", id, "touch", "/tmp/stop").Is(0);
        Lifecycle.Until(() => bundle.Output().Contains("end", StringComparison.Ordinal), "the racer's result");
        Assert.Contains("opened=0 wrote=0 unwrapped=0", bundle.Output());
        Assert.DoesNotContain("seen=0 ", bundle.Output()); // it came close enough to try
        Assert.Equal(before, Fingerprint);
    }

    [Fact]
    public void Who_waits_for_its_start_is_executed_from_a_read_only_mount()
    {
        using var bundle = NewBundle("");
        var pid = bundle.Pid(bundle.Create("true"));
        Assert.Throws<IOException>(() => File.OpenWrite($"/proc/{pid}/exe").Dispose());

        // Every mapping of the executable goes by that mount, where it is called "/"; ps has a name for it all the same.
        Assert.DoesNotContain(File.ReadAllLines($"/proc/{pid}/maps"), line => line.Contains(OciRuntime.Ours, StringComparison.Ordinal));
        Assert.Contains(OciRuntime.Ours, File.ReadAllText($"/proc/{pid}/cmdline"));
        Assert.Equal("mydocker-runtim\n", File.ReadAllText($"/proc/{pid}/comm"));
    }

    [Fact]
    public void A_container_whose_users_do_not_own_the_executable_needs_no_seal()
    {
        using var bundle = NewBundle("");
        bundle.SetUsers();
        var pid = bundle.Pid(bundle.Create("true"));
        Assert.Contains(File.ReadAllLines($"/proc/{pid}/maps"), line => line.Contains(OciRuntime.Ours, StringComparison.Ordinal));
    }
}
