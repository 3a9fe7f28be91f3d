using MyDocker.Containers.Tests.Harness;

[assembly: AssemblyFixture(typeof(TestRoots))]

namespace MyDocker.Containers.Tests.Harness;

/// <summary>
/// Root file systems that all tests share; no container can write to them. Below /var/tmp, which is on a disk: /tmp may be a
/// tmpfs, on which older kernels map no owners.
/// </summary>
public sealed class TestRoots : IDisposable
{
    private static readonly Lock s_lock = new();
    private static TestRoots? s_instance;
    private string? _alpine;

    public TestRoots()
    {
        lock (s_lock)
        {
            s_instance = this;
            Directory = Path.Combine("/var/tmp", $"mydocker-tests-{Environment.ProcessId}");
            BusyBox = Path.Combine(Directory, "busybox");
            if (Environment.UserName == "root" && File.Exists("/bin/busybox"))
            {
                System.IO.Directory.CreateDirectory(Directory);
                MakeBusyBox(BusyBox);
            }
        }
    }

    public static TestRoots Instance => s_instance!;

    public string Directory { get; }

    /// <summary>A small root: busybox, users root (0) and user (1000), our probes and test programs, a file of 5:6.</summary>
    public string BusyBox { get; }

    public string Killer => Path.Combine(Directory, "killer");

    /// <summary>Alpine, unpacked once.</summary>
    public string Alpine
    {
        get
        {
            var tarball = Machine.RequireAlpine();
            lock (s_lock)
            {
                if (_alpine is null)
                {
                    var path = Path.Combine(Directory, "alpine");
                    System.IO.Directory.CreateDirectory(path);
                    Tool.Run("tar", "-C", path, "--numeric-owner", "-xpf", tarball).Is(0);
                    _alpine = path;
                }

                return _alpine;
            }
        }
    }

    /// <summary>Another root like <see cref="BusyBox"/>, to be spoilt.</summary>
    public static void MakeBusyBox(string path)
    {
        foreach (var directory in (string[])["bin", "etc", "tmp", "root", "home/user", "dev", "proc", "sys", "resource-test", "usr/bin"])
        {
            System.IO.Directory.CreateDirectory(Path.Combine(path, directory));
        }

        // Hard links from the first one, as far as there is one: the roots are all alike.
        File.Copy("/bin/busybox", Path.Combine(path, "bin/busybox"));
        foreach (var name in Tool.Run("/bin/busybox", "--list").Is(0).Lines.Where(name => name != "busybox"))
        {
            File.CreateSymbolicLink(Path.Combine(path, "bin", name), "busybox");
        }

        File.WriteAllText(Path.Combine(path, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n");
        File.WriteAllText(Path.Combine(path, "etc/group"), "root:x:0:\nuser:x:1000:\nextra:x:1001:user\n");
        File.WriteAllText(Path.Combine(path, "etc/os-release"), "NAME=\"Test Root\"\nID=testroot\n");
        File.WriteAllText(Path.Combine(path, "etc/owned"), "a file of 5:6\n");
        foreach (var program in (string[])["mem-allocate", "cpu-test"])
        {
            File.Copy(Path.Combine(Machine.Binaries, "resource-test", program), Path.Combine(path, "resource-test", program));
        }

        Compile("killer");
        foreach (var program in (string[])["probe", "hog"])
        {
            File.Copy(Compile(program), Path.Combine(path, program));
        }

        Tool.Shell($"cd '{path}' && chown 5:6 etc/owned && chown 1000:1000 home/user && chmod 1777 tmp");
    }

    public void Dispose()
    {
        if (System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

    private static string Compile(string name)
    {
        var program = Path.Combine(Instance.Directory, name);
        if (!File.Exists(program))
        {
            Tool.Run("gcc", "-O1", "-static", "-o", program, Path.Combine(AppContext.BaseDirectory, "Programs", name + ".c")).Is(0);
        }

        return program;
    }
}
