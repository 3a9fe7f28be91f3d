using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Monitor;

/// <summary>
/// What a monitor gives back when nothing happens. A start leaves some 0.3 MB behind that nobody needs any more, and the collector, whose
/// budget is larger, never comes; a flood of output leaves more. One collection after the work, while nobody waits, is what that takes.
/// </summary>
internal sealed class IdleMemory
{
    /// <summary>How long nothing must have happened, ms: a container that ends at once pays nothing.</summary>
    public const int After = 2000;

    /// <summary>Bytes allocated that are worth a collection and a wake-up: some hundred requests or lines of a log.</summary>
    private const long Worth = 128 * 1024;

    private long _allocated;

    public bool IsWorthIt => GC.GetAllocatedBytesForCurrentThread() - _allocated > Worth;

    /// <summary>Collects, and gives the memory to the kernel.</summary>
    public void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
        _allocated = GC.GetAllocatedBytesForCurrentThread();
    }
}
