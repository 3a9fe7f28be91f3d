using System.Diagnostics;
using MyDocker.Containers.Tests.Harness;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>A real cgroup of this host below a parent of its own; everything in it is killed and removed at the end.</summary>
internal sealed class LiveCgroup : IDisposable
{
    private readonly List<Process> _processes = [];

    private LiveCgroup(CgroupPlan plan) => Plan = plan;

    public CgroupPlan Plan { get; }

    public Cgroup Cgroup => Plan.Cgroup;

    public static LiveCgroup Make(LinuxResources? resources = null, CgroupOptions? options = null, string? parent = null)
    {
        var layout = CgroupLayout.Detect();
        if (Environment.UserName != "root" || layout.Mode == CgroupMode.None)
        {
            Assert.Skip("needs root and a mounted cgroup file system");
        }

        var plan = CgroupSetup.Plan(layout, $"{parent ?? "/mydocker-test-" + Guid.NewGuid().ToString("N")}/one", resources, options);
        try
        {
            plan.RunBeforeJoin();
        }
        catch (CgroupException e) when (e.Errno is Errno.EROFS or Errno.EACCES or Errno.EPERM)
        {
            Assert.Skip("cgroups cannot be made here: " + e.Message);
        }

        return new LiveCgroup(plan);
    }

    /// <summary>Starts a shell command that joins as a container's init does: by itself, through "tasks" on v1.</summary>
    public Process Start(string command)
    {
        var files = Plan.JoinFiles.Concat(Plan.CloneInto is null ? [] : [Plan.CloneInto + "/cgroup.procs"]);
        const string Join = "while [ \"$1\" != -- ]; do echo 0 > \"$1\" || exit 99; shift; done; echo joined; ";
        var start = new ProcessStartInfo("/bin/sh", ["-c", Join + command, "sh", .. files, "--"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        _processes.Add(process);
        Assert.Equal("joined", process.StandardOutput.ReadLine());
        return process;
    }

    public string Read(Controllers controller, string file) => File.ReadAllText($"{Cgroup.DirectoryOf(controller)}/{file}").Trim();

    public static bool WaitFor(Func<bool> condition, int milliseconds = 30_000)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds * TimeFactor.Value;)
        {
            if (condition())
            {
                return true;
            }

            Thread.Sleep(2);
        }

        return condition();
    }

    public static unsafe bool WaitReadable(Fd fd, int milliseconds)
    {
        var entry = stackalloc int[2] { fd.Number, 1 /* POLLIN */ };
        var time = stackalloc long[2] { milliseconds / 1000, milliseconds % 1000 * 1_000_000L };
        return Syscall.Retry(Nr.ppoll, (nint)entry, 1, (nint)time, 0, 8) == 1;
    }

    public void Dispose()
    {
        Cgroup.KillAll();
        foreach (var process in _processes)
        {
            process.WaitForExit(5000);
            process.Dispose();
        }

        Cgroup.Destroy(emptyParents: true, timeoutMilliseconds: 5000);
    }
}
