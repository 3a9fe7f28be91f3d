using System.Diagnostics;

namespace MyDocker.Containers.Tests.Harness;

/// <summary>Polls for a state that will come, with a deadline that only a mistake reaches.</summary>
public static class Wait
{
    public static void Until(Func<bool> condition, string what, int seconds = 30)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeFactor.Seconds(seconds), $"waited {seconds * TimeFactor.Value} s in vain: {what}");
            Thread.Sleep(5);
        }
    }
}
