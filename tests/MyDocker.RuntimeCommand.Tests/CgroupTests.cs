using System.Text.Json.Nodes;
using MyDocker.Kernel.Cgroups;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>The commands that are about a container's cgroup, with each of the two drivers, on whichever version of cgroups this host has.</summary>
public sealed class CgroupTests
{
    private const long Megabyte = 1 << 20;

    private readonly CgroupLayout _layout = CgroupLayout.Detect();

    public static TheoryData<string> Drivers => ["cgroupfs", "systemd"];

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_paused_container_stands_still_until_it_is_resumed_or_killed(string driver)
    {
        using var bundle = NewBundle(driver);
        var id = bundle.RunDetached("sh", "-c", "while :; do :; done");
        var pid = bundle.Pid(id);
        bundle.Command("pause", id).Is(0);
        Assert.Equal("paused", bundle.Status(id));
        Assert.Equal(_layout.Of(Controllers.Freezer) is { IsV2: true } ? "frozen 1" : "FROZEN", Frozen(pid));
        var used = Stats(bundle, id)["cpu"]!["usage"]!["total"]!.GetValue<ulong>();
        Thread.Sleep(50); // what must not happen has no event
        Assert.Equal(used, Stats(bundle, id)["cpu"]!["usage"]!["total"]!.GetValue<ulong>());
        bundle.Command("exec", id, "true").FailsWith("paused");
        var waits = bundle.Begin("exec", "--ignore-paused", id, "true"); // it stands with the others
        bundle.Command("resume", id).Is(0);
        Lifecycle.Until(() => Stats(bundle, id)["cpu"]!["usage"]!["total"]!.GetValue<ulong>() > used, "the loop to go on");
        Assert.Equal(0, waits.End());
        bundle.Command("pause", id).Is(0);
        bundle.Command("kill", id, "KILL").Is(0);
        bundle.WaitFor(id, "stopped");
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void An_update_reaches_the_files_and_stays(string driver)
    {
        using var bundle = NewBundle(driver);
        bundle.Linux.Resources = new() { Memory = new() { Limit = 64 * Megabyte }, Pids = new() { Limit = 50 }, Cpu = new() { Shares = 512, Quota = 50000, Period = 100000 } };
        var id = bundle.RunDetached("sleep", "1000");
        Assert.Equal(64 * Megabyte, Stats(bundle, id)["memory"]!["usage"]!["limit"]!.GetValue<long>());
        bundle.Command("update", "--memory", "96M", "--pids-limit", "33", "--cpu-quota", "20000", "--cpu-share", "2048", "--cpuset-cpus", "0", id).Is(0);
        if (driver == "systemd")
        {
            OciRuntime.Execute("systemctl", ["daemon-reload"]).Is(0); // it writes its own properties into the files again
        }

        var pid = bundle.Pid(id);
        Assert.Equal($"{96 * Megabyte}", Knob(pid, Controllers.Memory, "memory.limit_in_bytes", "memory.max"));
        Assert.Equal("33", Knob(pid, Controllers.Pids, "pids.max", "pids.max"));
        Assert.Equal(IsV2(Controllers.Cpu) ? "20000 100000" : "20000", Knob(pid, Controllers.Cpu, "cpu.cfs_quota_us", "cpu.max"));
        Assert.Equal(IsV2(Controllers.Cpu) ? "174" : "2048", Knob(pid, Controllers.Cpu, "cpu.shares", "cpu.weight")); // runc's curve
        Assert.Equal("0", Knob(pid, Controllers.Cpuset, "cpuset.cpus", "cpuset.cpus"));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void A_command_that_is_executed_is_in_the_cgroup_or_in_one_below_it(string driver)
    {
        using var bundle = NewBundle(driver);
        var id = bundle.RunDetached("sleep", "1000");
        var pids = _layout.Of(Controllers.Pids)!;
        var own = CgroupLayout.PathOf(bundle.Pid(id), pids)!;
        ExecDetached(bundle, "--pid-file", "second", id, "sleep", "999");
        Assert.Equal(own, CgroupLayout.PathOf(int.Parse(File.ReadAllText(Path.Combine(bundle.Directory, "second"))), pids));
        var inner = Directory.CreateDirectory(pids.Directory(own) + "/inner").FullName;
        ExecDetached(bundle, "--pid-file", "third", "--cgroup", pids.IsV2 ? "inner" : "pids:inner", id, "sleep", "998");
        Assert.Equal(own + "/inner", CgroupLayout.PathOf(int.Parse(File.ReadAllText(Path.Combine(bundle.Directory, "third"))), pids));
        bundle.Command("exec", "--cgroup", "nowhere", id, "true").FailsWith("nowhere");
        Assert.Equal(3, JsonNode.Parse(bundle.Command("ps", "-f", "json", id).Is(0).Out)!.AsArray().Count);
        Assert.Equal(4, bundle.Command("ps", id).Is(0).Lines.Length);
        bundle.Command("delete", "--force", id).Is(0);
        Assert.False(Directory.Exists(inner));
        Assert.False(Directory.Exists(pids.Directory(own)));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Events_tell_of_a_kill_for_memory(string driver)
    {
        using var bundle = NewBundle(driver);
        bundle.Linux.Resources = new() { Memory = new() { Limit = 16 * Megabyte } };
        var id = bundle.RunDetached("sh", "-c", "while [ ! -e /tmp/go ]; do sleep 0.05; done; busybox dd if=/dev/zero of=/dev/null bs=64M count=1; echo code $?; exec sleep 1000");
        var events = bundle.Begin("events", "--interval", "100ms", id);
        string[] Seen() => File.Exists(Path.Combine(bundle.Directory, "begun")) ? File.ReadAllLines(Path.Combine(bundle.Directory, "begun")) : [];
        Lifecycle.Until(() => Seen().Length > 0, "a first event");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "tmp/go"), "");
        Lifecycle.Until(() => Seen().Any(line => line.Contains("\"oom\"", StringComparison.Ordinal)), "the event");
        Lifecycle.Until(() => bundle.Output().Contains("code 137", StringComparison.Ordinal), "what the shell says of it");
        bundle.Command("kill", id, "KILL").Is(0);
        Assert.Equal(0, events.End());
    }

    /// <summary>With systemd the scope and its counters are gone with the last process, and who looks then finds nothing.</summary>
    [Theory]
    [MemberData(nameof(Drivers))]
    public void Events_tell_of_a_kill_that_was_the_end(string driver)
    {
        using var bundle = NewBundle(driver);
        bundle.Linux.Resources = new() { Memory = new() { Limit = 16 * Megabyte } };
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var go = Path.Combine(bundle.Rootfs, "tmp/go");
            var id = bundle.RunDetached("sh", "-c", "while [ ! -e /tmp/go ]; do sleep 0.05; done; exec busybox dd if=/dev/zero of=/dev/null bs=64M count=1");
            var events = bundle.Begin("events", "--interval", "100ms", id);
            string[] Seen() => File.Exists(Path.Combine(bundle.Directory, "begun")) ? File.ReadAllLines(Path.Combine(bundle.Directory, "begun")) : [];
            Lifecycle.Until(() => Seen().Length > 0, "a first event");
            File.WriteAllText(go, "");
            Assert.Equal(0, events.End());
            Assert.Contains(Seen(), line => line.Contains("\"oom\"", StringComparison.Ordinal));
            bundle.WaitFor(id, "stopped");
            bundle.Command("delete", id).Is(0);
            File.Delete(go);
            File.Delete(Path.Combine(bundle.Directory, "begun")); // or the next would be seen to have begun
        }
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Another_container_with_the_same_cgroup_is_refused_and_the_first_goes_on(string driver)
    {
        using var bundle = NewBundle(driver);
        var name = Path.GetFileName(bundle.Directory);
        bundle.Linux.CgroupsPath = driver == "systemd" ? $"system.slice:test:{name}" : $"/{name}";
        var id = bundle.RunDetached("sleep", "1000");
        bundle.Command("run", "-d", bundle.NextId()).FailsWith("container's cgroup is not empty");
        Assert.Equal("running", bundle.Status(id));
        bundle.Command("delete", "--force", id).Is(0);
        bundle.Run("true").Is(0); // now it is free
    }

    [Fact]
    public void A_scope_is_there_from_create_to_delete()
    {
        using var bundle = NewBundle("systemd");
        var name = $"test-{Path.GetFileName(bundle.Directory)}.scope";
        bundle.Linux.CgroupsPath = $"system.slice:test:{Path.GetFileName(bundle.Directory)}";
        bundle.Linux.Resources = new() { Memory = new() { Limit = 64 * Megabyte }, Pids = new() { Limit = 50 } };
        bundle.Spec.Annotations = new() { ["org.systemd.property.TimeoutStopUSec"] = "uint64 7000000" };
        string Show(string property) => OciRuntime.Execute("systemctl", ["show", "--value", "--property", property, name]).Out.Trim();
        var id = bundle.Create("sleep", "1000");
        Assert.Equal(["active", "system.slice", "yes", "50", "7s"], ((string[])["ActiveState", "Slice", "Delegate", "TasksMax", "TimeoutStopUSec"]).Select(Show));
        Assert.Equal($"{64 * Megabyte}", Show(_layout.Mode == CgroupMode.V2 ? "MemoryMax" : "MemoryLimit")); // on a hybrid the name is of v1, wherever the controller is
        Assert.EndsWith($"/system.slice/{name}", CgroupLayout.PathOf(bundle.Pid(id), _layout.Of(Controllers.Pids)!), StringComparison.Ordinal);
        bundle.Command("start", id).Is(0);
        bundle.Command("kill", id, "KILL").Is(0);
        bundle.WaitFor(id, "stopped");
        bundle.Command("delete", id).Is(0);
        Assert.Equal("not-found", Show("LoadState"));
        Assert.False(Directory.Exists($"{_layout.Of(Controllers.Pids)!.Mount}/system.slice/{name}"));
    }

    private static Bundle NewBundle(string driver)
    {
        Assert.SkipWhen(driver == "systemd" && !Directory.Exists("/run/systemd/system"), "systemd is not this host's init");
        return new Bundle(OciRuntime.Ours) { Global = driver == "systemd" ? ["--systemd-cgroup"] : [] };
    }

    private static void ExecDetached(Bundle bundle, params string[] arguments) => bundle.InBackground("exec", ["-d", .. arguments], [.. bundle.Process.Args!]).Is(0);

    private static JsonNode Stats(Bundle bundle, string id) => JsonNode.Parse(bundle.Command("events", "--stats", id).Is(0).Out)!["data"]!;

    private bool IsV2(Controllers controller) => _layout.Of(controller)!.IsV2;

    private string Knob(int pid, Controllers controller, string v1, string v2)
    {
        var hierarchy = _layout.Of(controller)!;
        return File.ReadAllText($"{hierarchy.Directory(CgroupLayout.PathOf(pid, hierarchy)!)}/{(hierarchy.IsV2 ? v2 : v1)}").Trim();
    }

    private string Frozen(int pid)
    {
        var hierarchy = _layout.Of(Controllers.Freezer)!;
        var directory = hierarchy.Directory(CgroupLayout.PathOf(pid, hierarchy)!);
        return hierarchy.IsV2 ? File.ReadAllLines($"{directory}/cgroup.events").Single(line => line.StartsWith("frozen", StringComparison.Ordinal)) : File.ReadAllText($"{directory}/freezer.state").Trim();
    }
}
