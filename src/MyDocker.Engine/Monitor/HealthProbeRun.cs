using System.Text;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;

namespace MyDocker.Engine.Monitor;

/// <summary>One run of a health check's command in its container: a process like that of exec, whose output is kept up to 4096 bytes.</summary>
internal sealed class HealthProbeRun : IDisposable
{
    private const int MaxOutput = 4096;

    private readonly LaunchedContainer _process;
    private readonly byte[] _output = new byte[MaxOutput];
    private int _length;

    private HealthProbeRun(LaunchedContainer process, Fd output, DateTimeOffset started)
        => (_process, Output, Started) = (process, output, started);

    public Fd PidFd => _process.PidFd;

    /// <summary>Read end of its standard output and error.</summary>
    public Fd Output { get; }

    public DateTimeOffset Started { get; }

    public static HealthProbeRun Start(EngineRoots roots, ContainerRecord record, ContainerState state, HealthOption health)
    {
        var started = DateTimeOffset.UtcNow;
        var options = new ExecOptions { Command = health.Test[0] == "CMD" ? [.. health.Test.Skip(1)] : ["/bin/sh", "-c", .. health.Test.Skip(1)] };
        var spec = SpecBuilder.Build(record, state.FirstHostId);
        var process = ContainerExecPlan.Process(roots, record, spec, options);
        using var init = state.Init.TryOpen() ?? throw new EngineException("it has just ended");
        using var nothing = Files.Open("/dev/null", OpenFlags.O_RDWR);
        var (read, write) = Descriptors.Pipe();
        Descriptors.SetNonBlocking(read);
        try
        {
            using (write)
            {
                Descriptors.TryChangeOwner(write, state.FirstHostId + process.User.Uid, state.FirstHostId + process.User.Gid);
                using var plan = ExecPlanner.Plan(ContainerExecPlan.Request(roots, record, state, process, new ProcessStdio.Given(nothing, write, write), spec, init.Fd));
                var launched = Launcher.Launch(plan);
                try
                {
                    launched.Start();
                }
                catch
                {
                    launched.Kill();
                    launched.Dispose();
                    throw;
                }

                return new HealthProbeRun(launched, read, started);
            }
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    /// <summary>Takes what it has written; false at the end. What is beyond the most is read and dropped, so that it never waits.</summary>
    public bool ReadOutput()
    {
        Span<byte> beyond = stackalloc byte[1024];
        while (true)
        {
            var room = _output.AsSpan(_length);
            var count = Files.Read(Output, room.IsEmpty ? beyond : room);
            if (count <= 0)
            {
                return count == -(int)Errno.EAGAIN;
            }

            _length += room.IsEmpty ? 0 : count;
        }
    }

    public string Text => Encoding.UTF8.GetString(_output, 0, _length);

    /// <summary>Its exit code; it has ended.</summary>
    public int Wait() => new PidFd(PidFd).Wait().ShellCode;

    public void Kill()
    {
        new PidFd(PidFd).TrySend(Signals.SIGKILL);
        Wait();
    }

    public void Dispose()
    {
        Output.Dispose();
        _process.Dispose();
    }
}
