using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>
/// A directory that one engine has for itself, with the runtime in it and a root file system of busybox; what engines need of
/// the machine is asked for here.
/// </summary>
public sealed class Host : IDisposable
{
    /// <summary>The limits that podman sets by itself are above what a machine without CAP_SYS_RESOURCE may give.</summary>
    public static readonly string[] Ulimits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"];

    public Host(string name)
    {
        Assert.SkipUnless(Environment.UserName == "root", "real containers need root");
        Assert.SkipUnless(File.Exists("/bin/busybox"), "no /bin/busybox to make a root file system of: install busybox-static");
        Runtime = Environment.GetEnvironmentVariable("MYDOCKER_TEST_RUNTIME") is { Length: > 0 } other ? other : Path.Combine(Machine.Binaries, "mydocker-runtime");
        Assert.True(File.Exists(Runtime), $"{Runtime} is missing: run make build");
        Directory = $"/var/tmp/mydocker-{name}-{Environment.ProcessId}";
        System.IO.Directory.CreateDirectory(Directory);
        Root = Path.Combine(Directory, "busybox");
        foreach (var directory in (string[])["bin", "dev", "etc", "proc", "sys", "tmp", "root"])
        {
            System.IO.Directory.CreateDirectory(Path.Combine(Root, directory));
        }

        File.Copy("/bin/busybox", Path.Combine(Root, "bin/busybox"));
        foreach (var applet in (string[])["sh", "cat", "dd", "echo", "false", "id", "kill", "ls", "mount", "ps", "sleep", "stat", "stty", "true", "tty"])
        {
            File.CreateSymbolicLink(Path.Combine(Root, "bin", applet), "busybox");
        }

        File.WriteAllText(Path.Combine(Root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n");
        File.WriteAllText(Path.Combine(Root, "etc/group"), "root:x:0:\nuser:x:1000:\n");
    }

    /// <summary>Fifty, and a dozen where everything is emulated.</summary>
    public static int Many { get; } = Math.Max(12, 50 / TimeFactor.Value);

    /// <summary>mydocker-runtime; another with MYDOCKER_TEST_RUNTIME, since a test that runc fails is suspect.</summary>
    public string Runtime { get; }

    public string Directory { get; }

    /// <summary>The root file system.</summary>
    public string Root { get; }

    /// <summary>The same as a tarball, for engines that import images.</summary>
    public string Tarball()
    {
        var path = Path.Combine(Directory, "busybox.tar");
        Tool.Run("tar", "-C", Root, "-cf", path, ".").Is(0);
        return path;
    }

    /// <summary>The command line on a terminal of its own, as somebody at a keyboard has it.</summary>
    public static Result OnTerminal(IEnumerable<string> command)
    {
        Machine.RequireTool("script", "bsdutils");
        using var running = Tool.Start("script", ["-qec", string.Join(' ', command.Select(Quoted)), "/dev/null"], keepInput: true);
        return running.End();
    }

    /// <summary>The file of a limit as it is called here, read from inside a container whose cgroups are mounted in the usual place.</summary>
    public static string LimitCommand(string controller, string v1, string v2)
        => File.Exists("/sys/fs/cgroup/cgroup.controllers") ? $"cat /sys/fs/cgroup/{v2}" : $"cat /sys/fs/cgroup/{controller}/{v1}";

    public static void RequireSystemd() => Assert.SkipUnless(System.IO.Directory.Exists("/run/systemd/system"), "systemd is not this host's init");

    /// <summary>All units of systemd, failed ones too, whose name has this in it.</summary>
    public static string[] Units(string part) => [.. Tool.Run("systemctl", "list-units", "--all", "--plain", "--no-legend", $"*{part}*").Lines.Select(line => line.Split(' ')[0])];

    public void Dispose()
    {
        foreach (var mount in File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]).Where(path => path.StartsWith(Directory + "/", StringComparison.Ordinal)).Reverse().ToArray())
        {
            Tool.Run("umount", "-l", mount);
        }

        Tool.Run("rm", "-rf", "--one-file-system", Directory);
    }

    private static string Quoted(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
