using System.Runtime.InteropServices;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Attach;

/// <summary>
/// The messages between a command line and a container's monitor. One frame is one message of a SOCK_SEQPACKET unix
/// socket: it is sent whole or not at all, so neither side ever keeps half a frame, and the socket's own buffer is the
/// only queue. Numbers are in the machine's byte order, as both ends are on it.
/// <code>
/// byte 0     type             byte 1     protocol version      bytes 2–3  zero
/// bytes 4–7  payload length   bytes 8–   payload
/// </code>
/// Standard input goes one frame at a time: the next one is sent when the monitor has written the last one out
/// (<see cref="StdinReady"/>). So input that the container does not read never holds up a signal or a resize behind it.
/// </summary>
internal enum FrameType : byte
{
    /// <summary>Client's first: <see cref="HelloPayload"/>, and its terminal as SCM_RIGHTS if it will make it raw.</summary>
    Hello = 1,

    /// <summary>Bytes for the container's standard input.</summary>
    Stdin = 2,

    /// <summary>End of the client's standard input; no payload.</summary>
    StdinClose = 3,

    /// <summary>New size of the client's terminal: <see cref="WindowSize"/>.</summary>
    Resize = 4,

    /// <summary>A signal for the container: i32 number.</summary>
    Signal = 5,

    /// <summary>The client leaves on purpose, its terminal restored; no payload.</summary>
    Bye = 6,

    /// <summary>The container's record, or what is wished of it, has changed on disk: look at it again; no payload.</summary>
    Reload = 7,

    /// <summary>The container's process runs; no payload.</summary>
    Started = 16,

    /// <summary>Bytes the container wrote; everything comes on Stdout if it has a terminal.</summary>
    Stdout = 17,
    Stderr = 18,

    /// <summary>The last Stdin frame is written out; no payload.</summary>
    StdinReady = 19,

    /// <summary>The container takes no more input; no payload.</summary>
    StdinClosed = 20,

    /// <summary>Output that a slow bounded client missed: u64 bytes.</summary>
    Skipped = 21,

    /// <summary>The container has ended and all its output was sent: i32 exit code. Last frame.</summary>
    Exited = 22,

    /// <summary>The container could not be started: i32 exit code (125–127), message in UTF-8. Last frame.</summary>
    Failed = 23,

    /// <summary>A line of the engine's own for people, in UTF-8, before Started.</summary>
    Warning = 24,
}

[Flags]
internal enum HelloFlags : uint
{
    None = 0,
    Stdin = 1,
    Stdout = 2,
    Stderr = 4,

    /// <summary><see cref="HelloPayload.Modes"/> are valid and the terminal's descriptor comes with the message.</summary>
    Terminal = 8,

    /// <summary><see cref="HelloPayload.Size"/> is valid.</summary>
    Size = 16,
}

[StructLayout(LayoutKind.Sequential)]
internal struct HelloPayload
{
    public HelloFlags Flags;
    public WindowSize Size;

    /// <summary>The modes of the client's terminal before it made it raw.</summary>
    public Termios Modes;
}

internal static unsafe class Frame
{
    public const int HeaderSize = 8;

    /// <summary>Largest frame; also the size of each buffer.</summary>
    public const int MaxSize = 64 * 1024;
    public const int MaxPayload = MaxSize - HeaderSize;

    private const byte Version = 1;

    /// <summary>Writes the header in front of a payload that is in place. Returns the frame's length.</summary>
    public static int Seal(byte* frame, FrameType type, int payload)
    {
        *(uint*)frame = (byte)type | (uint)Version << 8;
        *(int*)(frame + 4) = payload;
        return HeaderSize + payload;
    }

    /// <summary>Whether a received message is a frame of this protocol: only then may its payload be read.</summary>
    public static bool TryOpen(byte* frame, int received, out FrameType type, out int payload)
    {
        type = default;
        payload = received - HeaderSize;
        if (payload < 0 || frame[1] != Version || *(int*)(frame + 4) != payload)
        {
            return false;
        }

        type = (FrameType)frame[0];
        return true;
    }
}
