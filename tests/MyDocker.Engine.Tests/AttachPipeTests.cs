using System.Globalization;
using System.Text;
using MyDocker.Engine.Attach;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Tests;

public sealed class AttachPipeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task StreamsStayApartAndTheExitCodeComesLast()
    {
        using var monitor = new AttachMonitor("echo out; echo err >&2; exit 3");
        using var client = new InProcessClient(monitor.ClientSocket);
        Assert.Equal("out\n", InProcessClient.ReadAll(client.Stdout));
        Assert.Equal("err\n", InProcessClient.ReadAll(client.Stderr));
        Assert.Equal(new AttachResult(AttachOutcome.Exited, 3), await client.Result.WaitAsync(Limit));
        Assert.True(await monitor.ClientLeft.Task.WaitAsync(Limit));
    }

    [Fact]
    public async Task AHundredMegabytesReachASlowReaderWholeAndNothingPilesUp()
    {
        const long Size = 100_000_000;
        using var monitor = new AttachMonitor($"head -c {Size} /dev/zero") { KeepLog = false };
        using var client = new InProcessClient(monitor.ClientSocket);
        var pid = await monitor.Process.Task.WaitAsync(Limit);

        // Nobody reads yet: the container must come to a stand in write(2) after what pipes and sockets hold.
        await Until(() => File.ReadAllText($"/proc/{pid}/task/{pid}/children").Trim() is var child
            && (child.Length > 0 ? child : pid.ToString(CultureInfo.InvariantCulture)) is var writer
            && File.ReadAllText($"/proc/{writer}/wchan") is "anon_pipe_write" or "pipe_write" && monitor.Logged > 0);
        Assert.InRange(monitor.Logged, 1, 2_000_000);

        var buffer = new byte[65536];
        var total = 0L;
        for (int count; (count = Files.Read(client.Stdout, buffer)) > 0; total += count)
        {
            Assert.Equal(-1, buffer.AsSpan(0, count).IndexOfAnyExcept((byte)0));
        }

        Assert.Equal(Size, total);
        Assert.Equal(0, (await client.Result.WaitAsync(Limit)).Code);
        Assert.Equal(Size, monitor.Logged);
    }

    [Fact]
    public async Task TheEndOfInputPropagatesAfterAllOfIt()
    {
        using var monitor = new AttachMonitor("wc -c; echo end", input: true);
        using var client = new InProcessClient(monitor.ClientSocket, input: true);
        var megabyte = new byte[1 << 20];
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(Errno.None, Files.TryWrite(client.Stdin, megabyte));
        }

        client.Stdin.Dispose();
        Assert.Equal($"{5 << 20}\nend\n", InProcessClient.ReadAll(client.Stdout));
        Assert.Equal(0, (await client.Result.WaitAsync(Limit)).Code);
    }

    [Fact]
    public async Task AContainerThatClosesItsInputStopsTheSenderOnly()
    {
        using var monitor = new AttachMonitor("exec <&-; echo closed; sleep 1000", input: true);
        using var client = new InProcessClient(monitor.ClientSocket, input: true);
        var buffer = new byte[16];
        Assert.Equal(7, Files.Read(client.Stdout, buffer));
        Files.TryWrite(client.Stdin, "nobody reads this\n"u8);
        Signals.TrySend(await monitor.Process.Task, Signals.SIGKILL);
        Assert.Equal(137, (await client.Result.WaitAsync(Limit)).Code);
    }

    [Fact]
    public async Task AWriterThatOutlivesTheContainerHoldsNothingUp()
    {
        using var monitor = new AttachMonitor("sleep 1000 & echo $!; exit 4");
        using var client = new InProcessClient(monitor.ClientSocket);
        var text = InProcessClient.ReadAll(client.Stdout);
        Assert.Equal(4, (await client.Result.WaitAsync(Limit)).Code);
        var left = int.Parse(text, CultureInfo.InvariantCulture);
        Assert.Equal(Errno.None, Signals.TrySend(left, Signals.SIGKILL)); // it was still there
    }

    [Fact]
    public async Task ABoundedReaderNeverBlocksTheContainerAndIsToldWhatItMissed()
    {
        using var monitor = new AttachMonitor("sleep 0.3; head -c 10000000 /dev/zero; exit 5", policy: ClientPolicy.Bounded); // what comes before the greeting is nobody's
        SendHello(monitor.ClientSocket, HelloFlags.Stdout);
        await monitor.Drained.Task.WaitAsync(Limit);
        var (output, skipped, code) = ReadFrames(monitor.ClientSocket);
        Assert.True(skipped > 0);
        Assert.Equal(10_000_000, output + skipped);
        Assert.Equal(5, code);
    }

    [Fact]
    public async Task AClientThatBreaksTheProtocolIsDroppedAndTheContainerGoesOn()
    {
        using var monitor = new AttachMonitor("read x; exit 6", input: true);
        SendGarbage(monitor.ClientSocket);

        // It had not greeted, so the input was not its to end.
        Assert.False(await monitor.ClientLeft.Task.WaitAsync(Limit));
        Assert.False(monitor.Drained.Task.IsCompleted);
    }

    [Fact]
    public async Task AFailureArrivesWithItsMessageAndCode()
    {
        var (socket, monitorSocket) = UnixSockets.Pair();
        using var loop = new EventLoop();
        using var io = new ContainerIo(loop);
        io.Attach(monitorSocket, ClientPolicy.Lossless);
        io.ReportFailed("step 14: mount proc on /proc: EPERM", 125);
        using (socket)
        {
            using var client = new InProcessClient(socket);
            var result = await client.Result.WaitAsync(Limit);
            Assert.Equal(new AttachResult(AttachOutcome.Failed, 125, "step 14: mount proc on /proc: EPERM"), result);
        }
    }

    [Fact]
    public async Task AMonitorThatDiesIsToldFromAnExit()
    {
        var (socket, monitorSocket) = UnixSockets.Pair();
        using (socket)
        {
            using var client = new InProcessClient(socket);
            monitorSocket.Dispose();
            Assert.Equal(AttachOutcome.MonitorLost, (await client.Result.WaitAsync(Limit)).Outcome);
        }
    }

    [Fact]
    public async Task AReaderThatIsGoneEndsTheClientNotTheContainer()
    {
        using var monitor = new AttachMonitor("while :; do echo y; done");
        using var client = new InProcessClient(monitor.ClientSocket);
        Files.Read(client.Stdout, new byte[2]);
        client.Stdout.Dispose();
        var result = await client.Result.WaitAsync(Limit);
        Assert.Equal((AttachOutcome.OutputClosed, 141), (result.Outcome, result.Code));
        Assert.True(await monitor.ClientLeft.Task.WaitAsync(Limit));
        var before = monitor.Logged;
        await Until(() => monitor.Logged > before + 1_000_000);
    }

    internal static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private static unsafe void SendGarbage(Fd socket)
    {
        var garbage = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n");
        fixed (byte* bytes = garbage)
        {
            Assert.Equal(Errno.None, UnixSockets.TrySend(socket, bytes, garbage.Length));
        }
    }

    private static unsafe void SendHello(Fd socket, HelloFlags flags)
    {
        var frame = stackalloc byte[Frame.HeaderSize + sizeof(HelloPayload)];
        *(HelloPayload*)(frame + Frame.HeaderSize) = new HelloPayload { Flags = flags };
        Assert.Equal(Errno.None, UnixSockets.TrySend(socket, frame, Frame.Seal(frame, FrameType.Hello, sizeof(HelloPayload))));
    }

    private static unsafe (long Output, long Skipped, int Code) ReadFrames(Fd socket)
    {
        long output = 0, skipped = 0;
        var poll = new PollFd { Descriptor = socket.Number, Events = PollFd.POLLIN };
        fixed (byte* buffer = new byte[Frame.MaxSize])
        {
            while (Descriptors.Poll(&poll, 1, 10_000) > 0)
            {
                var count = UnixSockets.Receive(socket, buffer, Frame.MaxSize);
                Assert.True(Frame.TryOpen(buffer, count, out var type, out var length));
                switch (type)
                {
                    case FrameType.Stdout:
                        output += length;
                        break;
                    case FrameType.Skipped:
                        skipped += *(long*)(buffer + Frame.HeaderSize);
                        break;
                    case FrameType.Exited:
                        return (output, skipped, *(int*)(buffer + Frame.HeaderSize));
                }
            }
        }

        throw new InvalidOperationException("no exit frame");
    }
}
