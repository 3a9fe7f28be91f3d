using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Options of run that a script of somebody's may have, each seen from inside or in the cgroup.</summary>
public sealed class RunOptionTests : ContainerTest
{
    [Fact]
    public void TheProcessAndItsNames()
    {
        var labels = Path.Combine(NewDirectory("files"), "labels");
        File.WriteAllText(labels, "# a comment\ntier=web\nempty\n");
        Engine.Run("create", "--name", "made", "--label-file", labels, "--label", "tier=db", "--annotation", "org.example.note=x", "--expose", "80", "--expose", "8000-8001/udp", Image, "/bin/true").Is(0);
        Assert.Equal("db||{\"80/tcp\":{},\"8000/udp\":{},\"8001/udp\":{}}|x", Engine.Inspect("made", "{{.Config.Labels.tier}}|{{.Config.Labels.empty}}|{{json .Config.ExposedPorts}}|{{index .HostConfig.Annotations \"org.example.note\"}}"));
        Assert.Equal("made\n", Engine.Run("ps", "-a", "-f", "expose=80", "--format", "{{.Names}}").Is(0).Out);
        Assert.Equal("500\n", Engine.Shell("cat /proc/self/oom_score_adj", "--oom-score-adj", "500").Is(0).Out);
        Assert.Equal("0 1001 4242\n", Engine.Shell("id -G", "--group-add", "extra", "--group-add", "4242").Is(0).Out);
        Assert.Contains("group", Engine.Run("run", "--rm", "--group-add", "strangers", Image, "/bin/true").Err);
        Assert.Equal("example.org\n", Engine.Shell("cat /proc/sys/kernel/domainname", "--domainname", "example.org").Is(0).Out);
        var resolv = Engine.Shell("cat /etc/resolv.conf", "--dns", "192.0.2.1", "--dns-search", "example.org", "--dns-option", "ndots:3").Is(0).Out;
        Assert.Contains("search example.org", resolv);
        Assert.Contains("options ndots:3", resolv);
        Assert.Contains("/proc/1/", Engine.Shell("cat /proc/sys/kernel/core_pattern >/dev/null; wc -c < /proc/kcore; echo /proc/1/", "--security-opt", "systempaths=unconfined").Out + "/proc/1/");
    }

    [Fact]
    public void LimitsReachTheCgroup()
    {
        Assert.SkipWhen(Machine.IsCgroup2, "the files of cgroup v1");
        using var container = Engine.Up("exec sleep 1000", "-m", "64m", "--memory-reservation", "32m", "--memory-swappiness", "7", "--cpu-shares", "512", "--cpuset-mems", "0", "--cpuset-cpus", "0");
        Assert.Equal("33554432 7 512 0 0", $"{container.Cgroup("memory", "memory.soft_limit_in_bytes")} {container.Cgroup("memory", "memory.swappiness")} {container.Cgroup("cpu", "cpu.shares")} {container.Cgroup("cpuset", "cpuset.mems")} {container.Cgroup("cpuset", "cpuset.cpus")}");
        Engine.Run("update", "--memory-reservation", "16m", "--cpu-shares", "256", container.Id).Is(0);
        Assert.Equal("16777216 256", $"{container.Cgroup("memory", "memory.soft_limit_in_bytes")} {container.Cgroup("cpu", "cpu.shares")}");
        Assert.Equal("16777216 256 7", Engine.Inspect(container.Id, "{{.HostConfig.MemoryReservation}} {{.HostConfig.CpuShares}} {{.HostConfig.MemorySwappiness}}"));
    }

    [Fact]
    public void WrongValuesAreRefused()
    {
        foreach (var options in (string[][])[
            ["--oom-score-adj", "1001"], ["--memory-swappiness", "101"], ["--cpu-shares", "1"], ["--cpuset-mems", "99"], ["--blkio-weight", "5"], ["--device-read-bps", "sda:1m"], ["--device-read-bps", "/dev/null:1m"],
            ["--device-cgroup-rule", "x 1:2 r"], ["--expose", "0"], ["--expose", "80/icmp"], ["--attach", "stdfoo"], ["--uts", "none"], ["--cgroupns", "x"], ["-m", "32m", "--memory-reservation", "64m"], ["--label-file", "/nonesuch"]])
        {
            Assert.Equal(125, Engine.Run(["run", "--rm", .. options, Image, "/bin/true"]).ExitCode);
        }
    }

    [Fact]
    public void AttachedToSomeStreamsOnly()
    {
        var result = Engine.Run("run", "--rm", "--attach", "stderr", Image, "/bin/sh", "-c", "echo out; echo err >&2").Is(0);
        Assert.Equal(("", "err\n"), (result.Out, result.Err));
        Assert.Equal("in", Engine.Run(["run", "--rm", "--attach", "stdin", "--attach", "stdout", Image, "/bin/cat"], "in"u8.ToArray()).Is(0).Out);
        Assert.Contains("--detach", Engine.Run("run", "-d", "--attach", "stdout", Image, "/bin/true").Is(125).Err);
    }

    [Fact]
    public void DetailsOfLogsPortsAndSizes()
    {
        Engine.Run("run", "--name", "noted", "--label", "tier=db", "-e", "A=b c", "--log-opt", "labels=tier", "--log-opt", "env=A", Image, "/bin/echo", "line").Is(0);
        Assert.Equal("A=b%20c,tier=db line\n", Engine.Run("logs", "--details", "noted").Is(0).Out);
        Assert.Equal("", Engine.Run("port", "noted").Is(0).Out);
        Assert.Contains("no public port '80/tcp' published for noted", Engine.Run("port", "noted", "80").Is(1).Err);
        Engine.Run("port", "nobody").Is(1);
        Assert.Contains("noted", Engine.Run("system", "df", "-v").Is(0).Out);
        Assert.Equal("Images\nContainers\nLocal Volumes\n", Engine.Run("system", "df", "--format", "{{.Type}}").Is(0).Out);
        Assert.NotEqual("", Engine.Run("version", "--format", "{{.Client.Version}}").Is(0).Out.Trim());
        Engine.Run("stop", "--time", "1", "noted").Is(0);
        Engine.Run("stop", "--timeout", "1", "noted").Is(0);
    }
}
