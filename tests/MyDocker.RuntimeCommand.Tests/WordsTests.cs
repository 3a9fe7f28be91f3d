using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>What the runtime says of itself and of failures: the words by which engines, scripts and people tell what happened.</summary>
public sealed class WordsTests
{
    /// <summary>A host may install it as runc or crun: by that name.</summary>
    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public void By_another_name_it_goes_by_that_name_and_says_whose_it_is(string name)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var path = Path.Combine(bundle.Directory, name);
        File.CreateSymbolicLink(path, OciRuntime.PathOf(OciRuntime.Ours));

        var version = OciRuntime.Execute(path, ["--version"]).Is(0).Lines;
        Assert.Matches($"^{name} version [0-9]+\\.[0-9]+\\.[0-9]+$", version[0]);
        Assert.Contains("implementation: mydocker-runtime", version);
        Assert.Single(version, line => line.Contains("version", StringComparison.Ordinal)); // docker takes the last one
        Assert.StartsWith($"NAME:\n   {name} - ", OciRuntime.Execute(path, ["--help"]).Is(0).Out);
        foreach (var usage in (string[])["exec CONTAINER cmd", "delete CONTAINER", "start CONTAINER", "mounts [add|remove] CONTAINER FILE"])
        {
            Assert.Contains($"\nUsage: {name} [OPTION...] {usage}", OciRuntime.Execute(path, [usage.Split(' ')[0], "--help"]).Is(0).Out);
        }

        Assert.StartsWith($"{name}: no such command: fly; see {name} --help", OciRuntime.Execute(path, ["fly"]).Err);
        Assert.StartsWith($"{name} state failed: container \"nobody\" does not exist", OciRuntime.Execute(path, ["state", "nobody"]).Err);
        bundle.Process.Args = ["true"];
        bundle.Save();
        OciRuntime.Execute(path, ["--root", bundle.Root(), "run", bundle.NextId()], bundle.Directory).Is(0);
    }

    /// <summary>Only then: scripts that look into crun's directory find its file.</summary>
    [Theory]
    [InlineData("crun", true)]
    [InlineData("runc", false)]
    public void As_crun_it_keeps_the_file_of_its_state_as_well(string name, bool keeps)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var path = Path.Combine(bundle.Directory, name);
        File.CreateSymbolicLink(path, OciRuntime.PathOf(OciRuntime.Ours));
        bundle.Process.Args = ["sleep", "1000"];
        bundle.Save();
        var id = bundle.NextId();
        OciRuntime.Execute("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>/dev/null", "sh", path, "--root", bundle.Root(), "run", "-d", id], bundle.Directory).Is(0);

        var file = Path.Combine(bundle.Root(), id, "status");
        Assert.Equal(keeps, File.Exists(file));
        if (keeps)
        {
            var status = JsonNode.Parse(File.ReadAllText(file))!;
            Assert.Equal((bundle.Pid(id), bundle.Rootfs, bundle.Directory, false), ((int)status["pid"]!, (string?)status["rootfs"], (string?)status["bundle"], (bool)status["systemd-cgroup"]!));
            Assert.Equal("[\"/dev/null\",\"/dev/null\",\"/dev/null\"]", (string?)status["external_descriptors"]);
        }

        bundle.Command("delete", "-f", id).Is(0);
        Assert.False(Path.Exists(Path.Combine(bundle.Root(), id)));
    }

    [Fact]
    public void By_its_own_name_it_needs_no_other()
    {
        OciRuntime.Require();
        var version = OciRuntime.Execute(OciRuntime.PathOf(OciRuntime.Ours), ["--version"]).Is(0).Lines;
        Assert.StartsWith("mydocker-runtime version ", version[0]);
        Assert.DoesNotContain(version, line => line.StartsWith("implementation:", StringComparison.Ordinal));
    }

    [Fact]
    public void A_failed_start_says_how_far_it_came()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["nothing"];
        const string Unable = "failed: unable to start container process: error during container init: ";
        Assert.StartsWith($"mydocker-runtime run {Unable}exec: \"nothing\": executable file not found in $PATH", bundle.Command("run", bundle.NextId()).Err);
        bundle.Process.Args = ["/no/thing"];
        Assert.StartsWith($"mydocker-runtime run {Unable}exec /no/thing: no such file or directory", bundle.Command("run", bundle.NextId()).Err);
        bundle.Process.Args = ["nothing"];
        Assert.StartsWith($"mydocker-runtime create {Unable}exec: \"nothing\": ", bundle.Command("create", bundle.NextId()).Err);
        var id = bundle.Start();
        Assert.StartsWith("mydocker-runtime exec failed: unable to start container process: exec: \"nothing\": ", bundle.Command("exec", id, "nothing").Err);

        bundle.Spec.Mounts!.Add(new MountSpec { Destination = "/x", Type = "tmpfs", Source = "tmpfs", Options = ["size=lots"] });
        Assert.Matches(new Regex($"^mydocker-runtime run {Regex.Escape(Unable)}error mounting: step [0-9]+: mount option size=lots of tmpfs on /x: EINVAL \\(invalid argument\\)"), bundle.Run("true").Err);
    }

    /// <summary>The container was there: what is missing is the interpreter, and the command's name says whose.</summary>
    [Fact]
    public void A_command_that_the_kernel_refuses_speaks_for_itself_and_the_log_has_all()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var script = Path.Combine(bundle.Rootfs, "run.sh");
        File.WriteAllText(script, "#!/nowhere/sh\n");
        File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        bundle.Process.Args = ["/run.sh"];
        bundle.Global = ["--log", "log", "--log-format", "json"];

        var result = bundle.Command("run", bundle.NextId());
        Assert.Equal("exec /run.sh: no such file or directory\n", result.Is(127).Err);
        Assert.Contains("\"msg\":\"mydocker-runtime run failed: unable to start container process: error during container init: exec /run.sh: no such file or directory\"", File.ReadAllText(Path.Combine(bundle.Directory, "log")));
    }

    /// <summary>In a user namespace the host's restrictions stay; the parent, which could lift them, says so in the same words.</summary>
    [Fact]
    public void A_mount_that_the_parent_refuses_is_a_mount_that_failed()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var source = Path.Combine(bundle.Directory, "source");
        Directory.CreateDirectory(source);
        OciRuntime.Execute("/bin/mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", source]).Is(0);
        try
        {
            bundle.SetUsers();
            OciRuntime.Execute("/bin/chown", ["-R", "1000000:3000000", bundle.Rootfs]).Is(0);
            bundle.Spec.Mounts!.Add(new MountSpec { Destination = "/x", Source = source, Options = ["bind", "rw"] });
            Assert.Matches("run failed: unable to start container process: error during container init: error mounting: .*operation not permitted", bundle.Run("true").Err);
        }
        finally
        {
            OciRuntime.Execute("/bin/umount", [source]).Is(0);
        }
    }

    /// <summary>Each line is said when it has come to that.</summary>
    [Fact]
    public void Debugging_tells_the_stages_by_the_names_they_have_in_runcs_log()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Global = ["--debug"];
        bundle.Process.Args = ["true"];
        var log = bundle.Command("run", bundle.NextId()).Is(0).Err;
        InOrder(log, "nsexec container setup", "1  parent  ", "child process in init()", "init: closing the pipe to signal completion");

        bundle.Process.Args = ["nothing"];
        log = bundle.Command("create", bundle.NextId()).Err;
        Assert.Contains("nsexec container setup", log);
        Assert.DoesNotContain("child process in init()", log);
        Assert.DoesNotContain("signal completion", log);

        bundle.Global = [];
        var id = bundle.Start();
        bundle.Process.ExecCPUAffinity = new CPUAffinity { Initial = "0" };
        var process = Path.Combine(bundle.Directory, "process.json");
        File.WriteAllText(process, """{"args": ["true"], "cwd": "/", "execCPUAffinity": {"initial": "0"}}""");
        bundle.Global = ["--debug"];
        log = bundle.Command("exec", "--process", process, id).Is(0).Err;
        InOrder(log, "nsexec container setup", ": affinity: 0x1 ", "child process in init()", "setns_init: about to exec true", "init: closing the pipe to signal completion");
        Assert.Matches("nsexec\\[[0-9]+\\]: affinity: 0x1 ", log);
    }

    private static void InOrder(string text, params string[] parts)
    {
        var at = 0;
        foreach (var part in parts)
        {
            var next = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(next >= 0, $"\"{part}\" is missing, or too early, in:\n{text}");
            at = next + part.Length;
        }
    }
}
