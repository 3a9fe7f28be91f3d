using System.Collections.Concurrent;
using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>A hundred containers in the background, handled from eight shells at once.</summary>
[Collection("alone")]
public sealed class ManyTests(ITestOutputHelper output) : ContainerTest
{
    /// <summary>A quarter of it where everything is emulated: the shells inside alone would keep such a machine busy.</summary>
    private static readonly int Count = 100 / TimeFactor.Value;

    private const int Shells = 8;

    private void FromAllShells(Func<int, Result> work, int exitCode = 0)
    {
        var failures = new ConcurrentQueue<string>();
        var next = 0;
        Workers.Run(Shells, _ =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) <= Count;)
            {
                if (work(number) is var result && result.ExitCode != exitCode)
                {
                    failures.Enqueue($"{number}: {result.ExitCode} {result.Err}");
                }
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n", failures));
    }

    [Fact]
    public void AHundredAreStartedListedMeasuredStoppedAndRemoved()
    {
        FromAllShells(number => Engine.Run("run", "-d", "--name", $"many-{number}", "--label", $"n={number}", Image, "/bin/sh", "-c", $"trap 'exit {number}' TERM; echo up-{number}; while :; do sleep 0.5; done"));
        Assert.Equal(Count, Engine.Run("ps", "-q").Is(0).Lines.Length);
        Assert.Equal(Count, Engine.Run("stats", "--no-stream", "--format", "{{.Name}}").Is(0).Lines.Length);
        FromAllShells(number => Engine.Run("inspect", "-f", "{{.State.Running}}", $"many-{number}") is { Out: "true\n" } result ? result : new Result(99, [], "does not run"));
        FromAllShells(number =>
        {
            Wait.Until(() => Engine.Run("logs", $"many-{number}").Out == $"up-{number}\n", "its line");
            return new Result(0, [], "");
        });
        Measure();
        FromAllShells(number => Engine.Run("stop", "-t", "30", $"many-{number}"));
        Assert.Equal("", Engine.Run("ps", "-q").Is(0).Out);
        FromAllShells(number => Engine.Run("wait", $"many-{number}") is { ExitCode: 0 } result && result.Out == $"{number}\n" ? result : new Result(99, [], Engine.Inspect($"many-{number}", "{{json .State}}")));
        FromAllShells(number => Engine.Run("rm", $"many-{number}"));
        Assert.Equal("", Engine.Run("ps", "-aq").Is(0).Out);
        Census.AssertNothingLeft(Engine);
    }

    /// <summary>What an idle monitor costs: memory of its own, and wake-ups.</summary>
    private void Measure()
    {
        var monitors = Engine.Run(["inspect", "-f", "{{.State.MonitorPid}}", .. Enumerable.Range(1, Count).Select(number => $"many-{number}")], null).Is(0).Lines;
        Assert.Equal(Count, monitors.Length);
        Thread.Sleep(3000); // after a start each gives memory back, once
        var before = monitors.Sum(Wakes);
        Thread.Sleep(3000);
        var wakes = monitors.Sum(Wakes) - before;
        var uss = monitors.Select(pid => Sum(pid, "Private_")).ToList();
        var pss = monitors.Select(pid => Sum(pid, "Pss:")).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Count} monitors: USS {uss.Average():0} kB each (most {uss.Max()}), PSS {pss.Average():0} kB each, {wakes} wake-ups in 3 s"));
        Assert.InRange(uss.Average(), 1, 1536);
        Assert.InRange(wakes, 0, 5); // none of an idle one; a machine under load may let one finish its start late
    }

    private static long Wakes(string pid)
        => long.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("voluntary", StringComparison.Ordinal)).Split('\t')[1], CultureInfo.InvariantCulture);

    private static long Sum(string pid, string field)
        => File.ReadLines($"/proc/{pid}/smaps_rollup").Where(line => line.StartsWith(field, StringComparison.Ordinal)).Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
}
