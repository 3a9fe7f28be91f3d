using MyDocker.Kernel.Processes;
using MyDocker.Runtime.State;

namespace MyDocker.Runtime.Tests.State;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void AnExitIsReadAsLongAsNobodyHasWaitedForIt()
    {
        var pid = Spawn.Start(new SpawnRequest("/bin/sh", ["sh", "-c", "read x; exit 7"]) { Descriptors = Stdin(out var write) });
        var identity = ProcessIdentity.Of(pid);
        using var process = identity.TryOpen();
        Assert.NotNull(process);
        Assert.Null(identity.TryReadExit());
        write.Dispose();
        Assert.True(process.WaitForEnd(10_000));
        Assert.Equal(new ProcessExit(7, 0, false), identity.TryReadExit());
        Assert.Null((identity with { StartTime = identity.StartTime + 1 }).TryReadExit()); // another process of that number
        Assert.Equal(7, process.Wait().ExitCode);
        Assert.Null(identity.TryReadExit());
    }

    private static FdMapping[] Stdin(out MyDocker.Kernel.Syscalls.Fd write)
    {
        (var read, write) = Descriptors.Pipe();
        return [new(read.Number, 0)];
    }
}
