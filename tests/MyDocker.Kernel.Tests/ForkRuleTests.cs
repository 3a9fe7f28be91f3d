using System.Diagnostics;

namespace MyDocker.Kernel.Tests;

/// <summary>
/// The rule of the fork (docs/adr/0002-the-fork.md) at a size for every day; `make stress` has the full one. It needs a program
/// that was compiled ahead of time: the runtime of this test has threads of its own.
/// </summary>
public sealed class ForkRuleTests
{
    private const string Launches = "2000";

    private static string Stress { get; } = Path.Combine(Environment.GetEnvironmentVariable("MYDOCKER_BIN") is { Length: > 0 } given ? Path.GetFullPath(given) : Path.Combine(Repository(), "out"), "stress");

    [Fact]
    public void No_child_of_a_process_with_one_managed_thread_hangs()
    {
        Assert.SkipUnless(File.Exists(Stress), $"{Stress} is missing: run make out/stress");
        using var process = Process.Start(new ProcessStartInfo(Stress, Launches) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.EndsWith($"{Launches} launches, 0 hung, 0 failed\n", output);
        Assert.Equal(0, process.ExitCode);
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "global.json")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests run outside the repository");
        }

        return directory;
    }
}
