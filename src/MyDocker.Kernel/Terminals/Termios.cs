using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Terminals;

/// <summary>struct termios of the kernel (asm-generic/termbits.h, 36 bytes), not of the C library; see ioctl_tty(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Termios
{
    public const uint IGNBRK = 0x1, BRKINT = 0x2, PARMRK = 0x8, ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400;
    public const uint OPOST = 0x1, ONLCR = 0x4;
    public const uint CSIZE = 0x30, CS8 = 0x30, PARENB = 0x100;
    public const uint ISIG = 0x1, ICANON = 0x2, ECHO = 0x8, ECHONL = 0x40, IEXTEN = 0x8000;
    public const int VINTR = 0, VEOF = 4, VTIME = 5, VMIN = 6;

    public uint InputFlags;
    public uint OutputFlags;
    public uint ControlFlags;
    public uint LocalFlags;
    public byte LineDiscipline;
    public ControlCharacters Characters;

    public readonly bool IsCanonical => (LocalFlags & ICANON) != 0;

    /// <summary>
    /// The same terminal in raw mode, as cfmakeraw(3): each byte through at once, both ways, unchanged, no signal keys.
    /// </summary>
    public readonly Termios ToRaw()
    {
        var raw = this;
        raw.InputFlags &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        raw.OutputFlags &= ~OPOST;
        raw.LocalFlags &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        raw.ControlFlags = (raw.ControlFlags & ~(CSIZE | PARENB)) | CS8;
        raw.Characters[VMIN] = 1;
        raw.Characters[VTIME] = 0;
        return raw;
    }

    public readonly bool SameAs(in Termios other)
        => MemoryMarshal.AsBytes(new ReadOnlySpan<Termios>(in this)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<Termios>(in other)));

    /// <summary>c_cc.</summary>
    [InlineArray(19)]
    public struct ControlCharacters
    {
        private byte _first;
    }
}

/// <summary>struct winsize (ioctl_tty(2)): the size of a terminal in characters, and in pixels where known.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct WindowSize(ushort Rows, ushort Columns, ushort PixelWidth = 0, ushort PixelHeight = 0);
