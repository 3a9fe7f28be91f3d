using MyDocker.ResourceTest;

// Keeps one CPU, or several, as busy as it is allowed to, for ever or for some seconds.
const string Usage = "usage: cpu-test [--seconds S] [--threads N]   (for ever, 1 thread)";

long seconds = 0, threads = 1;
for (var i = 0; i < args.Length; i++)
{
    if (!Native.TryOption(args, ref i, "--seconds", ref seconds) && !Native.TryOption(args, ref i, "--threads", ref threads))
    {
        Native.WriteLine(Usage, isError: true);
        return 2;
    }
}

var start = Native.Now();
var end = seconds == 0 ? long.MaxValue : start + (seconds * 1000);
Native.WriteLine($"cpu-test: {threads} busy thread(s)");
for (var i = 1; i < threads; i++)
{
    new Thread(() => Burn(end), maxStackSize: 128 * 1024) { IsBackground = true }.Start();
}

Burn(end);
Native.WriteLine($"cpu-test: done after {Native.Now() - start} ms");
return 0;

static void Burn(long end)
{
    // The clock is read rarely: what is to be used up is time in user space, not calls.
    ulong value = 1;
    while (Native.Now() < end)
    {
        for (var i = 0; i < 1_000_000; i++)
        {
            value = (value * 6364136223846793005) + 1442695040888963407;
        }
    }

    // Printed only if it is what it never is, so that the compiler keeps the loop.
    if (value == 0)
    {
        Native.WriteLine("cpu-test: unlikely");
    }
}
