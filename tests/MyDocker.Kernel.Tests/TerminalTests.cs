using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Kernel.Tests;

public sealed class TerminalTests
{
    [Fact]
    public void RawModePassesBytesUnchangedAndIsUndone()
    {
        using var master = Terminal.OpenMaster();
        using var peer = Peer(master);
        Assert.Equal(Errno.None, Terminal.TryGetModes(peer.Number, out var original));
        Assert.True(original.IsCanonical);
        Assert.Equal(4, original.Characters[Termios.VEOF]);
        Assert.Equal(Errno.None, Terminal.TrySetModes(peer.Number, original.ToRaw()));

        Files.TryWrite(master, "\u0003\r\u0004"u8);
        var buffer = new byte[8];
        Assert.Equal(3, Files.Read(peer, buffer));
        Assert.Equal("\u0003\r\u0004"u8.ToArray(), buffer[..3]);
        Files.TryWrite(peer, "a\nb"u8);
        Assert.Equal(3, Files.Read(master, buffer));

        Assert.Equal(Errno.None, Terminal.TrySetModes(peer.Number, original));
        Terminal.TryGetModes(peer.Number, out var restored);
        Assert.True(restored.SameAs(original));
        Assert.False(restored.SameAs(original.ToRaw()));
    }

    [Fact]
    public void TheSizeSetOnOneSideIsSeenOnTheOther()
    {
        using var master = Terminal.OpenMaster();
        using var peer = Peer(master);
        Assert.Equal(Errno.None, Terminal.TrySetSize(master.Number, new WindowSize(40, 132)));
        Assert.Equal(Errno.None, Terminal.TryGetSize(peer.Number, out var size));
        Assert.Equal(new WindowSize(40, 132), size);
    }

    [Fact]
    public void APipeIsNoTerminal()
    {
        var (read, write) = Descriptors.Pipe();
        using (read)
        using (write)
        {
            Assert.False(Terminal.IsTerminal(read.Number));
            Assert.Equal(Errno.ENOTTY, Terminal.TryGetSize(write.Number, out _));
        }
    }

    /// <summary>Layouts and numbers of this project's terminal, socket, signal and epoll structures against the C headers.</summary>
    [Fact]
    public void LayoutsAndConstantsAreThoseOfTheCHeaders()
    {
        if (!File.Exists("/usr/bin/gcc"))
        {
            Assert.Skip("gcc is not installed");
        }

        var expected = new Dictionary<string, long>
        {
            ["sizeof(struct termios)"] = Unsafe.SizeOf<Termios>(),
            ["offsetof(struct termios, c_line)"] = Marshal.OffsetOf<Termios>(nameof(Termios.LineDiscipline)),
            ["offsetof(struct termios, c_cc)"] = Marshal.OffsetOf<Termios>(nameof(Termios.Characters)),
            ["sizeof(struct winsize)"] = Unsafe.SizeOf<WindowSize>(),
            ["TCGETS"] = Terminal.TCGETS, ["TCSETS"] = Terminal.TCSETS, ["TIOCSCTTY"] = Terminal.TIOCSCTTY,
            ["TIOCGWINSZ"] = Terminal.TIOCGWINSZ, ["TIOCSWINSZ"] = Terminal.TIOCSWINSZ, ["(int)TIOCSPTLCK"] = Terminal.TIOCSPTLCK,
            ["(int)TIOCGPTN"] = Terminal.TIOCGPTN, ["TIOCGPTPEER"] = Terminal.TIOCGPTPEER,
            ["IGNBRK|BRKINT|PARMRK|ISTRIP|INLCR|IGNCR|ICRNL|IXON"] = Termios.IGNBRK | Termios.BRKINT | Termios.PARMRK | Termios.ISTRIP | Termios.INLCR | Termios.IGNCR | Termios.ICRNL | Termios.IXON,
            ["ECHO|ECHONL|ICANON|ISIG|IEXTEN"] = Termios.ECHO | Termios.ECHONL | Termios.ICANON | Termios.ISIG | Termios.IEXTEN,
            ["OPOST"] = Termios.OPOST, ["CSIZE"] = Termios.CSIZE, ["CS8"] = Termios.CS8, ["PARENB"] = Termios.PARENB,
            ["VMIN"] = Termios.VMIN, ["VTIME"] = Termios.VTIME, ["VEOF"] = Termios.VEOF,
            ["sizeof(struct epoll_event)"] = EventLoop.EventSize,
            ["sizeof(struct msghdr)"] = Unsafe.SizeOf<UnixSockets.MessageHeader>(),
            ["offsetof(struct msghdr, msg_control)"] = Marshal.OffsetOf<UnixSockets.MessageHeader>("Control"),
            ["offsetof(struct msghdr, msg_flags)"] = Marshal.OffsetOf<UnixSockets.MessageHeader>("Flags"),
            ["CMSG_LEN(0)"] = 16, ["sizeof(((struct sockaddr_un*)0)->sun_path)"] = 108,
            ["sizeof(struct pollfd)"] = Unsafe.SizeOf<PollFd>(),
            ["sizeof(struct signalfd_siginfo)"] = 128, ["offsetof(struct signalfd_siginfo, ssi_status)"] = 40,
            ["offsetof(siginfo_t, si_pid)"] = 16, ["offsetof(siginfo_t, si_status)"] = 24,
            ["sizeof(posix_spawnattr_t) <= 512 && sizeof(posix_spawn_file_actions_t) <= 512"] = 1, ["sizeof(sigset_t)"] = 128,
            ["POSIX_SPAWN_SETSIGDEF"] = 4, ["POSIX_SPAWN_SETSIGMASK"] = 8, ["POSIX_SPAWN_SETSID"] = 0x80,
            ["F_DUPFD_CLOEXEC"] = 1030, ["FIONREAD"] = 0x541B, ["EPOLLRDHUP"] = EpollEvents.EPOLLRDHUP,
            ["SIGPWR"] = Signals.SIGPWR, ["SIGSTKFLT"] = Signals.SIGSTKFLT, ["SIGURG"] = Signals.SIGURG, ["SIGIO"] = Signals.SIGIO,
        };
        foreach (var (expression, actual) in Compile([.. expected.Keys]))
        {
            Assert.True(expected[expression] == actual, $"{expression} is {actual} in C, {expected[expression]} here");
        }
    }

    private static Fd Peer(Fd master)
    {
        Assert.Equal(Errno.None, Terminal.TryOpenPeer(master, out var peer));
        return peer!;
    }

    private static IEnumerable<(string Expression, long Value)> Compile(List<string> expressions)
    {
        var directory = Directory.CreateTempSubdirectory("mydocker-layout-").FullName;
        try
        {
            // _GNU_SOURCE for posix_spawn's flags; asm/termbits.h for the kernel's termios, which libc's would shadow.
            File.WriteAllText($"{directory}/t.c", """
                #define _GNU_SOURCE
                #include <stddef.h>
                #include <stdio.h>
                #include <asm/termbits.h>
                #include <asm/ioctls.h>
                #include <linux/ioctl.h>
                #include <sys/epoll.h>
                #include <sys/ioctl.h>
                #include <sys/socket.h>
                #include <sys/un.h>
                #include <sys/signalfd.h>
                #include <poll.h>
                #include <signal.h>
                #include <spawn.h>
                #include <fcntl.h>
                int main(void) {
                """ + string.Concat(expressions.Select(e => $"printf(\"%lld\\n\", (long long)({e}));\n")) + "return 0; }\n");
            Run("/usr/bin/gcc", "-o", $"{directory}/t", $"{directory}/t.c");
            var lines = Run($"{directory}/t").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return expressions.Zip(lines.Select(line => long.Parse(line, CultureInfo.InvariantCulture)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return output;
    }
}
