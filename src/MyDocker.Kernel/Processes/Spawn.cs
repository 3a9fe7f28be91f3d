using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>A descriptor of ours and the number it has in the child.</summary>
public readonly record struct FdMapping(int Source, int Target);

/// <summary>What to start and how.</summary>
/// <param name="Path">the executable; PATH is not searched.</param>
/// <param name="Arguments">argv, argv[0] included.</param>
public sealed record SpawnRequest(string Path, IReadOnlyList<string> Arguments)
{
    /// <summary>"NAME=value" strings; null for our own environment.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>
    /// The descriptors of the child. 0–2 are ours unless named here; any other that is not named is closed, also what our
    /// own caller left open (CVE-2024-21626).
    /// </summary>
    public IReadOnlyList<FdMapping> Descriptors { get; init; } = [];

    /// <summary>Makes the child the leader of a session of its own: no signal of the caller's terminal reaches it.</summary>
    public bool NewSession { get; init; }

    /// <summary>
    /// The signal mask of the child from its first instruction on, so that each thread that its runtime starts inherits
    /// it. All signals have their default action.
    /// </summary>
    public SignalSet BlockedSignals { get; init; }
}

/// <summary>
/// Starts a program with posix_spawn(3), which shares our memory until exec (CLONE_VM | CLONE_VFORK): the cost does not
/// grow with the process, and it is safe with several managed threads, as no managed code runs in the child.
/// </summary>
public static unsafe partial class Spawn
{
    private const short POSIX_SPAWN_SETSIGDEF = 0x04;
    private const short POSIX_SPAWN_SETSIGMASK = 0x08;
    private const short POSIX_SPAWN_SETSID = 0x80;

    private const int CLOSE_RANGE_CLOEXEC = 4;

    // posix_spawnattr_t is 336 and posix_spawn_file_actions_t 80 bytes in glibc and musl; sigset_t is 128.
    private const int OpaqueSize = 512;
    private const int SigsetSize = 128;

    /// <summary>Starts the program. Returns its process id; it must be waited for. KernelException if it cannot be started.</summary>
    public static int Start(SpawnRequest request)
    {
        using var arena = new NativeArena();
        var attributes = arena.Alloc(OpaqueSize);
        var actions = arena.Alloc(OpaqueSize);
        var duplicates = new List<Fd>();
        Check(posix_spawnattr_init(attributes), request);
        Check(posix_spawn_file_actions_init(actions), request);
        try
        {
            SetAttributes(attributes, arena, request);
            AddDescriptors(actions, request, duplicates);
            Syscall.Invoke(Nr.close_range, 3, int.MaxValue, CLOSE_RANGE_CLOEXEC); // Linux 5.11
            var path = arena.String(request.Path);
            var arguments = arena.StringArray(request.Arguments);
            var environment = request.Environment is { } own ? arena.StringArray(own) : InheritedEnvironment();
            int pid;
            Check(posix_spawn(&pid, path, actions, attributes, arguments, environment), request);
            return pid;
        }
        finally
        {
            posix_spawn_file_actions_destroy(actions);
            posix_spawnattr_destroy(attributes);
            foreach (var fd in duplicates)
            {
                fd.Dispose();
            }
        }
    }

    private static void SetAttributes(byte* attributes, NativeArena arena, SpawnRequest request)
    {
        var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (request.NewSession ? POSIX_SPAWN_SETSID : 0);
        var defaults = arena.Alloc(SigsetSize);
        *(ulong*)defaults = ulong.MaxValue; // 32 and 33 too: glibc would leave those ignored
        var mask = arena.Alloc(SigsetSize);
        *(ulong*)mask = request.BlockedSignals.Bits;
        Check(posix_spawnattr_setsigdefault(attributes, defaults), request);
        Check(posix_spawnattr_setsigmask(attributes, mask), request);
        Check(posix_spawnattr_setflags(attributes, (short)flags), request);
    }

    /// <summary>
    /// dup2 in the child, in order. A source that is also a target would be overwritten, or stay close-on-exec when it
    /// is its own target, so those are moved out of the way first.
    /// </summary>
    private static void AddDescriptors(byte* actions, SpawnRequest request, List<Fd> duplicates)
    {
        var highest = 2;
        foreach (var mapping in request.Descriptors)
        {
            highest = Math.Max(highest, mapping.Target);
        }

        foreach (var mapping in request.Descriptors)
        {
            var source = mapping.Source;
            if (source <= highest)
            {
                var duplicate = Descriptors.Duplicate(source, highest + 1);
                duplicates.Add(duplicate);
                source = duplicate.Number;
            }

            Check(posix_spawn_file_actions_adddup2(actions, source, mapping.Target), request);
        }
    }

    /// <summary>
    /// Executes another program in place of this process, which must have one managed thread. Returns only if that fails.
    /// Descriptors that are not close-on-exec, the environment and ignored signals are its, too.
    /// </summary>
    /// <param name="path">the executable; PATH is not searched.</param>
    /// <param name="arguments">argv, argv[0] included.</param>
    public static Errno Become(string path, IReadOnlyList<string> arguments)
    {
        using var arena = new NativeArena();
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.execve, (nint)arena.String(path), (nint)arena.StringArray(arguments), (nint)InheritedEnvironment()));
    }

    private static void Check(int error, SpawnRequest request)
    {
        if (error != 0)
        {
            throw new KernelException("start", request.Path, (Errno)error);
        }
    }

    // environ(7). The C library's variable has no address for P/Invoke, and a static program no symbols to look it up by.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_GetEnviron")]
    private static partial byte** InheritedEnvironment();

    [LibraryImport("libc")]
    private static partial int posix_spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* set);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* set);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int source, int target);
}
