using System.Text.Json.Nodes;
using MyDocker.Kernel.Cgroups;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>Containers of a user without privileges, in the way of "spec --rootless".</summary>
public sealed class RootlessTests : IDisposable
{
    private readonly Bundle _bundle = new(OciRuntime.Ours);
    private readonly OrdinaryUser _user;

    public RootlessTests() => _user = new OrdinaryUser(_bundle);

    public void Dispose()
    {
        foreach (var id in _user.Command("list", "-q").Lines)
        {
            _user.Command("delete", "-f", id);
        }

        _bundle.Dispose();
    }

    private string Map(string kind) => $"0 {OrdinaryUser.Id} 1";

    private static string Squeezed(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void A_user_is_root_of_a_container()
    {
        var lines = _user.Run("id -u; id -g; cat /proc/self/uid_map; cat /proc/self/gid_map; cat /proc/self/setgroups; hostname; touch /made; echo x >/dev/null; exit 7").Is(7).Lines;
        Assert.Equal(["0", "0", Map("uid"), Map("gid"), "deny", "box"], lines.Select(Squeezed));
        Assert.True(File.Exists(Path.Combine(_bundle.Rootfs, "made")));
    }

    [Fact]
    public void A_container_goes_through_its_states()
    {
        var id = _user.Start();
        Assert.Contains("\"running\"", _user.Command("state", id).Is(0).Out);
        Assert.Equal($"{id}\n", _user.Command("list", "-q").Is(0).Out);
        Assert.Equal(["0", "2"], _user.Command("exec", id, "sh", "-c", "id -u; echo $$").Is(0).Lines);
        Assert.Equal(3, _user.Command("exec", id, "sh", "-c", "exit 3").ExitCode);
        Assert.StartsWith("/dev/pts/", _user.Command("exec", "-t", id, "readlink", "/proc/self/fd/0").Is(0).Out);
        _user.Command("exec", "-u", "1000", id, "true").FailsWith("has no place in the user namespace");
        _user.Command("pause", id).FailsWith("no cgroup");
        var stats = _user.Command("events", "--stats", id).Is(0);
        Assert.Contains("no cgroup of its own", stats.Err);
        Assert.NotEmpty(JsonNode.Parse(stats.Out)!["data"]!["network_interfaces"]!.AsArray());
        Assert.Null(JsonNode.Parse(stats.Out)!["data"]!["pids"]!["current"]);
        _user.Command("kill", id, "KILL").Is(0);
        Lifecycle.Until(() => _user.Command("state", id).Out.Contains("\"stopped\"", StringComparison.Ordinal), "the end");
        _user.Command("delete", id).Is(0);
        Assert.Equal("", _user.Command("list", "-q").Is(0).Out);
    }

    /// <summary>On a hybrid host nobody delegates the v2 part, which has no limit of the container's: it does without.</summary>
    [Fact]
    public void Cgroups_of_v1_that_are_the_users_are_used()
    {
        var layout = CgroupLayout.Detect();
        Assert.SkipUnless(layout.Mode != CgroupMode.V2 && layout.Of(Controllers.Pids) is { IsV2: false } && layout.Of(Controllers.Freezer) is { IsV2: false }, "no cgroup v1 with pids and freezer here");
        var name = Path.GetFileName(_bundle.Directory);
        var own = layout.V1.Where(hierarchy => !hierarchy.ReadOnly).Select(hierarchy => hierarchy.Directory($"/{name}")).ToList();
        try
        {
            foreach (var directory in own)
            {
                Directory.CreateDirectory(directory);
                OciRuntime.Execute("/bin/sh", ["-c", $"cd {directory} && chown {OrdinaryUser.Id} . cgroup.procs tasks; test ! -e cpuset.cpus || {{ cat ../cpuset.cpus >cpuset.cpus; cat ../cpuset.mems >cpuset.mems; }}"]).Is(0);
            }

            _bundle.Linux.CgroupsPath = $"/{name}/below";
            _bundle.Linux.Resources = new() { Pids = new() { Limit = 33 } };
            var id = _user.Start();
            Assert.Equal("33\n", File.ReadAllText(layout.Of(Controllers.Pids)!.Directory($"/{name}/below/pids.max")));
            _user.Command("pause", id).Is(0);
            Assert.Contains("\"paused\"", _user.Command("state", id).Is(0).Out);
            _user.Command("resume", id).Is(0);
            _user.Command("update", "--pids-limit", "44", id).Is(0);
            Assert.Equal("44\n", File.ReadAllText(layout.Of(Controllers.Pids)!.Directory($"/{name}/below/pids.max")));
            Assert.Equal(2, _user.Command("ps", id).Is(0).Lines.Length);
            Assert.Contains($"pids:/{name}/below", _user.Command("exec", id, "cat", "/proc/self/cgroup").Is(0).Out);
            _user.Command("delete", "-f", id).Is(0);
            Assert.All(own, directory => Assert.False(Path.Exists($"{directory}/below"), directory));
        }
        finally
        {
            own.ForEach(Directory.Delete);
        }
    }

    /// <summary>Owners by their numbers in the container: the user's own is root, a subordinate id what it is mapped to, another root's.</summary>
    [Fact]
    public void A_tmpfs_begins_with_what_was_there()
    {
        _user.UseSubordinates();
        var directory = Directory.CreateDirectory(Path.Combine(_bundle.Rootfs, "data/below")).Parent!.FullName;
        File.WriteAllText($"{directory}/below/file", new string('x', 100_000));
        File.WriteAllText($"{directory}/empty", "");
        File.CreateSymbolicLink($"{directory}/link", "below/file");
        OciRuntime.Execute("/bin/sh", ["-c", $"cd {directory} && mkfifo -m 600 fifo && touch -d @1000000000 empty && chown -Rh {OrdinaryUser.Id}:{OrdinaryUser.Id} . && chmod 4755 below/file && chmod 2777 below && chown -h {OrdinaryUser.FirstSubordinate + 6}:{OrdinaryUser.FirstSubordinate + 7} link empty && chown 99:99 fifo"]).Is(0);
        _bundle.Spec.Mounts!.Add(new() { Destination = "/data", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup", "nodev"] });

        var lines = _user.Run("cd /data && busybox wc -c <below/file && stat -c '%n %u:%g %a %F' below below/file empty link fifo && stat -c %Y empty && readlink link && rm -rf below && touch new").Is(0).Lines;
        Assert.Equal(["100000", "below 0:0 2777 directory", "below/file 0:0 4755 regular file", "empty 7:8 644 regular empty file", "link 7:8 777 symbolic link", "fifo 0:0 600 fifo", "1000000000", "below/file"], lines);
        Assert.True(File.Exists($"{directory}/below/file"));
        Assert.False(File.Exists($"{directory}/new"));
    }

    [Fact]
    public void Created_and_started_it_is_the_same()
    {
        _bundle.Process.Args = ["sleep", "1000"];
        var id = _bundle.NextId();
        _user.Command("create", id).Is(0);
        Assert.Contains("\"created\"", _user.Command("state", id).Is(0).Out);
        _user.Command("start", id).Is(0);
        Assert.Contains("\"running\"", _user.Command("state", id).Is(0).Out);
        _user.Command("delete", "-f", id).Is(0);
    }

    [Fact]
    public void Subordinate_ids_are_the_containers_users()
    {
        _user.UseSubordinates();
        _bundle.Process.User = new() { Uid = 33, Gid = 34, AdditionalGids = [35] };
        var lines = _user.Run("id; cat /proc/self/uid_map; cat /proc/self/setgroups").Is(0).Lines;
        Assert.Equal(["uid=33 gid=34 groups=35", Map("uid"), $"1 {OrdinaryUser.FirstSubordinate} {OrdinaryUser.Subordinates}", "allow"], lines.Take(4).Select(Squeezed));
        var id = _user.Start();
        Assert.Equal("uid=33 gid=34 groups=35\n", _user.Command("exec", id, "id").Is(0).Out);
        Assert.Equal("uid=44 gid=45 groups=35,46\n", _user.Command("exec", "-u", "44:45", "-g", "46", id, "id").Is(0).Out);
        _user.Command("kill", id, "KILL").Is(0);
    }

    [Fact]
    public void Without_them_there_are_no_groups_to_give()
    {
        _bundle.Process.User = new() { AdditionalGids = [35] };
        _user.Run("true").FailsWith("process.user.additionalGids");
    }

    [Fact]
    public void Another_users_ids_cannot_be_had()
    {
        _user.UseSubordinates();
        _bundle.Linux.UidMappings![1].HostID = OrdinaryUser.FirstSubordinate - 10;
        _user.Run("true").FailsWith("/etc/subuid");
    }

    [Fact]
    public void It_mounts_what_the_user_may_see()
    {
        Directory.CreateDirectory(Path.Combine(_bundle.Directory, "shared"));
        File.WriteAllText(Path.Combine(_bundle.Directory, "shared/file"), "hello\n");
        _bundle.Spec.Mounts!.AddRange(
        [
            new() { Destination = "/shared", Type = "bind", Source = "shared", Options = ["rbind", "ro"] },
            new() { Destination = "/etc/one", Type = "bind", Source = "shared/file", Options = ["bind"] },
            new() { Destination = "/sys", Type = "bind", Source = "/sys", Options = ["rbind", "ro"] },
            new() { Destination = "/scratch", Type = "tmpfs", Source = "tmpfs", Options = ["size=1m"] },
        ]);
        _bundle.Linux.MaskedPaths = ["/proc/acpi", "/proc/keys"];
        _bundle.Linux.ReadonlyPaths = ["/proc/sys"];
        _bundle.Spec.Root!.Readonly = true;
        var result = _user.Run("cat /shared/file /etc/one; touch /scratch/x; touch /shared/x; touch /x; ls /sys/class >/dev/null && echo sys; cat /proc/keys");
        Assert.Equal(["hello", "hello", "sys"], result.Is(0).Lines);
        Assert.Contains("/shared/x: Read-only file system", result.Err);
        Assert.Contains("/x: Read-only file system", result.Err);
    }

    [Fact]
    public void What_only_root_can_do_is_a_clear_error()
    {
        _bundle.Linux.Resources = new() { Pids = new() { Limit = 10 } };
        _user.Run("true").FailsWith("permission denied");
        _bundle.Linux.Resources = null;
        _bundle.Linux.CgroupsPath = "/somewhere";
        _user.Run("true").FailsWith("permission denied");
        _bundle.Linux.CgroupsPath = null;
        _bundle.Spec.Mounts!.Add(new() { Destination = "/x", Source = _bundle.Rootfs, Options = ["bind", "idmap"] });
        _user.Run("true").FailsWith("operation not permitted");
    }

    [Fact]
    public void A_lower_oom_score_is_left_out()
    {
        _bundle.Process.OomScoreAdj = -500;
        var result = _user.Run("cat /proc/self/oom_score_adj").Is(0);
        Assert.NotEqual("-500\n", result.Out);
        Assert.Contains("process.oomScoreAdj: -500 is left out", result.Err);
    }

    [Fact]
    public void Hooks_run_on_the_way()
    {
        _bundle.Spec.Hooks = new()
        {
            CreateRuntime = [new() { Path = "/bin/sh", Args = ["sh", "-c", "echo runtime >>run/hooks"] }],
            CreateContainer = [new() { Path = "/bin/sh", Args = ["sh", "-c", "echo container >>made"] }], // in the root file system
            StartContainer = [new() { Path = "/bin/sh", Args = ["sh", "-c", "echo start >>/made; id -u >>/made"] }],
        };
        Assert.Equal("container\nstart\n0\n", _user.Run("cat /made").Is(0).Out);
        Assert.Equal("runtime\n", File.ReadAllText(Path.Combine(_bundle.Directory, "run/hooks")));
    }

    [Theory]
    [InlineData("-Ur")]
    [InlineData("-Urm")]
    public void In_a_user_namespace_of_the_users_it_works_too(string options)
    {
        _bundle.Linux.UidMappings![0].HostID = 0;
        _bundle.Linux.GidMappings![0].HostID = 0;
        _bundle.Process.Args = ["sh", "-c", "id -u; cat /proc/self/uid_map; exit 5"];
        var lines = _user.CommandInside(options, "run", _bundle.NextId()).Is(5).Lines;
        Assert.Equal(["0", "0 0 1"], lines.Select(Squeezed));
    }
}
