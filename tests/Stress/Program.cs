using System.Diagnostics;
using System.Globalization;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Stress;

// stress LAUNCHES: the rule of the fork (docs/adr/0002-the-fork.md), measured. Clones that many children the way every
// container is cloned, with garbage and collections in between, and counts those that do not come to their end; after each full
// collection everything that static fields hold is looked at (docs/adr/0011-before-main.md).
// The last line is "N launches, N hung, N failed"; the exit code is 0 if none hung or failed.
const int Patience = 5_000; // ms; a child needs less than one
const int Report = 10_000;
if (args.Length != 1 || !int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var launches))
{
    Files.TryWrite(Fd.Borrowed(2), "usage: stress LAUNCHES\n"u8);
    return 2;
}

var (hung, failed) = (0, 0);
var isRoot = Syscall.Invoke(Nr.geteuid) == 0;
var began = Stopwatch.GetTimestamp();
var garbage = new object?[64];
Statics.Fill();
for (var i = 0; i < launches; i++)
{
    Litter(garbage, i);
    switch (Launch(i, isRoot))
    {
        case Outcome.Hung: hung++; break;
        case Outcome.Failed: failed++; break;
    }

    if ((i + 1) % Report == 0)
    {
        Say($"{i + 1} of {launches}, {hung} hung, {failed} failed, {GC.CollectionCount(0)} collections, {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s\n");
    }
}

Say($"{GC.CollectionCount(0)} collections, {GC.CollectionCount(2)} of them full\n");
Say($"{launches} launches, {hung} hung, {failed} failed\n");
return hung + failed == 0 ? 0 : 1;

// What goes on in a process that launches: strings, arrays of all sizes, and now and then a collection.
static void Litter(object?[] garbage, int i)
{
    const int Large = 100_000, Often = 7, Full = 3, Compacting = 2;
    garbage[i % garbage.Length] = i % 50 == 0 ? new byte[Large] : $"container {i}";
    if (i % Often != 0)
    {
        return;
    }

    if (i % Full != 0)
    {
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        return;
    }

    GC.Collect(2, i % Compacting == 0 ? GCCollectionMode.Aggressive : GCCollectionMode.Forced, blocking: true, compacting: i % Compacting == 0);
    Statics.Check();
}

static Outcome Launch(int i, bool isRoot)
{
    using var program = new SyscallProgram();
    Describe(program, i);
    var (read, write) = ClonedChild.NewStatusPipe();
    using var child = ClonedChild.Start(program, isRoot && i % 2 == 0 ? CloneFlags.CLONE_NEWUTS : 0, read, write);
    write.Dispose();
    var process = new PidFd(child.PidFd);
    _ = new byte[4096]; // beside the child, as the parent's own steps
    if (!process.WaitForEnd(Patience))
    {
        child.KillAndReap();
        return Outcome.Hung;
    }

    var result = child.Wait();
    return process.Wait() is { Signal: 0, ExitCode: 7 } && result.Executed ? Outcome.Ended : Outcome.Failed;
}

// A child like a container's: some dozens of calls with strings, structures, cells and tolerated errnos, and an end.
static unsafe void Describe(SyscallProgram program, int i)
{
    const int Calls = 40;
    var fd = program.NewCell();
    for (var call = 0; call < Calls; call++)
    {
        program.Add("open", "/dev/null", Nr.openat, AtFlags.AT_FDCWD, program.Text("/dev/null"), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC).Into(fd);
        program.Add("close", "/dev/null", Nr.close, fd);
        program.Add("make", "what is there", Nr.mkdirat, AtFlags.AT_FDCWD, program.Text("/"), 0x1ED).Tolerate(Errno.EEXIST);
    }

    program.Add("end", i.ToString(CultureInfo.InvariantCulture), Nr.exit_group, 7);
}

static void Say(string text) => Files.TryWrite(Fd.Borrowed(1), System.Text.Encoding.UTF8.GetBytes(text));

internal enum Outcome
{
    Ended,
    Hung,
    Failed,
}
