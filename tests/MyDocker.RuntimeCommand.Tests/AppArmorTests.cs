using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>process.apparmorProfile with a real profile in a real kernel, which Debian and Ubuntu have and this host may not.</summary>
public sealed class AppArmorTests : IDisposable
{
    private const string Profile = "mydocker-test";
    private const string Text = $$"""
        profile {{Profile}} flags=(attach_disconnected,mediate_deleted) {
          file, capability, network, signal, ptrace, unix, umount,
          deny /tmp/secret r,
        }
        """;

    private readonly string _file = Path.GetTempFileName();
    private readonly bool _isLoaded;

    public AppArmorTests()
    {
        var enabled = "/sys/module/apparmor/parameters/enabled";
        Assert.SkipUnless(File.Exists(enabled) && File.ReadAllText(enabled).StartsWith('Y'), "this kernel has no AppArmor, or it is off");
        Assert.SkipUnless(File.Exists("/usr/sbin/apparmor_parser") || File.Exists("/sbin/apparmor_parser"), "no apparmor_parser: install apparmor");
        OciRuntime.Require();
        File.WriteAllText(_file, Text);
        var result = OciRuntime.Execute("apparmor_parser", ["--replace", "--skip-cache", _file]);
        Assert.SkipWhen(result.Err.Contains("ermission denied", StringComparison.Ordinal), "profiles cannot be loaded here: " + result.Err);
        result.Is(0);
        _isLoaded = true;
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void The_profile_holds_for_the_command_and_for_one_that_is_executed(string runtime)
    {
        using var bundle = NewBundle(runtime);
        bundle.Process.ApparmorProfile = Profile;
        var id = bundle.Start();
        Assert.Equal($"{Profile} (enforce)", Confinement(bundle, id));
        Assert.Equal(["open", $"{Profile} (enforce)"], bundle.Command("exec", id, "sh", "-c", "cat /tmp/open /proc/self/attr/current").Is(0).Lines);
        bundle.Command("exec", id, "cat", "/tmp/secret").FailsWith("Permission denied");
    }

    [Fact]
    public void A_command_that_is_executed_can_have_one_of_its_own()
    {
        using var bundle = NewBundle(OciRuntime.Ours);
        var id = bundle.Start();
        Assert.Equal("unconfined", Confinement(bundle, id));
        Assert.Equal("secret\n", bundle.Command("exec", id, "cat", "/tmp/secret").Is(0).Out);
        Assert.Equal($"{Profile} (enforce)\n", bundle.Command("exec", "--apparmor", Profile, id, "cat", "/proc/self/attr/current").Is(0).Out);
        bundle.Command("exec", "--apparmor", Profile, id, "cat", "/tmp/secret").FailsWith("Permission denied");
    }

    [Fact]
    public void A_profile_that_is_not_loaded_is_an_error_that_names_it()
    {
        using var bundle = NewBundle(OciRuntime.Ours);
        bundle.Process.ApparmorProfile = "mydocker-not-loaded";
        bundle.Run("true").FailsWith("mydocker-not-loaded");
    }

    public void Dispose()
    {
        if (_isLoaded)
        {
            OciRuntime.Execute("apparmor_parser", ["--remove", _file]);
        }

        File.Delete(_file);
    }

    private static Bundle NewBundle(string runtime)
    {
        var bundle = new Bundle(runtime);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "tmp/open"), "open\n");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "tmp/secret"), "secret\n");
        return bundle;
    }

    private static string Confinement(Bundle bundle, string id) => File.ReadAllText($"/proc/{bundle.Pid(id)}/attr/current").Trim();
}
