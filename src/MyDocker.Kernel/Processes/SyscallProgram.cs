using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>
/// An argument of a system call in a program: a number, the address of native memory, or a cell: an int whose value is
/// only known when the call is made (a descriptor that an earlier call opens, or that the parent sends).
/// </summary>
public readonly unsafe struct Arg
{
    internal readonly long Value;
    internal readonly bool IsCell;

    private Arg(long value, bool isCell = false)
    {
        Value = value;
        IsCell = isCell;
    }

    public static implicit operator Arg(int value) => new(value);
    public static implicit operator Arg(long value) => new(value);
    public static implicit operator Arg(byte* address) => new((long)address);
    public static implicit operator Arg(Cell cell) => new((long)cell.Address, isCell: true);

    public static Arg Address(void* address) => new((long)address);
}

/// <summary>An int in native memory that one step of a program writes and later ones read.</summary>
public readonly unsafe struct Cell(int* address)
{
    public int* Address { get; } = address;

    /// <summary>The value as this process sees it; after a clone parent and child have a copy each.</summary>
    public int Value
    {
        get => *Address;
        set => *Address = value;
    }
}

/// <summary>Where a step came from, for plans and error messages: "mount proc on" "/proc".</summary>
public readonly record struct StepText(string Operation, string Target)
{
    public override string ToString() => Target.Length == 0 ? Operation : $"{Operation} {Target}";
}

/// <summary>
/// A list of system calls that a freshly cloned child makes one after the other, prepared completely by the parent.
/// .NET cannot run in a forked child in general, so the child neither allocates nor decides: it walks this list
/// (see <see cref="ChildWalker"/>). All it knows beyond plain calls: cells, tolerated errnos, and two jumps.
/// Because it is data, it can be printed, tested without root, and blamed step by step.
/// </summary>
public sealed unsafe class SyscallProgram : IDisposable
{
    /// <summary>More steps than a usual container has.</summary>
    private const int Usual = 512;

    private readonly List<StepText> _texts = new(Usual);

    // In native memory from the beginning: a list of these is some dozens of pages that the collector clears, and copies to grow.
    private ChildStep* _steps = (ChildStep*)NativeMemory.Alloc(Usual, (nuint)sizeof(ChildStep));
    private int _capacity = Usual;

    /// <summary>Native memory for strings and structures that the calls refer to; lives as long as the program.</summary>
    public NativeArena Arena { get; } = new();

    public int Count => _texts.Count;

    public StepText TextOf(int step) => step >= 0 && step < _texts.Count ? _texts[step] : new StepText("unknown step", "");

    public int NumberOf(int step) => At(step).Number;

    public Cell NewCell(int value = -1) => new(Arena.Copy(value));

    /// <summary>A cell inside a structure, such as the descriptor in a control message.</summary>
    public static Cell CellAt(void* address) => new((int*)address);

    public byte* Text(string text) => Arena.String(text);

    /// <summary>Appends a call. Unless told otherwise any errno ends the child, and the walk goes on with the next step.</summary>
    public Step Add(string operation, string target, int number, Arg a = default, Arg b = default, Arg c = default, Arg d = default, Arg e = default, Arg f = default)
    {
        var step = new ChildStep { Number = number, AfterSuccess = Count + 1, AfterTolerated = Count + 1, Least = long.MinValue };
        Set(ref step, 0, a);
        Set(ref step, 1, b);
        Set(ref step, 2, c);
        Set(ref step, 3, d);
        Set(ref step, 4, e);
        Set(ref step, 5, f);
        if (Count == _capacity)
        {
            _capacity *= 2;
            _steps = (ChildStep*)NativeMemory.Realloc(_steps, (nuint)(_capacity * sizeof(ChildStep)));
        }

        _steps[Count] = step;
        _texts.Add(new StepText(operation, target));
        return new Step(this, Count - 1);
    }

    /// <summary>Native form for <see cref="ChildWalker"/>; valid until this is disposed.</summary>
    internal ChildStep* Seal() => _steps;

    internal ref ChildStep At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return ref _steps[index];
    }

    public void Dispose()
    {
        NativeMemory.Free(_steps);
        _steps = null;
        Arena.Dispose();
    }

    private static void Set(ref ChildStep step, int index, Arg argument)
    {
        step.Arguments[index] = argument.Value;
        step.CellMask |= argument.IsCell ? 1u << index : 0;
    }

    /// <summary>A step just added, to say more about it.</summary>
    public readonly struct Step(SyscallProgram program, int index)
    {
        public int Index { get; } = index;

        /// <summary>Stores the result, such as a new descriptor.</summary>
        public Step Into(Cell cell)
        {
            program.At(Index).Result = cell.Address;
            return this;
        }

        /// <summary>These errnos are no failure; the walk goes on with the next step.</summary>
        public Step Tolerate(params ReadOnlySpan<Errno> errnos)
        {
            ref var step = ref program.At(Index);
            foreach (var errno in errnos)
            {
                if ((int)errno < 64)
                {
                    step.ToleratedLow |= 1UL << (int)errno;
                }
                else
                {
                    step.ToleratedHigh |= 1UL << ((int)errno - 64);
                }
            }

            return this;
        }

        /// <summary>After success the steps up to (not including) the next one to be added at the time of the call of <see cref="SkipsTo"/> are left out.</summary>
        public void SkipsTo(int target) => program.At(Index).AfterSuccess = target;

        /// <summary>After a tolerated errno the walk goes on at this step.</summary>
        public void OnToleratedGoTo(int target) => program.At(Index).AfterTolerated = target;

        /// <summary>A smaller result counts as a broken connection to the parent.</summary>
        public Step AtLeast(long result)
        {
            program.At(Index).Least = result;
            return this;
        }

        /// <summary>The process that gets a result above zero from this clone ends here.</summary>
        public Step ParentExits()
        {
            program.At(Index).ExitIfPositive = 1;
            return this;
        }
    }
}
