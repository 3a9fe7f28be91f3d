using System.Diagnostics;
using System.Text;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests.Cgroups;

public sealed class CgroupTreeTests
{
    [Fact]
    public void NumbersAndKeysAreRead()
    {
        var text = "oom 3\noom_kill 12\nmax 9223372036854771712\nx max\n"u8;
        Assert.Equal(12, CgroupFile.Find(text, "oom_kill"u8));
        Assert.Equal(3, CgroupFile.Find(text, "oom"u8));
        Assert.Equal(CgroupFile.Unlimited, CgroupFile.Find(text, "max"u8));
        Assert.Equal(CgroupFile.Unlimited, CgroupFile.Find(text, "x"u8));
        Assert.Null(CgroupFile.Find(text, "kill"u8));
        Assert.Null(CgroupFile.ReadLong("/nonexistent/file"));
        Assert.Equal(-1, CgroupFile.ParseLong("-1\n"u8));
    }

    [Fact]
    public void RemovingWhatIsGoneIsFine()
    {
        Assert.Equal(Errno.None, CgroupTree.TryRemove("/sys/fs/cgroup/nothing/here"));
        Assert.Empty(CgroupTree.Processes("/sys/fs/cgroup/nothing/here"));
        Assert.True(CgroupTree.IsEmpty("/sys/fs/cgroup/nothing/here"));
    }

    [Fact]
    public void AStepPrintsItselfAndItsFailure()
    {
        var step = new CgroupStep(CgroupStepKind.Write, "/nonexistent/x") { File = "memory.max", Value = "5", Remedy = "do this" };
        Assert.Equal("write memory.max 5", step.ToString());
        Assert.Equal("write memory.max 5 in /nonexistent/x: ENOENT (no such file or directory); do this", Assert.Throws<CgroupException>(step.Run).Message);
    }

    /// <summary>A v2 hierarchy by itself, as on a v2 host: freezer and kill need no controller, so this runs on hybrid hosts too.</summary>
    [Fact]
    public void OnV2ACgroupIsFrozenAndKilledAsAWhole()
    {
        var mount = CgroupLayout.Detect().Unified?.Mount;
        if (mount is null || Environment.UserName != "root")
        {
            Assert.Skip("needs root and a cgroup v2 mount");
        }

        var layout = CgroupLayout.Parse(Encoding.UTF8.GetBytes($"31 23 0:27 / {mount} rw - cgroup2 cgroup2 rw\n"), _ => Controllers.None);
        var parent = $"/mydocker-test-{Guid.NewGuid():N}";
        var cgroup = new Cgroup(layout, parent + "/one");
        var directory = cgroup.DirectoryOf(Controllers.Freezer)!;
        Assert.Equal(Errno.None, CgroupTree.TryMake(directory + "/inner"));
        using var process = Process.Start("/bin/sh", ["-c", "echo 0 > \"$1/cgroup.procs\"; sleep 1000 & echo $! > \"$1/inner/cgroup.procs\"; wait", "sh", directory]);
        try
        {
            while (cgroup.Processes().Count < 2)
            {
                Assert.False(process.WaitForExit(2));
            }

            cgroup.Freeze(5000);
            Assert.True(cgroup.IsFrozen());
            Assert.False(cgroup.IsEmpty());
            using var late = Process.Start("/bin/sh", ["-c", "echo 0 > \"$1/cgroup.procs\"; sleep 1000", "sh", directory]);
            for (var isIn = false; !isIn;)
            {
                isIn = cgroup.Processes().Contains(late.Id);
                Assert.True(isIn || !late.HasExited, "it did not join");
                Assert.True(cgroup.IsFrozen()); // while it stands still too, cgroup.events says "frozen 0"
            }

            cgroup.Thaw();
            Assert.True(V2Wait(directory, 0));
            cgroup.Freeze(5000);
            Assert.True(cgroup.KillAll(5000));
            Assert.True(process.WaitForExit(5000));
            Assert.True(cgroup.IsEmpty());
        }
        finally
        {
            cgroup.KillAll();
            cgroup.Destroy(emptyParents: true, timeoutMilliseconds: 5000);
        }

        Assert.False(Directory.Exists(mount + parent));

        static bool V2Wait(string directory, long frozen) => Kernel.Cgroups.V2.Freezer.WaitFor(directory, "frozen"u8, frozen, 5000);
    }
}
