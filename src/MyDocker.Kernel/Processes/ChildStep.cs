using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Processes;

/// <summary>One system call of a <see cref="SyscallProgram"/>, as it lies in native memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ChildStep
{
    /// <summary>The system call's number.</summary>
    public int Number;

    /// <summary>Bit n set: argument n is the address of an int cell; the cell's value is passed.</summary>
    public uint CellMask;

    public fixed long Arguments[6];

    /// <summary>Where the result goes (an int, such as a new descriptor); null: nowhere.</summary>
    public int* Result;

    /// <summary>Bit e set: errno e is not a failure (errnos 1–127).</summary>
    public ulong ToleratedLow;
    public ulong ToleratedHigh;

    /// <summary>Step to go on with after a tolerated errno.</summary>
    public int AfterTolerated;

    /// <summary>Step to go on with after success.</summary>
    public int AfterSuccess;

    /// <summary>A smaller result is a failure (EPIPE): a read that met the end because the parent is gone.</summary>
    public long Least;

    /// <summary>Non-zero: a result above zero ends this process (the parent side of a clone made by the child).</summary>
    public int ExitIfPositive;
}
