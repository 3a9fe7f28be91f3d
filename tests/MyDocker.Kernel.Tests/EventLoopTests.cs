using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Processes.EpollEvents;

namespace MyDocker.Kernel.Tests;

public sealed class EventLoopTests
{
    [Fact]
    public void ReadableDescriptorsAreCalledBackUntilTheyAreRead()
    {
        using var loop = new EventLoop();
        var (read, write) = Descriptors.Pipe();
        using (read)
        using (write)
        {
            var calls = 0;
            loop.Add(read, EPOLLIN, _ => calls++);
            Assert.Equal(0, loop.RunOnce(0));
            Files.TryWrite(write, "x"u8);
            loop.RunOnce(1000);
            loop.RunOnce(1000);
            Assert.Equal(2, calls);
            Assert.Equal(1, Files.Read(read, new byte[8]));
            Assert.Equal(0, loop.RunOnce(0));
        }
    }

    [Fact]
    public void APausedDescriptorDoesNotEvenReportItsHangUp()
    {
        using var loop = new EventLoop();
        var (read, write) = Descriptors.Pipe();
        using (read)
        {
            uint seen = 0;
            loop.Add(read, EPOLLIN, events => seen = events);
            loop.Modify(read, 0);
            write.Dispose();
            Assert.Equal(0, loop.RunOnce(0));
            loop.Modify(read, EPOLLIN);
            Assert.Equal(1, loop.RunOnce(1000));
            Assert.Equal(EPOLLHUP, seen & EPOLLHUP);
        }
    }

    [Fact]
    public void ARemovedDescriptorGetsNoEventOfTheSameBatch()
    {
        using var loop = new EventLoop();
        var (readA, writeA) = Descriptors.Pipe();
        var (readB, writeB) = Descriptors.Pipe();
        using (readA)
        using (readB)
        using (writeA)
        using (writeB)
        {
            var calls = 0;
            void RemoveBoth(uint events)
            {
                calls++;
                loop.Remove(readA);
                loop.Remove(readB);
            }

            loop.Add(readA, EPOLLIN, RemoveBoth);
            loop.Add(readB, EPOLLIN, RemoveBoth);
            Files.TryWrite(writeA, "x"u8);
            Files.TryWrite(writeB, "x"u8);
            Assert.Equal(2, loop.RunOnce(1000));
            Assert.Equal(1, calls);
        }
    }

    [Fact]
    public void AnEventAllocatesNothing()
    {
        using var loop = new EventLoop();
        using var timer = new TimerFd();
        ulong fired = 0;
        loop.Add(timer.Fd, EPOLLIN, _ => fired += timer.Read());
        timer.Set(TimeSpan.Zero);
        loop.RunOnce(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        timer.Set(TimeSpan.Zero);
        loop.RunOnce(1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(2UL, fired);
    }

    [Fact]
    public void ADisarmedTimerStaysSilentAndAnIntervalCounts()
    {
        using var loop = new EventLoop();
        using var timer = new TimerFd();
        loop.Add(timer.Fd, EPOLLIN, _ => { });
        timer.Set(TimeSpan.FromHours(1));
        Assert.Equal(0, loop.RunOnce(0));
        timer.Set(TimeSpan.Zero);
        timer.Disarm();
        Assert.Equal(0, loop.RunOnce(0));
        timer.Set(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        ulong fired = 0;
        while (fired < 3)
        {
            loop.RunOnce(1000);
            fired += timer.Read();
        }
    }

    [Fact]
    public void RunEndsWhenACallbackStopsIt()
    {
        using var loop = new EventLoop();
        using var timer = new TimerFd();
        loop.Add(timer.Fd, EPOLLIN, _ => loop.Stop());
        timer.Set(TimeSpan.Zero);
        loop.Run();
    }

    [Fact]
    public void ARegularFileIsRefusedAndLeavesNoTrace()
    {
        using var loop = new EventLoop();
        var path = Path.GetTempFileName(); // on a file system of the kernel's own: one of FUSE may say that its files can be polled
        using var file = Files.Open(path, OpenFlags.O_RDONLY);
        File.Delete(path);
        Assert.Equal(Errno.EPERM, Assert.Throws<KernelException>(() => loop.Add(file, EPOLLIN, _ => { })).Errno);
        Assert.False(loop.Watches(file));
    }
}
