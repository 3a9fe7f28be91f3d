using System.Net.Sockets;
using System.Text.Json.Nodes;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>The commands around a container's life, as their callers use them.</summary>
public sealed class LifecycleTests
{
    private static Bundle NewBundle() => new(OciRuntime.Ours);

    [Fact]
    public void A_container_goes_through_its_states()
    {
        using var bundle = NewBundle();
        var id = bundle.Create("sleep", "1000");
        Assert.Equal("created", bundle.Status(id));
        bundle.Command("start", id).Is(0);
        Assert.Equal("running", bundle.Status(id));
        bundle.Command("pause", id).Is(0);
        Assert.Equal("paused", bundle.Status(id));
        bundle.Command("pause", id).FailsWith("container not running");
        bundle.Command("exec", id, "true").FailsWith("paused");
        bundle.Command("resume", id).Is(0);
        Assert.Equal("running", bundle.Status(id));
        bundle.Command("resume", id).FailsWith("container not paused");
        bundle.Command("delete", id).FailsWith("that is not stopped: running");
        bundle.Command("kill", id, "KILL").Is(0);
        bundle.WaitFor(id, "stopped");
        bundle.Command("kill", id, "KILL").FailsWith("container not running");
        bundle.Command("kill", "--all", id, "KILL").Is(0);
        bundle.Command("pause", id).FailsWith("container not running");
        bundle.Command("update", "--pids-limit", "5", id).FailsWith("container not running");
        bundle.Command("events", "--stats", id).FailsWith("is not running");
        bundle.Command("delete", id).Is(0);
        foreach (var command in (string[])["state", "start", "kill", "delete", "pause", "resume", "ps", "events", "update", "exec"])
        {
            bundle.Command(command, command == "exec" ? [id, "true"] : [id]).FailsWith($"container \"{id}\" does not exist");
        }

        bundle.Command("delete", "--force", id).Is(0);
    }

    [Fact]
    public void A_paused_container_dies_of_SIGKILL()
    {
        using var bundle = NewBundle();
        var id = bundle.RunDetached("sleep", "1000");
        bundle.Command("pause", id).Is(0);
        bundle.Command("kill", id, "9").Is(0);
        bundle.WaitFor(id, "stopped");
    }

    [Fact]
    public void Its_state_is_runcs()
    {
        using var bundle = NewBundle();
        bundle.Spec.Annotations = new() { ["a"] = "b" };
        var id = bundle.RunDetached("sleep", "1000");
        var state = bundle.State(id);
        Assert.Equal(["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "annotations", "owner"], ((JsonObject)state).Select(entry => entry.Key));
        Assert.Equal((bundle.Spec.OciVersion, bundle.Directory, bundle.Rootfs, ""), ((string?)state["ociVersion"], (string?)state["bundle"], (string?)state["rootfs"], (string?)state["owner"]));
        Assert.True(DateTimeOffset.UtcNow - DateTimeOffset.Parse((string)state["created"]!, System.Globalization.CultureInfo.InvariantCulture) < TimeSpan.FromMinutes(5));
        Assert.True(Directory.Exists($"/proc/{bundle.Pid(id)}"));
        bundle.Command("kill", id, "KILL").Is(0);
        bundle.WaitFor(id, "stopped");
        Assert.Equal(0, (int?)bundle.State(id)["pid"]);
    }

    [Fact]
    public void The_list_tells_of_all_and_is_not_held_up_by_a_broken_one()
    {
        using var bundle = NewBundle();
        var runtime = OciRuntime.PathOf(OciRuntime.Ours);
        OciRuntime.Execute(runtime, ["--root", bundle.Root(), "list"]).FailsWith("no such file or directory");
        var id = bundle.RunDetached("sleep", "1000");
        var listed = Assert.Single(JsonNode.Parse(bundle.Command("list", "--format", "json").Is(0).Out)!.AsArray())!;
        Assert.Equal((id, "running", bundle.Pid(id), "root"), ((string?)listed["id"], (string?)listed["status"], (int?)listed["pid"], (string?)listed["owner"]));
        Assert.Equal($"{id}\n", bundle.Command("list", "-q").Is(0).Out);
        Assert.StartsWith("ID ", bundle.Command("list").Is(0).Lines[0]);

        foreach (var (name, content) in new[] { ("half", ""), ("damaged", "{\"id\": 5"), ("strange", "null"), ("empty", (string?)null) })
        {
            Directory.CreateDirectory(Path.Combine(bundle.Root(), name));
            if (content is not null)
            {
                File.WriteAllText(Path.Combine(bundle.Root(), name, "state.json"), content);
            }
        }

        var result = bundle.Command("list", "-f", "json").Is(0);
        Assert.Single(JsonNode.Parse(result.Out)!.AsArray());
        Assert.Contains("damaged", result.Err);
        Assert.DoesNotContain("internal error", result.Err);
        foreach (var name in (string[])["half", "damaged", "strange", "empty"])
        {
            bundle.Command("delete", "--force", name).Is(0);
        }

        bundle.Command("delete", "--force", id).Is(0);
        Assert.Equal("null\n", bundle.Command("list", "-f", "json").Is(0).Out);
        Assert.Single(bundle.Command("list").Is(0).Lines);
    }

    [Fact]
    public void Ps_shows_the_processes_of_this_container_alone()
    {
        using var bundle = NewBundle();
        var id = bundle.RunDetached("sh", "-c", "sleep 999 & sleep 1000; true");
        Lifecycle.Until(() => Pids(bundle, id).Length == 3, "three processes");
        Assert.Contains(bundle.Pid(id), Pids(bundle, id));
        var table = bundle.Command("ps", id).Is(0).Lines;
        Assert.Equal(4, table.Length);
        Assert.Contains("PID", table[0]);
        Assert.Contains(table, line => line.Contains("sleep 999", StringComparison.Ordinal));
        Assert.Equal(["PID", "COMMAND"], bundle.Command("ps", id, "-eo", "pid,args").Is(0).Lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        bundle.Command("ps", id, "-eo", "args").FailsWith("PID");
        bundle.Command("ps", "--format", "yaml", id).FailsWith("invalid format option");
    }

    [Fact]
    public void Limits_are_changed_by_options_and_by_a_file()
    {
        using var bundle = NewBundle();
        var id = bundle.RunDetached("sleep", "1000");
        bundle.Command("update", "--pids-limit", "42", "--memory", "64M", id).Is(0);
        Assert.Equal(42, (long?)Stats(bundle, id)["data"]!["pids"]!["limit"]);
        Assert.Equal(64 << 20, (long?)Stats(bundle, id)["data"]!["memory"]!["usage"]!["limit"]);
        var file = Path.Combine(bundle.Directory, "limits.json");
        File.WriteAllText(file, """{"pids": {"limit": 43}}""");
        bundle.Command("update", "-r", file, "--pids-limit", "44", id).Is(0);
        Assert.Equal(43, (long?)Stats(bundle, id)["data"]!["pids"]!["limit"]);
        bundle.Command("update", "--memory", "lots", id).FailsWith("invalid value for memory");
        bundle.Command("update", "-r", "/nowhere", id).FailsWith("/nowhere");
        bundle.Command("update", "--l3-cache-schema", "L3:0=f", id).FailsWith("not ");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mounts_come_and_go_while_a_container_runs(bool ownUsers)
    {
        using var bundle = NewBundle();
        bundle.Spec.Mounts!.Add(new() { Destination = "/foo", Type = "tmpfs", Source = "tmpfs" });
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "source"));
        File.WriteAllText(Path.Combine(bundle.Directory, "source/file"), "content");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "out"), bundle.Directory);
        if (ownUsers)
        {
            bundle.SetUsers();
            OciRuntime.Execute("/bin/chown", ["-R", "1000000:3000000", bundle.Rootfs]).Is(0);
        }

        var id = bundle.RunDetached("sleep", "1000");
        var file = Path.Combine(bundle.Directory, "mounts.json");
        File.WriteAllText(file, """[{"destination": "/foo/bar", "source": "source", "options": ["rbind", "ro"]}, {"destination": "/foo/new", "type": "tmpfs", "source": "tmpfs", "options": ["mode=700"]}, {"destination": "/foo/file", "source": "source/file", "options": ["bind"]}]""");
        bundle.Command("mounts", "add", id, file).Is(0);
        Assert.Equal("contentcontent", bundle.Command("exec", id, "cat", "/foo/bar/file", "/foo/file").Is(0).Out);
        bundle.Command("exec", id, "touch", "/foo/bar/x").FailsWith("Read-only file system");
        Assert.Equal("700\n", bundle.Command("exec", id, "stat", "-c", "%a", "/foo/new").Is(0).Out);

        bundle.Command("mounts", "remove", id, file).Is(0);
        Assert.Equal("bar\nfile\nnew\n", bundle.Command("exec", id, "ls", "/foo").Is(0).Out);
        bundle.Command("exec", id, "cat", "/foo/bar/file").FailsWith("No such file");
        bundle.Command("mounts", "remove", id, file).FailsWith("unmount /foo/file");

        File.WriteAllText(file, """[{"destination": "/out/here", "type": "tmpfs"}]"""); // a link of the image leads nowhere else
        bundle.Command("mounts", "add", id, file).Is(0);
        Assert.False(Directory.Exists(Path.Combine(bundle.Directory, "here")));
        File.WriteAllText(file, """[{"destination": "/proc/self", "type": "tmpfs"}]""");
        bundle.Command("mounts", "add", id, file).FailsWith("mounts[0].destination");
        bundle.Command("mounts", "move", id, file).FailsWith("neither add nor remove");
        bundle.Command("kill", id, "KILL").Is(0);
        bundle.WaitFor(id, "stopped");
        bundle.Command("mounts", "add", id, file).FailsWith("container not running");
    }

    [Fact]
    public void Events_come_at_intervals_until_the_end()
    {
        using var bundle = NewBundle();
        var id = bundle.RunDetached("sleep", "1000");
        var process = bundle.Begin("events", "--interval", "50ms", id);
        string[] Lines() => File.Exists(Path.Combine(bundle.Directory, "begun")) ? File.ReadAllLines(Path.Combine(bundle.Directory, "begun")) : [];
        Lifecycle.Until(() => Lines().Length >= 3, "three events");
        bundle.Command("kill", id, "KILL").Is(0);
        Assert.Equal(0, process.End());
        var entry = JsonNode.Parse(Lines()[0])!;
        Assert.Equal(("stats", id), ((string?)entry["type"], (string?)entry["id"]));
        Assert.True((ulong?)entry["data"]!["cpu"]!["usage"]!["total"] > 0);
        bundle.Command("events", "--interval", "0s", id).FailsWith("greater than 0");
    }

    [Fact]
    public void An_id_that_is_taken_is_refused_and_what_has_it_stays()
    {
        using var bundle = NewBundle();
        var id = bundle.RunDetached("sleep", "1000");
        bundle.Command("run", "-d", id).FailsWith("exists");
        Assert.Equal("running", bundle.Status(id));
        bundle.Command("create", "../x").FailsWith("invalid character");
    }

    [Fact]
    public void The_pid_file_is_whole_and_there_when_create_returns()
    {
        using var bundle = NewBundle();
        var id = bundle.NextId();
        bundle.InBackground("create", ["--pid-file", "pid", id], ["true"]).Is(0);
        Assert.Equal($"{bundle.Pid(id)}", File.ReadAllText(Path.Combine(bundle.Directory, "pid")));
    }

    [Fact]
    public void With_keep_the_container_stays()
    {
        using var bundle = NewBundle();
        var id = bundle.NextId();
        bundle.Process.Args = ["sh", "-c", "exit 3"];
        bundle.Command("run", "--keep", id).Is(3);
        Assert.Equal("stopped", bundle.Status(id));
    }

    [Theory]
    [InlineData("nonsense", "executable file not found in $PATH")]
    [InlineData("/bin/nonsense", "no such file or directory")]
    [InlineData("/etc", "permission denied")]
    public void A_command_that_cannot_be_executed_is_told_in_the_words_that_engines_look_for(string command, string text)
    {
        using var bundle = NewBundle();
        bundle.Process.Args = [command];
        var log = Path.Combine(bundle.Directory, "log");
        bundle.Command("run", bundle.NextId()).FailsWith(text);

        // As podman and containerd do it: a JSON object in the log. Where create does not find it, start does.
        var id = bundle.NextId();
        var result = bundle.InBackground("create", [id], [command], log: log);
        result = result.ExitCode == 0 ? OciRuntime.Execute(OciRuntime.PathOf(OciRuntime.Ours), ["--root", bundle.Root(), "--log", log, "--log-format", "json", "start", id], bundle.Directory) : result;
        Assert.Equal(1, result.ExitCode);
        var entry = JsonNode.Parse(File.ReadAllText(log))!; // one object, as podman reads it
        Assert.Equal("error", (string?)entry["level"]);
        Assert.Contains(text, (string)entry["msg"]!);
        Assert.True(DateTimeOffset.TryParse((string?)entry["time"], out _));

        bundle.Process.Args = ["sleep", "1000"];
        var running = bundle.RunDetached("sleep", "1000");
        var exec = bundle.Command("exec", running, command).FailsWith(text);
        Assert.Equal(255, exec.ExitCode);
    }

    [Fact]
    public async Task Ready_is_told_to_systemd_with_the_containers_process()
    {
        using var bundle = NewBundle();
        bundle.Install("notifier");
        var path = Path.Combine(bundle.Directory, "systemd");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        systemd.ReceiveTimeout = 30_000;
        var environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path };
        var id = bundle.NextId();
        bundle.InBackground("create", [id], ["/notifier"], environment).Is(0);
        var start = Task.Run(() => OciRuntime.Execute(OciRuntime.PathOf(OciRuntime.Ours), ["--root", bundle.Root(), "start", id], bundle.Directory, environment));
        string Next()
        {
            var buffer = new byte[4096];
            return System.Text.Encoding.UTF8.GetString(buffer, 0, systemd.Receive(buffer));
        }

        Assert.Equal("READY=1\n", Next());
        Assert.Equal($"MAINPID={bundle.Pid(id)}\n", Next());
        Assert.Equal("BARRIER=1", Next()); // its descriptor is closed at once, as nobody takes it
        (await start).Is(0);
    }

    [Fact]
    public async Task Who_waits_for_a_command_to_be_ready_can_be_relieved_by_a_kill()
    {
        using var bundle = NewBundle();
        var path = Path.Combine(bundle.Directory, "systemd");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        var environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path };
        var id = bundle.NextId();
        bundle.InBackground("create", [id], ["sleep", "1000"], environment).Is(0);
        var start = Task.Run(() => OciRuntime.Execute(OciRuntime.PathOf(OciRuntime.Ours), ["--root", bundle.Root(), "start", id], bundle.Directory, environment));
        bundle.WaitFor(id, "running");
        await Task.Delay(200);
        Assert.False(start.IsCompleted);
        bundle.Command("delete", "--force", id).Is(0);
        (await start).Is(0);
    }

    [Fact]
    public void Sockets_of_systemd_reach_the_command()
    {
        using var bundle = NewBundle();
        bundle.Process.Args = ["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; readlink /proc/self/fd/3; readlink /proc/self/fd/4; ls /proc/self/fd"];
        bundle.Save();
        var id = bundle.NextId();
        var result = OciRuntime.Execute("/bin/sh", ["-c", "exec 3</etc/hostname 4</etc/hosts 5</etc/fstab; export LISTEN_PID=$$; exec \"$@\"", "sh", OciRuntime.PathOf(OciRuntime.Ours), "--root", bundle.Root(), "run", id], bundle.Directory,
            new Dictionary<string, string> { ["LISTEN_FDS"] = "2", ["LISTEN_FDNAMES"] = "web:admin" });
        Assert.Equal("2 1 web:admin", result.Is(0).Lines[0]);
        Assert.Equal(["/etc/hostname", "/etc/hosts"], result.Lines[1..3].Select(line => line[line.LastIndexOf("/etc/", StringComparison.Ordinal)..]));
        Assert.DoesNotContain("5", result.Lines[3..][..^1]);
    }

    [Fact]
    public void Who_may_make_no_cgroup_gets_a_container_without_one()
    {
        using var bundle = NewBundle();
        bundle.Process.Args = ["true"];
        bundle.SetUsers();
        bundle.Linux.Resources = null;
        bundle.Save();
        Result Plan(string rootless) => OciRuntime.Execute("setpriv", ["--reuid", "65534", "--clear-groups", OciRuntime.PathOf(OciRuntime.Ours), "--rootless", rootless, "plan", "--bundle", bundle.Directory]);
        Assert.SkipWhen(Plan("false").ExitCode == 126 || Plan("false").Err.Contains("setpriv", StringComparison.Ordinal), "another user cannot get at the executable here");
        Assert.Contains("create cgroup", Plan("false").Is(0).Out);
        Assert.DoesNotContain("create cgroup", Plan("auto").Is(0).Out);
        bundle.Linux.Resources = new() { Pids = new() { Limit = 5 } };
        bundle.Save();
        Plan("auto").FailsWith("permission denied");
        Plan("perhaps").FailsWith("use true, false or auto");
    }

    private static int[] Pids(Bundle bundle, string id) => [.. JsonNode.Parse(bundle.Command("ps", "-f", "json", id).Is(0).Out)!.AsArray().Select(pid => (int)pid!)];

    private static JsonNode Stats(Bundle bundle, string id) => JsonNode.Parse(bundle.Command("events", "--stats", id).Is(0).Out)!;
}
