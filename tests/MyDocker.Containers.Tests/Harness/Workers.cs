using System.Collections.Concurrent;

namespace MyDocker.Containers.Tests.Harness;

/// <summary>Several threads at once. What one of them throws fails the test; thrown in a thread of its own it would end all tests.</summary>
public static class Workers
{
    /// <param name="work">gets the number of its thread, from 0.</param>
    public static void Run(int count, Action<int> work)
    {
        var failures = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                work(number);
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.True(failures.IsEmpty, string.Join("\n", failures));
    }
}
