using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Tests.Plan;

/// <summary>In which of the child's lives a namespace is joined or made, as the plan shows it.</summary>
public sealed class NamespacePlanTests
{
    [Fact]
    public void New_namespaces_come_with_the_one_clone()
    {
        var steps = Steps("mount", "pid", "network", "uts", "ipc", "user");
        Assert.Contains("parent  clone3 with new user, mount, pid, uts, ipc, network namespaces", steps);
        Assert.DoesNotContain(steps, step => step.Contains("born again", StringComparison.Ordinal));
    }

    [Fact]
    public void What_need_not_be_born_into_is_joined_by_the_one_child()
    {
        var steps = Steps("mount", "pid", "network=/ns/net", "ipc=/ns/ipc");
        Assert.Contains("parent  clone3 with new mount, pid namespaces", steps);
        Assert.DoesNotContain(steps, step => step.Contains("born again", StringComparison.Ordinal));
        Assert.True(steps.IndexOf("child   join network namespace /ns/net") > steps.IndexOf("child   wait for the parent's mounts"));
    }

    [Fact]
    public void A_pid_namespace_is_entered_by_a_second_birth()
    {
        var steps = Steps("mount", "pid=/ns/pid");
        InOrder(steps, "parent  clone3 without new namespaces", "child   join pid namespace /ns/pid", "child   be born again with new mount namespaces", "child   show the new process to the parent", "child   wait for the parent's mounts");
    }

    [Fact]
    public void A_joined_user_namespace_owns_what_is_made_after_it()
    {
        var steps = Steps("mount", "pid", "network=/ns/net", "user=/ns/user");
        InOrder(steps, "child   join user namespace /ns/user", "child   join network namespace /ns/net", "child   be born again with new mount, pid namespaces", "child   become user 0 of the user namespace");
        Assert.DoesNotContain(steps, step => step.Contains("write uid map", StringComparison.Ordinal));
    }

    [Fact]
    public void Namespaces_of_the_host_are_joined_before_the_user_namespace_is_made()
    {
        var steps = Steps("mount", "pid", "network=/ns/net", "user");
        InOrder(steps, "child   join network namespace /ns/net", "child   unshare user namespace", "child   be born again with new mount, pid namespaces", "child   become user 0 of the user namespace");
        Assert.Contains("parent  write uid map 0 100000 10, 10 200000 5", steps);
    }

    [Fact]
    public void Offsets_are_written_before_anybody_is_in_the_time_namespace()
        => InOrder(Steps("mount", "pid", "time"), "child   unshare time namespace", "child   set time offsets boottime 60 0", "child   be born again with new mount, pid namespaces");

    [Fact]
    public void The_default_configuration_costs_no_step_for_what_it_does_not_use()
    {
        var steps = Steps("mount", "pid", "network", "uts", "ipc");
        foreach (var word in (string[])["AppArmor", "SELinux", "scheduling", "memory policy", "personality", "io priority", "RLIMIT", "oom_score_adj", "uid map", "listener", "open the host's /proc"])
        {
            Assert.DoesNotContain(steps, step => step.Contains(word, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Labels_are_written_through_the_hosts_procfs()
    {
        var steps = Steps(spec => (spec.Process!.ApparmorProfile, spec.Process.SelinuxLabel) = ("web", "a:b:c"), "mount");
        InOrder(steps, "parent  open the host's /proc", "child   open /proc/thread-self/attr/apparmor/exec", "child   open /proc/thread-self/attr/exec", "child   set AppArmor profile web", "child   set SELinux label a:b:c", "child   close descriptors");
    }

    private static void InOrder(List<string> steps, params string[] expected)
    {
        var last = -1;
        foreach (var step in expected)
        {
            var at = steps.FindIndex(last + 1, other => other == step);
            Assert.True(at >= 0, $"\"{step}\" does not come after \"{(last < 0 ? "the beginning" : steps[last])}\" in:\n{string.Join('\n', steps)}");
            last = at;
        }
    }

    private static List<string> Steps(params string[] namespaces) => Steps(_ => { }, namespaces);

    /// <summary>The plan's lines without their numbers; "type" is a new namespace, "type=path" one that is joined.</summary>
    private static List<string> Steps(Action<RuntimeSpec> change, params string[] namespaces)
    {
        var spec = new RuntimeSpec
        {
            Process = new() { Args = ["sh"], Cwd = "/" },
            Linux = new() { Namespaces = [.. namespaces.Select(text => text.Split('=')).Select(parts => new LinuxNamespace { Type = parts[0], Path = parts.Length > 1 ? parts[1] : null })] },
        };
        if (namespaces.Contains("user"))
        {
            spec.Linux.UidMappings = spec.Linux.GidMappings = [new() { HostID = 100000, Size = 10 }, new() { ContainerID = 10, HostID = 200000, Size = 5 }];
        }

        if (namespaces.Contains("time"))
        {
            spec.Linux.TimeOffsets = new() { ["boottime"] = new() { Secs = 60 } };
        }

        change(spec);
        using var plan = LaunchPlanner.Plan(new LaunchRequest { Id = "c1", Spec = spec, Rootfs = new RootfsSource.Existing("/usr"), Directory = "/", Stdio = new ProcessStdio.Inherited() });
        return [.. plan.Describe().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => char.IsAsciiDigit(line.TrimStart()[0])).Select(line => line[6..])];
    }
}
