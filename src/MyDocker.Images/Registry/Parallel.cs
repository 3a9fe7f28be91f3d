using System.Runtime.ExceptionServices;

namespace MyDocker.Images.Registry;

/// <summary>Some pieces of work at once, each on a thread of its own, as they block. The first failure ends the rest that has not begun.</summary>
internal sealed class Parallel
{
    /// <summary>Layers at a time: enough to keep all processors busy while one waits for the network.</summary>
    public static int Layers => Math.Clamp(Environment.ProcessorCount + 1, 3, 8);

    private int _next = -1;
    private ExceptionDispatchInfo? _failure;

    public void Run(int count, int atOnce, Action<int> work)
    {
        var threads = new Thread[Math.Min(count, atOnce)];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() => Work(count, work)) { Name = $"layer {i}" };
            threads[i].Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        _failure?.Throw();
    }

    private void Work(int count, Action<int> work)
    {
        int i;
        while (_failure is null && (i = Interlocked.Increment(ref _next)) < count)
        {
            try
            {
                work(i);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }
        }
    }
}
