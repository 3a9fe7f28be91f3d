using MyDocker.ResourceTest;

// Allocates memory step by step and touches each page of it, for ever or up to a limit of its own, and prints the total.
// The memory comes from mmap(2): a managed heap would have ideas of its own about a memory limit.
const string Usage = "usage: mem-allocate [--interval MS] [--step MB] [--max MB]   (1000 ms, 1 MB, no limit)";

long interval = 1000, step = 1, most = 0;
for (var i = 0; i < args.Length; i++)
{
    if (!Native.TryOption(args, ref i, "--interval", ref interval)
        && !Native.TryOption(args, ref i, "--step", ref step)
        && !Native.TryOption(args, ref i, "--max", ref most))
    {
        Native.WriteLine(Usage, isError: true);
        return 2;
    }
}

Native.WriteLine($"mem-allocate: {Native.ResidentKilobytes()} KB before the first allocation");
for (var total = step; most == 0 || total <= most; total += step)
{
    if (!Native.Allocate((nint)step << 20))
    {
        Native.WriteLine($"mem-allocate: the kernel refused {step} MB more after {total - step} MB", isError: true);
        return 1;
    }

    Native.WriteLine($"allocated {total} MB");
    Native.Sleep(interval);
}

Native.WriteLine($"mem-allocate: {Native.ResidentKilobytes()} KB in the end");
return 0;
