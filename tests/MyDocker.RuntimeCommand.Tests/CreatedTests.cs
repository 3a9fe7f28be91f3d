using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>Between creation and start, and what a creation must leave alone.</summary>
public sealed class CreatedTests
{
    private static Bundle NewBundle() => new(OciRuntime.Ours);

    [Fact]
    public void While_it_waits_it_holds_no_file_of_the_host()
    {
        using var bundle = NewBundle();
        bundle.Linux.MaskedPaths = ["/proc/acpi", "/proc/keys"];
        bundle.Process.Args = ["sleep", "1000"];
        bundle.Save();
        var id = bundle.NextId();
        // With a descriptor that the caller forgot.
        OciRuntime.Execute("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>&1 7</etc/passwd", "sh", OciRuntime.PathOf(OciRuntime.Ours), "--root", bundle.Root(), "create", id], bundle.Directory).Is(0);
        var links = Directory.GetFiles($"/proc/{bundle.Pid(id)}/fd").Select(file => new FileInfo(file).LinkTarget!).Order().ToList();
        Assert.All(links, link => Assert.True(link == "/dev/null" || link.StartsWith("socket:", StringComparison.Ordinal) || link.StartsWith("pipe:", StringComparison.Ordinal), link));
        Assert.InRange(links.Count, 3, 6);
        bundle.Command("start", id).Is(0);
        Assert.Equal(3, Directory.GetFiles($"/proc/{bundle.Pid(id)}/fd").Length);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("KILL")]
    public void A_signal_ends_it_although_it_is_the_first_process(string signal)
    {
        using var bundle = NewBundle();
        var id = bundle.Create("sleep", "1000");
        bundle.Command("kill", id, signal).Is(0);
        bundle.WaitFor(id, "stopped");
        bundle.Command("delete", id).Is(0);
    }

    [Fact]
    public void The_handler_goes_with_the_start()
    {
        using var bundle = NewBundle();
        var id = bundle.Create("sleep", "1000");
        bundle.Command("start", id).Is(0);
        bundle.Command("kill", id, "TERM").Is(0); // the first process of a pid namespace without a handler
        Assert.Contains("SigCgt:\t0000000000000000", File.ReadAllText($"/proc/{bundle.Pid(id)}/status"));
        Assert.Equal("running", bundle.Status(id));
    }

    [Fact]
    public void A_creation_in_anothers_cgroup_fails_and_leaves_it_alone()
    {
        using var bundle = NewBundle();
        bundle.Linux.CgroupsPath = $"/mydocker-test-{Path.GetFileName(bundle.Directory)}";
        var id = bundle.RunDetached("sleep", "1000");
        foreach (var verb in (string[])["create", "run"])
        {
            var other = bundle.NextId();
            bundle.InBackground(verb, verb == "run" ? ["-d", other] : [other], ["true"]).FailsWith("container's cgroup is not empty");
            bundle.Command("state", other).FailsWith("does not exist");
            Assert.Equal("running", bundle.Status(id));
        }

        bundle.Command("delete", "-f", id).Is(0);
    }

    [Fact]
    public void startContainer_hooks_are_as_confined_as_the_command()
    {
        using var bundle = NewBundle();
        bundle.Process.User = new() { Uid = 5, Gid = 6, AdditionalGids = [7] };
        bundle.Process.Env!.Add("OWN=words");
        bundle.Linux.Seccomp = new() { DefaultAction = "SCMP_ACT_ALLOW", Architectures = null, Syscalls = [new() { Names = ["sethostname"], Action = "SCMP_ACT_ERRNO" }] };
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "open"));
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "open"), (UnixFileMode)0x1FF);
        const string Look = "id >/open/hook; cat /proc/self/status /proc/self/cgroup >>/open/hook; env >>/open/hook; ls /proc/self/fd >>/open/hook";
        bundle.Spec.Hooks = new() { StartContainer = [new() { Path = "/bin/sh", Args = ["sh", "-c", Look] }] };
        var result = bundle.Run("cat /proc/self/cgroup").Is(0);
        var hook = File.ReadAllText(Path.Combine(bundle.Rootfs, "open/hook"));
        Assert.StartsWith("uid=5 gid=6 groups=7\n", hook);
        Assert.Contains("Seccomp:\t2", hook);
        Assert.Contains("NoNewPrivs:\t1", hook);
        Assert.Contains("CapEff:\t0000000000000000", hook);
        Assert.Contains("OWN=words", hook);
        Assert.Contains("HOME=/", hook);
        Assert.Contains(result.Out, hook, StringComparison.Ordinal);
        Assert.EndsWith("\n0\n1\n2\n3\n", hook); // 3 is of ls
        bundle.Spec.Hooks.StartContainer[0].Args = ["sh", "-c", "exit 9"];
        bundle.Run("true").FailsWith("error running startContainer hook #0: startContainer hook failed with exit code 9: /bin/sh");
    }

    [Fact]
    public void The_affinity_of_the_caller_is_not_the_containers()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "takes two CPUs");
        using var bundle = NewBundle();
        bundle.Process.Args = ["grep", "Cpus_allowed_list", "/proc/self/status"];
        bundle.Save();
        string[] command = ["-c", "0", OciRuntime.PathOf(OciRuntime.Ours), "--root", bundle.Root()];
        var all = OciRuntime.Execute("/bin/sh", ["-c", "grep Cpus_allowed_list /proc/1/status"]).Out;
        Assert.Equal(all, OciRuntime.Execute("taskset", [.. command, "run", bundle.NextId()], bundle.Directory).Is(0).Out);
        var id = bundle.RunDetached("sleep", "1000");
        Assert.Equal(all, OciRuntime.Execute("taskset", [.. command, "exec", id, "grep", "Cpus_allowed_list", "/proc/self/status"], bundle.Directory).Is(0).Out);
    }

    [Fact]
    public void The_hosts_null_device_becomes_the_containers()
    {
        using var bundle = NewBundle();
        bundle.Process.Args = ["sleep", "1000"];
        bundle.Save();
        var id = bundle.NextId();
        OciRuntime.Execute("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>/dev/null", "sh", OciRuntime.PathOf(OciRuntime.Ours), "--root", bundle.Root(), "run", "-d", id], bundle.Directory).Is(0);
        static string MountOf(string fdinfo) => File.ReadAllLines(fdinfo).Single(line => line.StartsWith("mnt_id:", StringComparison.Ordinal))["mnt_id:".Length..].Trim();
        var mounts = File.ReadAllLines($"/proc/{bundle.Pid(id)}/mountinfo").Select(line => line.Split(' ')[0]).ToHashSet();
        Assert.All([0, 1, 2], number => Assert.Contains(MountOf($"/proc/{bundle.Pid(id)}/fdinfo/{number}"), mounts));
    }
}
