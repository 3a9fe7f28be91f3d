using System.Diagnostics;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>Real units of a real systemd.</summary>
public sealed class SystemdLiveTests : IDisposable
{
    private readonly List<Process> _processes = [];
    private readonly string _id = "test" + Guid.NewGuid().ToString("N")[..8];
    private CgroupPlan? _plan;

    private CgroupUnit Unit => _plan!.Unit!;

    [Fact]
    public void WithoutSystemdTheErrorSaysSo()
    {
        Assert.SkipWhen(SystemdManager.IsBooted, "systemd runs here");
        var error = Assert.Throws<SystemdException>(() => SystemdManager.Open(user: false));
        Assert.Contains("not booted with systemd", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AScopeHasTheProcessAndTheLimitsAndIsGoneInTheEnd()
    {
        Start(new LinuxResources
        {
            Memory = new() { Limit = 64 << 20, Swap = 64 << 20, Reservation = 16 << 20 },
            Cpu = new() { Quota = 20000, Period = 40000, Shares = 512, Cpus = "0" },
            Pids = new() { Limit = 20 },
        });
        Assert.Contains($"system.slice/mydocker-{_id}.scope", File.ReadAllText($"/proc/{_processes[0].Id}/cgroup"), StringComparison.Ordinal);
        Assert.Equal([_processes[0].Id], _plan!.Cgroup.Processes());
        Assert.Equal("active", Show("ActiveState"));
        Assert.Equal("yes", Show("Delegate"));
        Assert.Equal("20", Show("TasksMax"));
        Assert.Equal("20", Knob("pids.max"));
        Assert.Equal("500ms", Show("CPUQuotaPerSecUSec"));
        if (_plan.Cgroup.Layout.Mode == CgroupMode.V2)
        {
            Assert.Equal(("67108864", "67108864"), (Show("MemoryMax"), Knob("memory.max")));
            Assert.Equal(("16777216", "16777216"), (Show("MemoryLow"), Knob("memory.low")));
            Assert.Equal("0", Show("MemorySwapMax"));
            Assert.Equal(("59", "59"), (Show("CPUWeight"), Knob("cpu.weight")));
            Assert.Equal("20000 40000", Knob("cpu.max"));
            Assert.Equal(("0", "0"), (Show("AllowedCPUs"), Knob("cpuset.cpus")));
        }

        End();
        Assert.Equal("not-found", Show("LoadState"));
        Assert.All(_plan.Cgroup.Directories, directory => Assert.False(Directory.Exists(directory), directory));
    }

    [Fact]
    public void AnUpdateReachesTheUnitAndTheFilesAndStaysAfterAReload()
    {
        Start(new LinuxResources { Memory = new() { Limit = 64 << 20 }, Cpu = new() { Quota = 20000, Period = 40000 } });
        var v2 = _plan!.Cgroup.Layout.Mode == CgroupMode.V2;
        CgroupSetup.Update(_plan.Cgroup, new LinuxResources { Memory = new() { Limit = 96 << 20 }, Cpu = new() { Quota = 10000 }, Pids = new() { Limit = 7 } }, unit: Unit);
        Run("systemctl", "daemon-reload");
        Assert.Equal("7", Show("TasksMax"));
        Assert.Equal("7", Knob("pids.max"));
        Assert.Equal("250ms", Show("CPUQuotaPerSecUSec")); // of the period that it had
        Assert.Equal($"{96 << 20}", Show(v2 ? "MemoryMax" : "MemoryLimit"));
        if (v2)
        {
            Assert.Equal($"{96 << 20}", Knob("memory.max"));
            Assert.Equal("10000 40000", Knob("cpu.max"));
        }
    }

    [Fact]
    public void DevicesStayDeniedAfterAReload()
    {
        Start(new LinuxResources());
        Assert.Equal("no", Try());
        Run("systemctl", "daemon-reload");
        Assert.Equal("no", Try());
        CgroupSetup.Update(_plan!.Cgroup, new LinuxResources { Devices = [new() { Allow = true, Type = "c", Major = 1, Minor = 11, Access = "r" }] }, unit: Unit);
        Assert.Equal("yes", Try());

        string Try()
        {
            var attempt = Process("if : < /dev/null && ! ( : < /dev/kmsg ) 2>/dev/null; then echo no; else echo yes; fi", go: false);
            Unit.Attach(attempt.Id);
            attempt.StandardInput.WriteLine();
            return attempt.StandardOutput.ReadToEnd().Trim();
        }
    }

    [Fact]
    public void AUnitThatFailedBeforeIsReplacedAndOneThatRunsIsNot()
    {
        Start(new LinuxResources(), new Dictionary<string, string> { ["org.systemd.property.RuntimeMaxSec"] = "1" });
        Assert.True(LiveCgroup.WaitFor(() => Show("ActiveState") == "failed"));
        _processes[0].WaitForExit(5000);
        Start(new LinuxResources());
        Assert.Equal("active", Show("ActiveState"));
        var second = Process("exec sleep 1000");
        var error = Assert.Throws<SystemdException>(() => Unit.Start(second.Id));
        Assert.Equal(SystemdManager.UnitExists, error.Name);
        End();
        Unit.Stop(); // again: fine
    }

    [Fact]
    public void HugePagesWhichSystemdDoesNotKnowAreWrittenAllTheSame()
    {
        Assert.SkipWhen(CgroupLayout.Detect().Of(Controllers.Hugetlb) is not { IsV2: true } || !Directory.Exists("/sys/kernel/mm/hugepages/hugepages-2048kB"), "no hugetlb controller on cgroup v2");
        Start(new LinuxResources { HugepageLimits = [new() { PageSize = "2MB", Limit = 4 << 20 }] });
        Assert.Equal($"{4 << 20}", Knob("hugetlb.2MB.max"));
    }

    public void Dispose()
    {
        if (_plan is not null)
        {
            End();
        }

        _processes.ForEach(process =>
        {
            process.Kill();
            process.WaitForExit(5000);
            process.Dispose();
        });
    }

    /// <summary>As the launcher does it: a process first, then the unit around it, then the files.</summary>
    private void Start(LinuxResources resources, Dictionary<string, string>? annotations = null)
    {
        Assert.SkipUnless(SystemdManager.IsBooted && Environment.IsPrivilegedProcess, "needs root, and systemd as the host's init");
        _plan = CgroupSetup.PlanSystemd(CgroupLayout.Detect(), null, _id, resources, annotations);
        var process = Process("exec sleep 1000");
        if (_plan.Cgroup.Layout.Mode == CgroupMode.V2)
        {
            Unit.Start(process.Id);
            CgroupStep.RunAll(_plan.Create);
            CgroupStep.RunAll(_plan.Limits);
        }
        else
        {
            _plan.RunBeforeJoin();
            Unit.Start(process.Id);
            _plan.Join(process.Id);
        }
    }

    private void End()
    {
        _plan!.Cgroup.KillAll();
        Unit.Stop();
        _plan.Cgroup.Destroy(timeoutMilliseconds: 5000);
    }

    private Process Process(string command, bool go = true)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "read go; " + command]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = System.Diagnostics.Process.Start(start)!;
        _processes.Add(process);
        if (go)
        {
            process.StandardInput.WriteLine();
        }

        return process;
    }

    private string Show(string property) => Run("systemctl", "show", "--property", property, "--value", Unit.Name);

    private string Knob(string name)
    {
        var controller = ControllerNames.Parse(System.Text.Encoding.UTF8.GetBytes(name[..name.IndexOf('.')]));
        return File.ReadAllText($"{_plan!.Cgroup.DirectoryOf(controller)}/{name}").Trim();
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return text;
    }
}
