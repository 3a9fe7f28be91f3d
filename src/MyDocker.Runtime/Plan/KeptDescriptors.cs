using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// Closes all descriptors of the child but a few, whose numbers the launcher knows only when it has opened them: one
/// close_range(2) (5.9) for each range between them.
/// </summary>
internal sealed class KeptDescriptors
{
    private readonly Cell[] _kept;
    private readonly (Cell First, Cell Last)[] _ranges;

    public KeptDescriptors(SyscallProgram child, params ReadOnlySpan<Cell> kept)
    {
        _kept = kept.ToArray();
        _ranges = new (Cell, Cell)[kept.Length + 1];
        for (var i = 0; i < _ranges.Length; i++)
        {
            _ranges[i] = (child.NewCell(), child.NewCell());
        }
    }

    /// <summary>Adds the steps. EINVAL: an empty range.</summary>
    public void AddClose(SyscallProgram child)
    {
        foreach (var (first, last) in _ranges)
        {
            child.Add("close", "descriptors", Nr.close_range, first, last, 0).Tolerate(Errno.EINVAL);
        }
    }

    /// <summary>To be called when all kept ones are open, before the clone.</summary>
    /// <param name="firstOwn">those below this number are not ours to close.</param>
    public void Set(int firstOwn)
    {
        Span<int> numbers = stackalloc int[_kept.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = _kept[i].Value;
        }

        numbers.Sort();
        var next = firstOwn;
        for (var i = 0; i < _ranges.Length; i++)
        {
            var (first, last) = _ranges[i];
            first.Value = next;
            last.Value = i < numbers.Length ? numbers[i] - 1 : -1;
            next = i < numbers.Length ? Math.Max(next, numbers[i] + 1) : next;
        }
    }
}
