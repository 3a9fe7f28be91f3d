using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Syscalls;

/// <summary>The C library's heap: arenas, and what the .NET runtime keeps of itself.</summary>
public static partial class NativeHeap
{
    /// <summary>Gives pages that nothing is on back to the kernel (malloc_trim(3)), those between others too.</summary>
    public static void Trim() => malloc_trim(0);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);
}
