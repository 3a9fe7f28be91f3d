using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>Fields of config.json that fit nowhere else, and what is done with those that are unknown, wrong, or not for this host.</summary>
public sealed class FieldTests
{
    [Fact]
    public void AnUnknownFieldIsIgnoredAndAWrongOneNamed()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["true"];
        bundle.Save();
        var file = Path.Combine(bundle.Directory, "config.json");
        var text = File.ReadAllText(file);
        Result Run(string from, string to)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
            return OciRuntime.Execute(OciRuntime.PathOf(OciRuntime.Ours), ["--root", bundle.Root(), "run", bundle.NextId()], bundle.Directory);
        }

        Run("\"hostname\"", "\"future\":[{\"x\":1}],\"windows\":{\"a\":null},\"hostname\"").Is(0);
        Run("\"hostname\"", "\"HostName\"").Is(0); // as for Go's decoder
        Run("\"box\"", "7").FailsWith("hostname");
        Run("\"cwd\":\"/\"", "\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":-1,\"hard\":1}]").FailsWith("process.rlimits[0].soft");
        Run("\"cwd\":\"/\"", "\"cwd\":\"here\"").FailsWith("process.cwd");
    }

    /// <summary>execCPUAffinity: the first while the process is on its way, the second when it runs.</summary>
    [Fact]
    public void AnExecutedProcessIsBoundToItsProcessors()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "needs two processors");
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.ExecCPUAffinity = new() { Initial = "0", Final = "1" };
        var id = bundle.Start();

        Assert.Equal("Cpus_allowed_list:\t1\n", bundle.Command("exec", id, "grep", "Cpus_allowed_list", "/proc/self/status").Is(0).Out);
        var all = File.ReadLines("/proc/self/status").First(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal));
        Assert.Equal(all, File.ReadLines($"/proc/{bundle.Pid(id)}/status").First(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal)));
        bundle.Process.ExecCPUAffinity = new() { Initial = "first" };
        bundle.Run("true").FailsWith("process.execCPUAffinity.initial");
    }

    /// <summary>Labels of a module that this host has not: left out, with a warning, unless they are asked for on the command line.</summary>
    [Fact]
    public void LabelsOfAModuleThatIsNotThereAreLeftOut()
    {
        Assert.SkipWhen(File.Exists("/sys/fs/selinux/enforce") || File.Exists("/sys/module/apparmor/parameters/enabled"), "this host has a security module");
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.ApparmorProfile = "strict";
        bundle.Process.SelinuxLabel = "system_u:system_r:container_t:s0";
        bundle.Linux.MountLabel = "system_u:object_r:container_file_t:s0";
        var result = bundle.Run("true").Is(0);
        foreach (var field in (string[])["process.apparmorProfile", "process.selinuxLabel", "linux.mountLabel"])
        {
            Assert.Contains($"ignoring {field}", result.Err, StringComparison.Ordinal);
        }

        var id = bundle.Start();
        bundle.Command("exec", id, "true").Is(0);
        bundle.Command("exec", "--apparmor", "strict", id, "true").FailsWith("AppArmor");
        bundle.Command("exec", "--process-label", "a:b:c", id, "true").FailsWith("SELinux");
    }

    [Fact]
    public void ResctrlThatIsNotMountedIsAnError()
    {
        Assert.SkipWhen(File.Exists("/sys/fs/resctrl/schemata"), "this host has it");
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.IntelRdt = new() { L3CacheSchema = "L3:0=f" };
        Assert.Contains("resctrl is not mounted", bundle.Run("true").FailsWith("linux.intelRdt").Err, StringComparison.Ordinal);
        Assert.False(Directory.Exists(bundle.Root()), "nothing is made");
    }

    [Fact]
    public void ContainersAreDeletedByARegularExpression()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var first = bundle.Start();
        var second = bundle.Start();
        var third = bundle.RunDetached("true");
        bundle.WaitFor(third, "stopped");

        bundle.Command("delete", "--regex", "[").FailsWith("no extended regular expression");
        bundle.Command("delete", "-r", "^no-such").Is(0);
        bundle.Command("delete", "-r", $"^{third}$|^{first}$").FailsWith("not stopped"); // the stopped one goes all the same
        Assert.Equal([first, second], bundle.Command("list", "-q").Is(0).Lines.Order());
        bundle.Command("delete", "-f", "--regex", "[12]$").Is(0);
        Assert.Empty(bundle.Command("list", "-q").Is(0).Lines);
    }

    /// <summary>Words of a mount(8), on a new file system and on a bind mount.</summary>
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void WordsOfMountsAreAttributes(string runtime)
    {
        using var bundle = new Bundle(runtime);
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "source"));
        (string Words, string Seen)[] cases =
        [
            ("ro,noexec", "ro,noexec"), ("nosuid,nodev", "rw,nosuid,nodev"), ("noatime", "rw,noatime"), ("nodiratime,strictatime", "rw,nodiratime"),
            ("relatime", "rw,relatime"), ("sync", "rw"), ("ro,rw", "rw"), ("noexec,exec", "rw"),
        ];
        for (var i = 0; i < cases.Length; i++)
        {
            bundle.Spec.Mounts!.Add(new MountSpec { Destination = $"/t{i}", Type = "tmpfs", Source = "tmpfs", Options = [.. cases[i].Words.Split(',')] });
        }

        foreach (var kind in (string[])["private", "shared", "slave", "unbindable"])
        {
            bundle.Spec.Mounts!.Add(new MountSpec { Destination = $"/{kind}", Source = "source", Options = ["bind", kind] });
        }

        var lines = bundle.Run("cat /proc/self/mountinfo").Is(0).Lines.Select(line => line.Split(' ')).ToDictionary(words => words[4]);
        for (var i = 0; i < cases.Length; i++)
        {
            var seen = lines[$"/t{i}"][5].Split(',').Except(["relatime"]).ToHashSet();
            Assert.True(seen.SetEquals(cases[i].Seen.Split(',').Except(["relatime"])), $"{cases[i].Words}: {lines[$"/t{i}"][5]}");
        }

        Assert.Equal("-", lines["/private"][6]);
        Assert.StartsWith("shared:", lines["/shared"][6], StringComparison.Ordinal);
        Assert.Contains("unbindable", lines["/unbindable"][6..8]);
        Assert.DoesNotContain("shared:", lines["/slave"][6], StringComparison.Ordinal);
    }
}
