namespace MyDocker.Containers.Tests.Harness;

/// <summary>What these tests need of the machine, and where it is.</summary>
public static class Machine
{
    /// <summary>Directory of mydocker and mydocker-monitor: MYDOCKER_BIN, else out/ of the repository.</summary>
    public static string Binaries { get; } = Environment.GetEnvironmentVariable("MYDOCKER_BIN") is { Length: > 0 } given ? Path.GetFullPath(given) : Path.Combine(Repository(), "out");

    /// <summary>The Alpine root file system; null if there is none.</summary>
    public static string? Alpine { get; } = FindImage("alpine-minirootfs-*.tar.gz");

    /// <summary>Whether this host has cgroup v2 alone.</summary>
    public static bool IsCgroup2 { get; } = File.Exists("/sys/fs/cgroup/cgroup.controllers");

    /// <summary>Skips the test where nothing of this kind can run; fails it where something was forgotten.</summary>
    public static void Require()
    {
        Assert.SkipUnless(Environment.UserName == "root", "real containers need root");
        foreach (var name in (string[])["mydocker", "mydocker-monitor", "resource-test/mem-allocate", "resource-test/cpu-test"])
        {
            Assert.True(File.Exists(Path.Combine(Binaries, name)), $"{Path.Combine(Binaries, name)} is missing: run make build");
        }

        Assert.SkipUnless(File.Exists("/bin/busybox"), "no /bin/busybox to make a root file system of: install busybox-static");
    }

    public static string RequireAlpine()
    {
        Assert.SkipWhen(Alpine is null, "no alpine-minirootfs-*.tar.gz in shared/images beside the repository, nor in MYDOCKER_TEST_IMAGES");
        return Alpine!;
    }

    public static void RequireTool(string name, string package)
        => Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/sbin").Append("/usr/sbin").Any(directory => File.Exists(Path.Combine(directory, name))), $"no {name}: install {package}");

    private static string Repository() => Upwards(directory => File.Exists(Path.Combine(directory, "global.json"))) ?? throw new InvalidOperationException("no repository above the tests");

    private static string? FindImage(string pattern)
    {
        var images = Environment.GetEnvironmentVariable("MYDOCKER_TEST_IMAGES") is { Length: > 0 } given ? given
            : Upwards(directory => Directory.Exists(Path.Combine(directory, "shared/images"))) is { } above ? Path.Combine(above, "shared/images") : null;
        return images is null || !Directory.Exists(images) ? null : Directory.EnumerateFiles(images, pattern).Order().FirstOrDefault();
    }

    private static string? Upwards(Func<string, bool> isIt)
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (isIt(directory))
            {
                return directory;
            }
        }

        return null;
    }
}
