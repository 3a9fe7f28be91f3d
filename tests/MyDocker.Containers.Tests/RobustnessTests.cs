using System.Collections.Concurrent;
using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Many at once, killed anywhere, no room: nothing may be left on the host.</summary>
[Collection("alone")]
public sealed class RobustnessTests : ContainerTest
{
    [Fact]
    public void TwoHundredContainersStartedAndRemovedInParallelLeaveNothing()
    {
        var failures = new ConcurrentQueue<string>();
        var (next, most) = (0, 200 / TimeFactor.Value); // fewer where everything is emulated
        Workers.Run(8, _ =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) <= most;)
            {
                // Every second one is removed by itself, the others by name; every fifth has a network.
                var name = $"c{number}";
                string[] removed = number % 2 == 0 ? ["--rm"] : [];
                string[] network = number % 5 == 0 ? ["-a", $"198.19.{100 + (number / 100)}.{(number % 100) + 2}/24", "--host-ip", "198.19.99.1"] : [];
                var result = Engine.Run(["run", .. removed, .. network, "--name", name, Image, "/bin/sh", "-c", $"exit {number % 100}"]);
                if (result.ExitCode != number % 100)
                {
                    failures.Enqueue($"{name}: {result.ExitCode} {result.Err}");
                }

                if (number % 2 != 0 && Engine.Run("rm", name) is { ExitCode: not 0 } removal)
                {
                    failures.Enqueue($"rm {name}: {removal.Err}");
                }
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n", failures));
        Census.AssertNothingLeft(Engine);
    }

    [Fact]
    public void OneNameGoesToOneOfMany()
    {
        var results = new ConcurrentBag<int>();
        Workers.Run(8, _ => results.Add(Engine.Run("run", "--name", "wanted", Image, "/bin/true").ExitCode));
        Assert.Equal(1, results.Count(code => code == 0));
        Assert.Equal(7, results.Count(code => code == 125));
        Engine.Run("rm", "wanted").Is(0);
    }

    [Fact]
    public void ADataRootWithoutRoomIsAClearErrorAndNothingIsLeft()
    {
        var small = NewDirectory("small");
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=60", "none", small).Is(0);
        try
        {
            using var engine = new Engine(data: small);
            engine.Run("ps").Is(0);
            Tool.Shell($"dd if=/dev/zero of='{small}/fill' bs=1k 2>/dev/null; true");
            var result = engine.Run("run", "--rm", "--userns=host", Image, "/bin/true");
            Assert.Equal(125, result.ExitCode);
            Assert.Contains("ENOSPC", result.Err);
            Assert.DoesNotContain("internal error", result.Err);
            Census.AssertNothingLeft(engine);
            File.Delete(Path.Combine(small, "fill"));
        }
        finally
        {
            Tool.Run("umount", small).Is(0);
        }
    }
}

/// <summary>
/// `kill -9` at every step: the command line, the monitor and the container's first process are each killed right before
/// their N-th system call, for every N of a start; each of the child's steps in the plan is a system call of its own.
/// Programs/killer.c does it by ptrace(2). After each the next command must put everything right.
/// </summary>
[Collection("alone")]
public sealed class KillEverywhereTests : ContainerTest
{
    private static readonly string s_address = $"198.19.98.{(Environment.ProcessId % 200) + 2}";
    private string[] Network { get; } = ["-a", $"{s_address}/24", "--host-ip", "198.19.97.1"];

    private Engine NewEngine()
    {
        // Beside mydocker stands the killer, under the monitor's name. It starts the real one by that name, too.
        var binaries = Path.Combine(TestRoots.Instance.Directory, "killing");
        lock (typeof(KillEverywhereTests))
        {
            if (!Directory.Exists(binaries))
            {
                Directory.CreateDirectory(binaries);
                File.Copy(Path.Combine(Machine.Binaries, "mydocker"), Path.Combine(binaries, "mydocker"));
                File.CreateSymbolicLink(Path.Combine(binaries, "mydocker-images"), Path.Combine(Machine.Binaries, "mydocker-images"));
                File.Copy(TestRoots.Instance.Killer, Path.Combine(binaries, "mydocker-monitor"));
            }
        }

        return new Engine(binaries);
    }

    /// <summary>Runs a container with one of its processes killed; how many system calls it made before that, and whether it was.</summary>
    private static (int Calls, bool Killed) Run(Engine engine, string who, int number, string[] options)
    {
        var count = Path.Combine(engine.Directory, "count");
        File.Delete(count);
        var environment = new Dictionary<string, string>
        {
            ["MYDOCKER_TEST_MONITOR"] = Path.Combine(Machine.Binaries, "mydocker-monitor"),
            ["MYDOCKER_TEST_KILL"] = $"{who} {number}",
            ["MYDOCKER_TEST_COUNT"] = count,
        };
        var arguments = engine.CommandLine(["run", .. options, Image, "/bin/true"]);
        using var running = who == "command" ? StartCommand(environment, arguments, number) : Tool.Start(engine.Program, arguments, environment: environment);
        running.End();
        Wait.Until(() => File.Exists(count) && File.ReadAllText(count).EndsWith('\n'), "the killer's report");
        var words = File.ReadAllText(count).Split(' ');
        return (int.Parse(words[0], CultureInfo.InvariantCulture), words[1] == "killed");
    }

    private static Running StartCommand(Dictionary<string, string> environment, string[] arguments, int number)
    {
        environment["MYDOCKER_TEST_KILL"] = $"main {number}";
        return Tool.Start(TestRoots.Instance.Killer, [Path.Combine(Machine.Binaries, "mydocker"), .. arguments], environment: environment);
    }

    private static void AssertPutRight(Engine engine, string who, int number)
    {
        try
        {
            Census.AssertNothingLeft(engine);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw new InvalidOperationException($"{who} killed before its system call {number}: {e.Message}");
        }

        foreach (var id in Directory.EnumerateFiles(Path.Combine(engine.Directory, "ids")))
        {
            File.Delete(id); // accounted for
        }
    }

    [Theory]
    [InlineData("child")]
    [InlineData("main")]
    [InlineData("command")]
    public void KilledBeforeEachSystemCallTheNextCommandPutsEverythingRight(string who)
    {
        Machine.Require();
        // Two workers, each with an engine of its own; odd and even numbers, of which an emulated machine tries some.
        var killed = new ConcurrentBag<int>();
        var most = 0;
        using (var engine = NewEngine())
        {
            Run(engine, who, 0, ["--rm", .. Network]); // a new data root is looked at once; each worker is killed in that too
            most = Run(engine, who, 0, ["--rm", .. Network]).Calls;
            Assert.True(most > 100, $"only {most} system calls seen");
            AssertPutRight(engine, who, 0);
        }

        var hasFailed = false;
        Workers.Run(2, worker =>
        {
            try
            {
                using var engine = NewEngine();
                string[] options = ["--rm", "-m", "64m", .. worker == 0 ? Network : []];
                for (var number = 1 + worker; number <= most && !Volatile.Read(ref hasFailed); number += 2 * TimeFactor.Value)
                {
                    if (Run(engine, who, number, options).Killed)
                    {
                        killed.Add(number);
                    }

                    AssertPutRight(engine, who, number);
                }
            }
            catch
            {
                Volatile.Write(ref hasFailed, true);
                throw;
            }
        });
        Assert.True(killed.Count > most * 0.8 / TimeFactor.Value, $"killed at {killed.Count} of {most} system calls only");
        TestContext.Current.TestOutputHelper?.WriteLine($"{who}: killed at {killed.Count} of {most} system calls");
    }

    [Fact]
    public void AllStepsOfTheChildAreCovered()
    {
        // The plan says how many steps the child takes; a step is a system call, steps that find all in place are jumped over.
        var plan = Engine.Run("run", "--explain", "--rm", "-m", "64m", Image, "/bin/true").Is(0).Lines;
        var steps = plan.Count(line => line.Contains("  child   ", StringComparison.Ordinal));
        using var engine = NewEngine();
        var (calls, _) = Run(engine, "child", 0, ["--rm", "-m", "64m"]);
        Assert.InRange(calls, steps / 2, steps + 100);
        AssertPutRight(engine, "child", 0);
    }
}
