using System.Text.Json;
using MyDocker.Oci.Runtime;

namespace MyDocker.RuntimeCommand.Tests.Harness;

/// <summary>
/// A bundle with a root file system of busybox, and what runtimes do with it. Its configuration is that of "runc spec" in short, for the
/// test to change. Containers and files go with it.
/// </summary>
public sealed class Bundle : IDisposable
{
    private static readonly string[] s_applets = ["sh", "cat", "ls", "id", "env", "sleep", "ionice", "hostname", "grep", "readlink", "ip", "touch", "mkdir", "pwd", "true", "umask", "stat", "sysctl", "dnsdomainname"];

    private static readonly LinuxCapabilities s_capabilities = Capabilities("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");

    private readonly string _runtime;
    private int _containers;

    public Bundle(string runtime)
    {
        OciRuntime.Require();
        _runtime = runtime;
        Directory = System.IO.Directory.CreateTempSubdirectory("mydocker-bundle-").FullName;
        File.SetUnixFileMode(Directory, (UnixFileMode)0x1ED); // user namespaces must get through
        foreach (var name in (string[])["bin", "proc", "dev", "sys", "etc", "tmp"])
        {
            System.IO.Directory.CreateDirectory(Path.Combine(Rootfs, name));
        }

        File.Copy("/bin/busybox", Path.Combine(Rootfs, "bin/busybox"));
        foreach (var applet in s_applets)
        {
            File.CreateSymbolicLink(Path.Combine(Rootfs, "bin", applet), "busybox");
        }

        Spec = NewSpec();
    }

    public string Directory { get; }

    public string Rootfs => Path.Combine(Directory, "rootfs");

    /// <summary>What is written to config.json by the next run.</summary>
    public RuntimeSpec Spec { get; }

    /// <summary>Options that stand before every command, such as --systemd-cgroup.</summary>
    public string[] Global { get; set; } = [];

    public ProcessSpec Process => Spec.Process!;

    public LinuxSpec Linux => Spec.Linux!;

    private string StateRoot => Path.Combine(Directory, "state");

    public static LinuxCapabilities Capabilities(params string[] names)
        => new() { Bounding = [.. names], Effective = [.. names], Permitted = [.. names], Inheritable = [], Ambient = [] };

    /// <summary>Runs a shell script in a container of the bundle, to its end.</summary>
    public Result Run(string script, params string[] options)
    {
        Process.Args = ["sh", "-c", script];
        return Command("run", [.. options, NextId()]);
    }

    /// <summary>A command of the runtime, with the configuration as it is now.</summary>
    public Result Command(string command, params IEnumerable<string> arguments)
    {
        Save();
        return OciRuntime.Execute(OciRuntime.PathOf(_runtime), ["--root", StateRoot, .. Global, command, .. arguments], Directory);
    }

    /// <summary>Starts a container that sleeps, and returns its id.</summary>
    public string Start()
    {
        Process.Args = ["sleep", "1000"];
        var id = NextId();
        // As under a shim: the container must not hold on to the pipes of the test.
        Save();
        OciRuntime.Execute("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>err", "sh", OciRuntime.PathOf(_runtime), "--root", StateRoot, "run", "-d", id], Directory).Is(0);
        return id;
    }

    public string NextId() => $"{Path.GetFileName(Directory)}-{++_containers}";

    /// <summary>Makes a namespace new, or another's by its path; null takes it away.</summary>
    public void SetNamespace(string type, string? path = "")
    {
        Linux.Namespaces!.RemoveAll(entry => entry.Type == type);
        if (path is not null)
        {
            Linux.Namespaces.Add(new LinuxNamespace { Type = type, Path = path.Length == 0 ? null : path });
        }
    }

    /// <summary>A user namespace with two ranges.</summary>
    public void SetUsers()
    {
        SetNamespace("user");
        Linux.UidMappings = [new() { ContainerID = 0, HostID = 1_000_000, Size = 1000 }, new() { ContainerID = 1000, HostID = 2_000_000, Size = 10 }];
        Linux.GidMappings = [new() { ContainerID = 0, HostID = 3_000_000, Size = 2000 }];
    }

    public void Dispose()
    {
        for (var i = 1; i <= _containers; i++)
        {
            OciRuntime.Execute(OciRuntime.PathOf(_runtime), ["--root", StateRoot, "delete", "-f", $"{Path.GetFileName(Directory)}-{i}"]);
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>Writes config.json, at once: a command in the background may be reading it.</summary>
    public void Save()
    {
        var file = Path.Combine(Directory, "config.json");
        File.WriteAllText($"{file}.new", JsonSerializer.Serialize(Spec, RuntimeJson.Default.RuntimeSpec));
        File.Move($"{file}.new", file, overwrite: true);
    }

    private static RuntimeSpec NewSpec() => new()
    {
        OciVersion = "1.0.2",
        Root = new RootSpec { Path = "rootfs" },
        Hostname = "box",
        Process = new ProcessSpec
        {
            Cwd = "/",
            Env = ["PATH=/bin", "TERM=xterm"],
            Capabilities = s_capabilities,
            NoNewPrivileges = true,
        },
        Mounts =
        [
            new() { Destination = "/proc", Type = "proc", Source = "proc" },
            new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
            new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
            new() { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] },
        ],
        Linux = new LinuxSpec
        {
            Namespaces = [new() { Type = "pid" }, new() { Type = "network" }, new() { Type = "ipc" }, new() { Type = "uts" }, new() { Type = "mount" }],
            Resources = new LinuxResources { Devices = [new() { Allow = false, Access = "rwm" }] },
        },
    };
}
