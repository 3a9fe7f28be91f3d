using System.Diagnostics;
using System.Text.Json.Nodes;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests.Harness;

/// <summary>What the commands of a runtime do with a container one after the other, or at once.</summary>
public static class Lifecycle
{
    private static readonly Lock s_lock = new();

    /// <summary>--root of the bundle's containers.</summary>
    public static string Root(this Bundle bundle) => Path.Combine(bundle.Directory, "state");

    /// <summary>What a container in the background writes.</summary>
    public static string Output(this Bundle bundle) => File.ReadAllText(Path.Combine(bundle.Directory, "out"));

    /// <summary>Creates a container that will execute a command, and returns its id.</summary>
    public static string Create(this Bundle bundle, params string[] command)
    {
        var id = bundle.NextId();
        bundle.InBackground("create", [id], command).Is(0);
        return id;
    }

    /// <summary>Runs a command in a container in the background, and returns its id.</summary>
    public static string RunDetached(this Bundle bundle, params string[] command)
    {
        var id = bundle.NextId();
        bundle.InBackground("run", ["-d", id], command).Is(0);
        return id;
    }

    /// <summary>
    /// create or run -d. As under a shim the container does not hold on to the pipes of the test: what it writes goes to a file.
    /// </summary>
    public static Result InBackground(this Bundle bundle, string verb, string[] arguments, string[] command, IReadOnlyDictionary<string, string>? environment = null, string log = "")
    {
        string[] global = ["--root", bundle.Root(), .. bundle.Global, .. log.Length > 0 ? (string[])["--log", log, "--log-format", "json"] : []];
        bundle.Process.Args = [.. command];
        bundle.Save();
        var result = OciRuntime.Execute("/bin/sh", ["-c", "exec \"$@\" </dev/null >out 2>err", "sh", OciRuntime.PathOf(OciRuntime.Ours), .. global, verb, .. arguments], bundle.Directory, environment);
        return result with { Err = File.ReadAllText(Path.Combine(bundle.Directory, "err")) };
    }

    /// <summary>The state of a container, as the runtime tells it.</summary>
    public static JsonNode State(this Bundle bundle, string id) => JsonNode.Parse(bundle.Command("state", id).Is(0).Out)!;

    public static string Status(this Bundle bundle, string id) => (string)bundle.State(id)["status"]!;

    public static int Pid(this Bundle bundle, string id) => (int)bundle.State(id)["pid"]!;

    public static void WaitFor(this Bundle bundle, string id, string status) => Until(() => bundle.Status(id) == status, $"{id} to be {status}");

    /// <summary>A command of the runtime that goes on beside the test, on the configuration as it was saved; its output goes to a file.</summary>
    public static Process Begin(this Bundle bundle, params string[] arguments)
        => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" </dev/null >>begun 2>&1", "sh", OciRuntime.PathOf(OciRuntime.Ours), "--root", bundle.Root(), .. bundle.Global, .. arguments]) { WorkingDirectory = bundle.Directory })!;

    public static int End(this Process process)
    {
        Assert.True(process.WaitForExit(TimeFactor.Seconds(60)), $"process {process.Id} did not end in time");
        return process.ExitCode;
    }

    /// <summary>Compiles one of the programs of this project into the root file system, as /NAME.</summary>
    public static void Install(this Bundle bundle, string name)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Programs", name);
        lock (s_lock)
        {
            if (!File.Exists(program))
            {
                OciRuntime.Execute("gcc", ["-O1", "-static", "-o", program, $"{program}.c"]).Is(0);
            }
        }

        File.Copy(program, Path.Combine(bundle.Rootfs, name));
    }

    /// <summary>Polls for a state that will come, with a deadline that only a mistake reaches.</summary>
    public static void Until(Func<bool> condition, string what, int seconds = 60)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeFactor.Seconds(seconds), $"waited {seconds * TimeFactor.Value} s in vain for {what}");
            Thread.Sleep(5);
        }
    }
}

/// <summary>For tests that measure time or load the machine: they run one after the other, after all others.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
