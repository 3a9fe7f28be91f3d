using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests;

public sealed class SpawnTests
{
    [Fact]
    public void TheExitCodeAndTheSignalOfAChildAreTold()
    {
        Assert.Equal(new ProcessExit(7, 0, false), Wait(Shell("exit 7")));
        var killed = Wait(Shell("kill -TERM $$"));
        Assert.Equal((Signals.SIGTERM, 143), (killed.Signal, killed.ShellCode));
    }

    [Fact]
    public void AMissingProgramIsAnErrorNotAChild()
        => Assert.Equal(Errno.ENOENT, Assert.Throws<KernelException>(() => Spawn.Start(new SpawnRequest("/no/such", ["x"]))).Errno);

    [Fact]
    public void OnlyNamedDescriptorsReachTheChildEvenWhenTheirNumbersCross()
    {
        var (read, write) = Descriptors.Pipe();
        var (other, otherWrite) = Descriptors.Pipe();
        using (read)
        using (other)
        {
            Files.TryWrite(otherWrite, "crossed"u8);
            otherWrite.Dispose();

            // 1 <- write, write's own number <- other: a naive order would lose one of them.
            var child = Shell($"cat /proc/self/fd/{write.Number}; ls /proc/self/fd", new(write.Number, 1), new(other.Number, write.Number), new(0, 0), new(2, 2));
            write.Dispose();
            var output = ReadAll(read);
            Assert.Equal(0, Wait(child).ExitCode);
            Assert.StartsWith("crossed", output, StringComparison.Ordinal);
            var numbers = output["crossed".Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(5, numbers.Length); // 0, 1, 2, the named one, and the directory that ls reads
        }
    }

    [Fact]
    public void ADescriptorCanKeepItsNumber()
    {
        var (read, write) = Descriptors.Pipe();
        using (read)
        {
            var child = Shell($"echo kept >/proc/self/fd/{write.Number}", new FdMapping(write.Number, write.Number));
            write.Dispose();
            Assert.Equal("kept\n", ReadAll(read));
            Assert.Equal(0, Wait(child).ExitCode);
        }
    }

    [Fact]
    public void TheChildHasItsOwnSessionEmptyMaskAndDefaultActions()
    {
        var mask = Signals.Block(SignalSet.Of(Signals.SIGUSR1));
        try
        {
            var status = Output(["cat", "/proc/self/status", "/proc/self/stat"], request => request with { NewSession = true });
            Assert.Contains("SigBlk:\t0000000000000000", status, StringComparison.Ordinal);
            Assert.Equal("SigIgn:\t0000000000000000", status.Split('\n').Single(line => line.StartsWith("SigIgn", StringComparison.Ordinal)));
            var numbers = status.TrimEnd().Split('\n')[^1].Split(' ');
            Assert.Equal(numbers[0], numbers[5]);
        }
        finally
        {
            Signals.SetMask(mask);
        }
    }

    [Fact]
    public void AGivenMaskAndEnvironmentAreTheChildsOwn()
    {
        var text = Output(["grep", "-ha", "", "/proc/self/status", "/proc/self/environ"], request => request with
        {
            BlockedSignals = SignalSet.Of(Signals.SIGTERM),
            Environment = ["ONLY=this"],
        });
        Assert.Contains("SigBlk:\t0000000000004000", text, StringComparison.Ordinal);
        Assert.Contains("ONLY=this", text, StringComparison.Ordinal);
        Assert.DoesNotContain("HOME=", text, StringComparison.Ordinal);
    }

    [Fact]
    public void APidFdIsReadableAtTheEndAndSignalsOnlyItsOwn()
    {
        var pid = Shell("exec sleep 1000");
        using var process = PidFd.Open(pid);
        using var loop = new EventLoop();
        loop.Add(process.Fd, EpollEvents.EPOLLIN, _ => { });
        Assert.Null(process.TryWait());
        Assert.Equal(0, loop.RunOnce(0));
        Assert.Equal(Errno.None, process.TrySend(Signals.SIGKILL));
        Assert.Equal(1, loop.RunOnce(10_000));
        Assert.Equal(Signals.SIGKILL, process.TryWait()!.Value.Signal);
        Assert.Equal(Errno.ESRCH, process.TrySend(Signals.SIGKILL));
    }

    [Fact]
    public void SignalsArriveOnTheirDescriptor()
    {
        // Directed at this thread: the process has others that do not block it.
        var mask = Signals.Block(SignalSet.Of(Signals.SIGUSR1));
        try
        {
            using var signals = new SignalFd(SignalSet.Of(Signals.SIGUSR1));
            Assert.False(signals.TryRead(out _));
            Syscall.Invoke(X64TgKill(), Environment.ProcessId, Syscall.Invoke(Nr.gettid), Signals.SIGUSR1);
            Assert.True(signals.TryRead(out var info));
            Assert.Equal((Signals.SIGUSR1, Environment.ProcessId), (info.Signal, info.Pid));
        }
        finally
        {
            Signals.SetMask(mask);
        }

        static int X64TgKill() => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 ? 234 : 131;
    }

    /// <summary>Who is not its parent learns from the kernel how it ended, once its parent has waited for it.</summary>
    [Fact]
    public void TheKernelRemembersAnExitForWhoHadADescriptor()
    {
        Assert.SkipUnless(Environment.OSVersion.Version >= new Version(6, 15), "PIDFD_INFO_EXIT is of Linux 6.15");
        using var left = PidFd.Open(Shell("exit 7"));
        Assert.True(left.WaitForEnd(10_000));
        Assert.Null(left.TryReadExit());
        left.Wait();
        Assert.Equal(new ProcessExit(7, 0, false), left.TryReadExit());
        using var killed = PidFd.Open(Shell("kill -KILL $$"));
        killed.Wait();
        Assert.Equal(137, killed.TryReadExit()!.Value.ShellCode);
    }

    internal static int Shell(string script, params FdMapping[] descriptors)
        => Spawn.Start(new SpawnRequest("/bin/sh", ["sh", "-c", script]) { Descriptors = descriptors });

    private static ProcessExit Wait(int pid)
    {
        using var process = PidFd.Open(pid);
        return process.Wait();
    }

    /// <summary>What a program prints; not through a shell, which would clear the signal mask.</summary>
    private static string Output(string[] command, Func<SpawnRequest, SpawnRequest> change)
    {
        var (read, write) = Descriptors.Pipe();
        using (read)
        {
            var request = new SpawnRequest($"/usr/bin/{command[0]}", command) { Descriptors = [new(write.Number, 1)] };
            var child = Spawn.Start(change(request));
            write.Dispose();
            var text = ReadAll(read);
            Wait(child);
            return text;
        }
    }

    private static string ReadAll(Fd fd)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        for (int count; (count = Files.Read(fd, buffer)) > 0;)
        {
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
