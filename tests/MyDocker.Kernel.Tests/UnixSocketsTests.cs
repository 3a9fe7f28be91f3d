using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests;

public sealed unsafe class UnixSocketsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-sockets-").FullName;

    [Fact]
    public void MessagesKeepTheirBoundariesAndTheEndIsZero()
    {
        var (left, right) = UnixSockets.Pair();
        using (right)
        {
            Send(left, "one");
            Send(left, "three");
            left.Dispose();
            var buffer = stackalloc byte[64];
            Assert.Equal(3, UnixSockets.Receive(right, buffer, 64));
            Assert.Equal(5, UnixSockets.Receive(right, buffer, 64));
            Assert.Equal(0, UnixSockets.Receive(right, buffer, 64));
        }
    }

    [Fact]
    public void AFullSocketTakesAMessageWholeOrNotAtAll()
    {
        var (left, right) = UnixSockets.Pair();
        using (left)
        using (right)
        {
            var message = new byte[60_000];
            var sent = 0;
            fixed (byte* start = message)
            {
                while (UnixSockets.TrySend(left, start, message.Length) is var errno && errno != Errno.EAGAIN)
                {
                    Assert.Equal(Errno.None, errno);
                    sent++;
                }

                Assert.InRange(sent, 1, 100);
                for (; sent > 0; sent--)
                {
                    Assert.Equal(message.Length, UnixSockets.Receive(right, start, message.Length));
                }

                Assert.Equal(-(int)Errno.EAGAIN, UnixSockets.Receive(right, start, message.Length));
            }
        }
    }

    [Fact]
    public void TooLongAMessageIsRefusedNotCut()
    {
        var (left, right) = UnixSockets.Pair();
        using (left)
        using (right)
        {
            Send(left, "longer than four");
            var buffer = stackalloc byte[4];
            Assert.Equal(-(int)Errno.EMSGSIZE, UnixSockets.Receive(right, buffer, 4));
        }
    }

    [Fact]
    public void DescriptorsTravelCloseOnExec()
    {
        var (left, right) = UnixSockets.Pair();
        var (read, write) = Descriptors.Pipe();
        using (left)
        using (right)
        using (read)
        {
            var message = stackalloc byte[8];
            Assert.Equal(Errno.None, UnixSockets.TrySend(left, message, 1, [write.Number]));
            write.Dispose();
            Span<int> descriptors = stackalloc int[2];
            Assert.Equal(1, UnixSockets.Receive(right, message, 8, descriptors, out var received));
            Assert.Equal(1, received);
            using var passed = new Fd(descriptors[0]);
            Assert.Equal(1, (int)Syscall.Invoke(Nr.fcntl, passed.Number, 1));
            Files.TryWrite(passed, "hi"u8);
            Assert.Equal(2, Files.Read(read, new byte[8]));
        }
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 0)]
    [InlineData(4, 1)]
    public void UnaskedDescriptorsAreClosed(int sent, int wanted)
    {
        var (left, right) = UnixSockets.Pair();
        var (read, write) = Descriptors.Pipe();
        using (left)
        using (right)
        using (read)
        {
            var message = stackalloc byte[8];
            var numbers = Enumerable.Repeat(write.Number, sent).ToArray();
            Assert.Equal(Errno.None, UnixSockets.TrySend(left, message, 1, numbers));
            write.Dispose();
            Assert.Equal(-(int)Errno.EMSGSIZE, UnixSockets.Receive(right, message, 8, new int[wanted], out var received));
            Assert.Equal(0, received);
            Assert.Equal(0, Files.Read(read, new byte[8])); // the end: no copy of the write end is left
        }
    }

    [Fact]
    public void MoreDescriptorsThanFitTheControlBufferAreRefused()
    {
        var (left, right) = UnixSockets.Pair();
        using (left)
        using (right)
        {
            var message = stackalloc byte[8];
            var numbers = Enumerable.Repeat(left.Number, UnixSockets.MaxDescriptors + 1).ToArray();
            Assert.Throws<ArgumentOutOfRangeException>(() => UnixSockets.TrySend(left, (byte*)0, 1, numbers));
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(150)]
    public void PathSocketsArePrivateAndKnowTheirPeer(int length)
    {
        var parent = Directory.CreateDirectory($"{_directory}/{new string('d', length)}").FullName;
        var path = $"{parent}/attach.sock";
        using var listening = UnixSockets.Listen(path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Null(UnixSockets.TryAccept(listening));
        using var client = UnixSockets.Connect(path);
        using var accepted = UnixSockets.TryAccept(listening);
        Assert.NotNull(accepted);
        Assert.Equal(Environment.ProcessId, UnixSockets.CredentialsOf(accepted).Pid);
        Send(client, "hello");
        var buffer = stackalloc byte[16];
        Assert.Equal(5, UnixSockets.Receive(accepted, buffer, 16));
        Assert.Equal(Errno.EADDRINUSE, Assert.Throws<KernelException>(() => UnixSockets.Listen(path)).Errno);
    }

    [Fact]
    public void NobodyThereAndALeftoverAreToldApart()
    {
        var path = $"{_directory}/gone.sock";
        Assert.Equal(Errno.ENOENT, Assert.Throws<KernelException>(() => UnixSockets.Connect(path)).Errno);
        UnixSockets.Listen(path).Dispose();
        Assert.Equal(Errno.ECONNREFUSED, Assert.Throws<KernelException>(() => UnixSockets.Connect(path)).Errno);
        Assert.Equal(Errno.ENAMETOOLONG, Assert.Throws<KernelException>(() => UnixSockets.Connect($"{_directory}/{new string('n', 200)}")).Errno);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static void Send(Fd socket, string text)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(text))
        {
            Assert.Equal(Errno.None, UnixSockets.TrySend(socket, bytes, text.Length));
        }
    }
}
