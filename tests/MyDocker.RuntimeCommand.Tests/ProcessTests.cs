using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>The "process" section of config.json, as the process itself finds it.</summary>
public sealed class ProcessTests
{
    public static TheoryData<string> Runtimes => OciRuntime.All;

    public static TheoryData<string> NewRuntimes => OciRuntime.AllSince12;

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void The_user_has_its_ids_groups_and_umask(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.User = new() { Uid = 1000, Gid = 1001, Umask = 0x3F, AdditionalGids = [5, 6] };
        var lines = bundle.Run("id -u; id -g; id -G; umask; touch /tmp/x || stat -c %u /proc/self").Is(0).Lines;
        Assert.Equal(["1000", "1001", "1001 5 6", "0077"], lines[..4]);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Each_set_of_capabilities_is_what_was_asked_for(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.User = new() { Uid = 1000, Gid = 1000 };
        bundle.Process.Capabilities = new()
        {
            Bounding = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
            Permitted = ["CAP_CHOWN", "CAP_KILL"],
            Effective = ["CAP_KILL"],
            Inheritable = ["CAP_KILL"],
            Ambient = ["CAP_KILL", "CAP_CHOWN"], // the second is not inheritable: left out
        };
        var sets = bundle.Run("grep ^Cap /proc/self/status").Is(0).Lines.ToDictionary(line => line[..6], line => Convert.ToUInt64(line[7..].Trim(), 16));
        const ulong kill = 1 << 5, chown = 1, netRaw = 1 << 13;
        Assert.Equal(kill | chown | netRaw, sets["CapBnd"]);
        Assert.Equal(kill, sets["CapInh"]);
        Assert.Equal(kill, sets["CapAmb"]);
        Assert.Equal(kill, sets["CapPrm"]); // execve(2) of a user that is not root leaves the ambient ones
        Assert.Equal(kill, sets["CapEff"]);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Unknown_capabilities_are_left_out(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.Capabilities = Bundle.Capabilities("CAP_KILL", "CAP_NO_SUCH");
        var result = bundle.Run("grep CapBnd /proc/self/status").Is(0);
        Assert.Contains("0000000000000020", result.Out, StringComparison.Ordinal);
        Assert.Contains("ignoring unknown or unavailable capabilities: [CAP_NO_SUCH]", result.Err, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void No_new_privileges_is_as_said(string runtime)
    {
        using var bundle = new Bundle(runtime);
        Assert.Contains("1", bundle.Run("grep NoNewPrivs /proc/self/status").Is(0).Out, StringComparison.Ordinal);
        bundle.Process.NoNewPrivileges = false;
        Assert.Contains("0", bundle.Run("grep NoNewPrivs /proc/self/status").Is(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Limits_are_set(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.Rlimits = [new() { Type = "RLIMIT_NOFILE", Hard = 512, Soft = 256 }, new() { Type = "RLIMIT_CORE", Hard = 0, Soft = 0 }];
        var limits = bundle.Run("cat /proc/self/limits").Is(0).Lines.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("Max open files 256 512 files", limits);
        Assert.Contains("Max core file size 0 0 bytes", limits);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void The_oom_score_is_adjusted(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.OomScoreAdj = 250;
        Assert.Equal("250\n", bundle.Run("cat /proc/self/oom_score_adj").Is(0).Out);
    }

    [Theory]
    [MemberData(nameof(NewRuntimes))]
    public void Scheduler_io_priority_and_personality_are_set(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.Scheduler = new() { Policy = "SCHED_BATCH", Nice = 7 };
        bundle.Process.IoPriority = new() { Class = "IOPRIO_CLASS_BE", Priority = 3 };
        bundle.Linux.Personality = new() { Domain = "LINUX32" };
        var lines = bundle.Run("grep -E '^(policy|prio)' /proc/self/sched | grep -oE '[0-9]+$'; ionice -p $$; cat /proc/self/personality").Is(0).Lines;
        Assert.Equal(["3", "127", "best-effort: prio 3", "00000008"], lines);
    }

    [Fact]
    public void The_memory_policy_is_set()
    {
        Assert.SkipUnless(File.Exists("/proc/self/numa_maps"), "a kernel without NUMA");
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.MemoryPolicy = new() { Mode = "MPOL_BIND", Nodes = "0", Flags = ["MPOL_F_STATIC_NODES"] };
        Assert.Contains("bind=static:0", bundle.Run("cat /proc/self/numa_maps").Is(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Home_comes_from_the_containers_own_users(string runtime)
    {
        using var bundle = new Bundle(runtime);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "etc/passwd"), "root:x:0:0::/root:/bin/sh\njoe:x:1000:1000::/home/joe:/bin/sh\n");
        bundle.Process.User = new() { Uid = 1000, Gid = 1000 };
        Assert.Equal("/home/joe\n", bundle.Run("echo $HOME").Is(0).Out);
        bundle.Process.User = new() { Uid = 4711 };
        Assert.Equal("/\n", bundle.Run("echo $HOME").Is(0).Out);
        bundle.Process.Env!.Add("HOME=/mine");
        Assert.Equal("/mine\n", bundle.Run("echo $HOME").Is(0).Out);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void A_process_that_is_executed_later_has_its_home_too(string runtime)
    {
        using var bundle = new Bundle(runtime);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "etc/passwd"), "joe:x:1000:1000::/home/joe:/bin/sh\n");
        var id = bundle.Start();
        Assert.Equal("/home/joe 1000\n", bundle.Command("exec", "--user", "1000:1000", id, "sh", "-c", "echo $HOME $(id -u)").Is(0).Out);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Nothing_but_the_streams_is_open(string runtime)
    {
        using var bundle = new Bundle(runtime);
        // The fourth is that of ls itself, which looks at its directory.
        Assert.Equal(["0", "1", "2", "3"], bundle.Run("ls /proc/self/fd 2>/dev/null").Is(0).Lines);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Descriptors_that_are_preserved_keep_their_numbers(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.Args = ["sh", "-c", "cat <&3; cat <&4; ls /proc/self/fd"];
        File.WriteAllText(Path.Combine(bundle.Directory, "a"), "first\n");
        File.WriteAllText(Path.Combine(bundle.Directory, "b"), "second\n");
        bundle.Save();
        var result = OciRuntime.Execute("/bin/sh", ["-c", "exec \"$@\" 3<a 4<b", "sh", OciRuntime.PathOf(runtime), "--root", Path.Combine(bundle.Directory, "state"), "run", "--preserve-fds", "2", bundle.NextId()], bundle.Directory).Is(0);
        Assert.Equal(["first", "second", "0", "1", "2", "3", "4", "5"], result.Lines);
    }

    [Fact]
    public void Descriptors_far_above_the_runtimes_own_are_preserved()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["sh", "-c", "cat /proc/self/fd/60; ls /proc/self/fd"];
        bundle.Process.Capabilities = Bundle.Capabilities("CAP_DAC_OVERRIDE");
        File.WriteAllText(Path.Combine(bundle.Directory, "b"), "far\n");
        bundle.Save();
        var result = OciRuntime.Execute("/bin/bash", ["-c", "exec \"$@\" 60<b", "bash", OciRuntime.PathOf(OciRuntime.Ours), "--root", Path.Combine(bundle.Directory, "state"), "run", "--preserve-fds", "58", bundle.NextId()], bundle.Directory).Is(0);
        Assert.Equal("far", result.Lines[0]); // between 3 and 60 there may be more that whoever runs the tests left open
        Assert.Equal("60", result.Lines.Select(line => int.TryParse(line, out var number) ? number : 0).Max().ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void The_descriptors_of_systemd_come_with_their_variables()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID; cat <&3"];
        File.WriteAllText(Path.Combine(bundle.Directory, "a"), "socket\n");
        bundle.Save();
        var result = OciRuntime.Execute("/bin/sh", ["-c", "LISTEN_FDS=1 exec \"$@\" 3<a", "sh", OciRuntime.PathOf(OciRuntime.Ours), "--root", Path.Combine(bundle.Directory, "state"), "run", bundle.NextId()], bundle.Directory).Is(0);
        Assert.Equal(["1 1", "socket"], result.Lines);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void A_working_directory_is_made_also_where_the_root_is_read_only(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Root!.Readonly = true;
        bundle.Process.Cwd = "/made/for/it";
        Assert.Equal("/made/for/it\n", bundle.Run("pwd").Is(0).Out);
    }

    [Fact]
    public void Groups_of_the_caller_are_kept_where_podman_asks_for_it()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Spec.Annotations = new() { ["run.oci.keep_original_groups"] = "1" };
        var own = File.ReadLines("/proc/self/status").First(line => line.StartsWith("Groups:", StringComparison.Ordinal)).TrimEnd();
        Assert.Equal(own, bundle.Run("grep Groups /proc/self/status").Is(0).Out.TrimEnd());
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Streams_become_the_users(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.User = new() { Uid = 1000, Gid = 1000 };
        Assert.Equal("hello\n", bundle.Run("echo hello >/dev/stdout").Is(0).Out);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void The_session_keyring_is_the_containers_own_and_shared_with_exec(string runtime)
    {
        Assert.SkipUnless(File.Exists("/proc/keys"), "a kernel without keyrings");
        using var bundle = new Bundle(runtime);
        var id = bundle.Start();
        var first = bundle.Command("exec", id, "grep", "_ses", "/proc/keys").Is(0).Lines;
        var second = bundle.Command("exec", id, "grep", "_ses", "/proc/keys").Is(0).Lines;
        var own = Assert.Single(first, line => line.Contains($"_ses.{id}", StringComparison.Ordinal));
        Assert.Equal(own[..8], Assert.Single(second, line => line.Contains($"_ses.{id}", StringComparison.Ordinal))[..8]);
    }
}
