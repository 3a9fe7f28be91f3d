using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>The image stays as it is, owners fit on both sides, and what must not be seen or written is not.</summary>
public sealed class FileIsolationTests : ContainerTest
{
    public static TheoryData<string> BothUserNamespaces => ["", "--userns=host"];

    private static string[] Options(string option) => option.Length == 0 ? [] : [option];

    /// <summary>Every path with its kind, mode, owner, time, size and content.</summary>
    internal static string Fingerprint(string directory)
        => Tool.Shell($"cd '{directory}' && find . -printf '%y %m %U:%G %T@ %s %n %p -> %l\\n' | sort && find . -type f -exec sha256sum {{}} + | sort");

    [Theory]
    [MemberData(nameof(BothUserNamespaces))]
    public void TheImageIsNeverWrittenTo(string userns)
    {
        var root = NewDirectory("image");
        TestRoots.MakeBusyBox(root);
        var before = Fingerprint(root);
        Engine.Run(["run", "--rm", .. Options(userns), root, "/bin/sh", "-c", """
            set -e
            echo changed >> /etc/passwd; chmod 600 /etc/group; chown 9:9 /etc/owned; rm /etc/os-release
            mv /home/user /home/other; mkdir /new /usr/new; echo new > /new/file; chmod 700 /usr; chown -R 7:7 /resource-test
            touch -d @0 /probe; ln /probe /probe2; ln -s x /link; mknod /new/null c 1 3 || mkfifo /new/fifo
            rm -rf /bin/awk /root; mkdir /root; echo gone > /root/x
            cat /etc/passwd | grep -q changed; [ ! -e /etc/os-release ]; [ -z "$(ls /home/user 2>/dev/null)" ]; ls /new/file
            """]).Is(0);
        Assert.Equal(before, Fingerprint(root));
    }

    [Theory]
    [MemberData(nameof(BothUserNamespaces))]
    public void TheImagesOwnersAreKept(string userns)
        => Assert.Equal("5:6\n0:0\n1000:1000\n0:0\n", Engine.Shell("stat -c %u:%g /etc/owned /etc/passwd /home/user /", Options(userns)).Is(0).Out);

    [Fact]
    public void AContainersFilesAreItsOwn()
    {
        using var one = Engine.Up("echo mine > /tmp/file; echo written; exec sleep 1000");
        one.Command.Shows("written");
        Engine.Shell("[ ! -e /tmp/file ]").Is(0);
    }

    [Theory]
    [InlineData("", "0", "0:0")]
    [InlineData("", "1000", "1000:1000")]
    [InlineData("", "33:44", "33:44")]
    [InlineData("--userns=host", "0", "0:0")]
    [InlineData("--userns=host", "1000", "1000:1000")]
    public void WhatIsWrittenToABindMountBelongsToTheCallersIds(string userns, string user, string owner)
    {
        var directory = NewDirectory("shared");
        Tool.Run("chmod", "777", directory).Is(0);
        File.WriteAllText(Path.Combine(directory, "theirs"), "read me\n");
        Assert.Contains("read me", Engine.Shell("cat /data/theirs; echo hello > /data/file", ["-v", $"{directory}:/data", "-u", user, .. Options(userns)]).Is(0).Out);
        Assert.Equal(owner, Tool.Run("stat", "-c", "%u:%g", Path.Combine(directory, "file")).Is(0).Out.Trim());
        Assert.Equal("hello\n", File.ReadAllText(Path.Combine(directory, "file")));
    }

    [Fact]
    public void OwnersOfABindMountAreSeenAsTheyAre()
    {
        var directory = NewDirectory("shared");
        File.WriteAllText(Path.Combine(directory, "file"), "");
        Tool.Run("chown", "12:34", Path.Combine(directory, "file")).Is(0);
        Assert.Equal("12:34\n", Engine.Shell("stat -c %u:%g /data/file", "-v", $"{directory}:/data").Is(0).Out);
    }

    [Theory]
    [InlineData("-v", "{0}:/data:ro")]
    [InlineData("--mount", "type=bind,source={0},target=/data,readonly")]
    [InlineData("--mount", "type=bind,src={0},dst=/data,ro")]
    public void AReadOnlyBindMountCannotBeWritten(string option, string format)
    {
        var directory = NewDirectory("shared");
        Tool.Run("chmod", "777", directory).Is(0);
        File.WriteAllText(Path.Combine(directory, "file"), "as it was");
        var result = Engine.Shell("echo x > /data/file; touch /data/new; mount -o remount,rw /data; rm /data/file", option, string.Format(System.Globalization.CultureInfo.InvariantCulture, format, directory));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Read-only", result.Err);
        Assert.Equal("as it was", File.ReadAllText(Path.Combine(directory, "file")));
        Assert.Single(Directory.EnumerateFileSystemEntries(directory));
    }

    [Fact]
    public void ASingleFileCanBeMounted()
    {
        var file = Path.Combine(NewDirectory("shared"), "config");
        File.WriteAllText(file, "of the host\n");
        Assert.Equal("of the host\n", Engine.Shell("cat /etc/app/config", "-v", $"{file}:/etc/app/config:ro").Is(0).Out);
    }

    [Fact]
    public void AMissingSourceOfAMountIsAnErrorThatNamesIt()
    {
        var missing = Path.Combine(Engine.Directory, "missing");
        Assert.Contains(missing, Engine.Run("run", "--rm", "--mount", $"type=bind,source={missing},target=/data", Image, "/bin/true").Is(125).Err);
    }

    [Theory]
    [MemberData(nameof(BothUserNamespaces))]
    public void AReadOnlyRootCanOnlyBeWrittenWhereItIsMountedOver(string userns)
    {
        Engine.Shell("! touch /file 2>/dev/null && ! touch /etc/file 2>/dev/null && touch /tmp/file /dev/shm/file && [ -w /dev/null ]", ["--read-only", "--tmpfs", "/tmp", .. Options(userns)]).Is(0);
    }

    [Fact]
    public void ATmpfsHasTheSizeAndModeAskedFor()
    {
        var result = Engine.Shell("df -k /scratch | tail -1 | awk '{print $2}'; stat -c %a /scratch; dd if=/dev/zero of=/scratch/x bs=1k count=2000 2>&1 | grep -c 'No space'", "--tmpfs", "/scratch:size=1m,mode=1770").Is(0);
        Assert.Equal(["1024", "1770", "1"], result.Lines);
    }

    [Fact]
    public void DevHasItsUsualNodesAndNoOthers()
    {
        var nodes = Engine.Run("run", "--rm", Image, "/bin/ls", "/dev").Is(0).Lines;
        Assert.Equal(["core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero"], nodes);
        Engine.Shell("echo x > /dev/null && [ $(head -c 3 /dev/zero | wc -c) = 3 ] && head -c 1 /dev/urandom >/dev/null && ! echo x > /dev/full 2>/dev/null").Is(0);
    }

    [Fact]
    public void SharedMemoryHasTheSizeAskedFor()
    {
        Assert.Equal("65536\n", Engine.Shell("df -k /dev/shm | tail -1 | awk '{print $2}'").Is(0).Out);
        Assert.Equal("2048\n", Engine.Shell("df -k /dev/shm | tail -1 | awk '{print $2}'", "--shm-size", "2m").Is(0).Out);
    }

    [Theory]
    [MemberData(nameof(BothUserNamespaces))]
    public void MaskedPathsAreEmpty(string userns)
    {
        var result = Engine.Shell("""
            for path in /proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/scsi /proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap /sys/firmware; do
                [ -e $path ] || continue
                if [ -d $path ]; then
                    [ -z "$(ls -A $path)" ] || echo "$path is not empty"
                    touch $path/x 2>/dev/null && echo "$path can be written"
                else
                    [ "$(head -c 1 $path | wc -c)" = 0 ] || echo "$path can be read"
                    [ "$(stat -c %t:%T $path)" = 1:3 ] || echo "$path is not the null device"
                fi
                umount $path 2>/dev/null && echo "$path can be uncovered"
            done
            true
            """, Options(userns)).Is(0);
        Assert.Equal("", result.Out);
    }

    [Theory]
    [MemberData(nameof(BothUserNamespaces))]
    public void TheKernelsSettingsCannotBeWritten(string userns)
    {
        var before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        var result = Engine.Shell("""
            for path in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/vm/swappiness /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/mm/transparent_hugepage/enabled /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/cgroup.procs; do
                [ -e $path ] || continue
                (echo x > $path) 2>/dev/null && echo "$path can be written"
            done
            mount -o remount,rw /proc/sys 2>/dev/null && echo "can be remounted"
            true
            """, Options(userns)).Is(0);
        Assert.Equal("", result.Out);
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/core_pattern"));
    }

    [Fact]
    public void TheParentOfTheRootIsTheRoot() => Assert.Equal("same /\n", Engine.Shell("[ $(stat -c %d:%i /) = $(stat -c %d:%i /../..) ] && echo same $(readlink /proc/self/cwd)").Is(0).Out);

    [Fact]
    public void TwoContainersMayShareADirectory()
    {
        var directory = NewDirectory("shared");
        using var one = Engine.Up("while [ ! -e /data/from-two ]; do sleep 0.05; done; cat /data/from-two; exec sleep 1000", "-v", $"{directory}:/data");
        Engine.Shell("echo hello > /data/part; mv /data/part /data/from-two", "-v", $"{directory}:/data").Is(0);
        one.Command.Shows("hello");
    }
}
