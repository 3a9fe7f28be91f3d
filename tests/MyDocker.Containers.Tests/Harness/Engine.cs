using System.Globalization;
using System.Text.Json;

namespace MyDocker.Containers.Tests.Harness;

/// <summary>
/// The real executables with a data root and a state root of their own. The ids of all containers that were ever tried are
/// noted (--cidfile), so that <see cref="Census"/> knows what could be left of them.
/// </summary>
public sealed class Engine : IDisposable
{
    private static int s_count;
    private int _runs;

    public Engine(string? binaries = null, string? data = null)
    {
        Machine.Require();
        Directory = Path.Combine(TestRoots.Instance.Directory, $"engine-{Interlocked.Increment(ref s_count)}");
        Data = data ?? Path.Combine(Directory, "root");
        State = Path.Combine(Directory, "state");
        Program = Path.Combine(binaries ?? Machine.Binaries, "mydocker");
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, "ids"));
    }

    public string Directory { get; }
    public string Data { get; }
    public string State { get; }
    public string Program { get; }

    /// <summary>Added to each command's environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>The image of most tests.</summary>
    public static string Image => TestRoots.Instance.BusyBox;

    /// <summary>Ids of all containers that were tried.</summary>
    public IEnumerable<string> Ids => System.IO.Directory.EnumerateFiles(Path.Combine(Directory, "ids")).Select(File.ReadAllText).Where(id => id.Length == 64);

    /// <summary>A command of mydocker, from start to end.</summary>
    public Result Run(params string[] arguments) => Run(arguments, null);

    public Result Run(string[] arguments, byte[]? input, int seconds = 60)
    {
        using var running = Start(arguments, input);
        return running.End(seconds);
    }

    /// <summary>run --rm OPTIONS IMAGE sh -c SCRIPT</summary>
    public Result Shell(string script, params string[] options) => Run(["run", "--rm", .. options, Image, "/bin/sh", "-c", script]);

    public Running Start(string[] arguments, byte[]? input = null, bool keepInput = false, string? directory = null)
        => Tool.Start(Program, CommandLine(arguments), input, directory, Environment, keepInput);

    public string[] CommandLine(params string[] arguments)
        => ["--root", Data, "--state", State, .. arguments is ["run" or "create", ..] && !arguments.Contains("--cidfile") && !arguments.Contains("--explain") ? [.. WithId(arguments)] : arguments];

    /// <summary>A container in the background of the test; returns once its script has said "up".</summary>
    public Container Up(string script, params string[] options) => Up(["/bin/sh", "-c", $"echo up; {script}"], options);

    public Container Up(string[] command, string[] options, string shows = "up")
    {
        var idFile = Path.Combine(Directory, "ids", NextName());
        var running = Start(["run", "--rm", "-i", "--cidfile", idFile, .. options, Image, .. command], keepInput: true);
        running.Shows(shows);
        return new Container(this, running, File.ReadAllText(idFile));
    }

    /// <summary>run -d OPTIONS IMAGE sh -c SCRIPT; returns its id.</summary>
    public string Detached(string script, params string[] options) => Run(["run", "-d", .. options, Image, "/bin/sh", "-c", script]).Is(0).Lines[^1];

    /// <summary>inspect -f.</summary>
    public string Inspect(string container, string template) => Run("inspect", "-f", template, container).Is(0).Out.TrimEnd('\n');

    public void Waits(string container, string template, string value, int seconds = 30)
        => Wait.Until(() => Run("inspect", "-f", template, container) is { ExitCode: 0 } result && result.Out.Trim() == value, $"{template} of {container} to be {value}: {Run("inspect", "-f", "{{json .State}}", container).Out}", seconds);

    /// <summary>The line of ps, or null.</summary>
    public string? Line(string nameOrId) => Run("ps", "-a", "--no-trunc").Is(0).Lines.FirstOrDefault(line => line.Contains(nameOrId, StringComparison.Ordinal));

    /// <summary>Ends what still runs, as far as the engine can, and takes it all away.</summary>
    public void Dispose()
    {
        foreach (var id in Run("ps", "-a", "-q", "--no-trunc").Lines)
        {
            Run("rm", "-f", id);
        }

        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (IOException)
        {
            // what is left is in the census
        }
    }

    private string NextName() => Interlocked.Increment(ref _runs).ToString(CultureInfo.InvariantCulture);

    private string[] WithId(string[] arguments) => [arguments[0], "--cidfile", Path.Combine(Directory, "ids", NextName()), .. arguments[1..]];
}

/// <summary>A container that runs beside the test.</summary>
public sealed class Container(Engine engine, Running command, string id) : IDisposable
{
    public string Id => id;

    public Running Command => command;

    public JsonElement State => JsonDocument.Parse(File.ReadAllText(Path.Combine(engine.State, "containers", id, "state.json"))).RootElement;

    /// <summary>Its first process, on the host.</summary>
    public int Pid
    {
        get
        {
            var pid = 0;
            Wait.Until(() => File.Exists(Path.Combine(engine.State, "containers", id, "state.json")) && State.TryGetProperty("pid", out var value) && (pid = value.GetInt32()) > 0, "the container's pid");
            return pid;
        }
    }

    /// <summary>The process of ours beside it.</summary>
    public int MonitorPid => Census.ProcessesNaming(id).First(process => process.CommandLine.StartsWith("mydocker-monitor", StringComparison.Ordinal)).Pid;

    /// <summary>A file of the container's cgroup: of a controller's hierarchy on v1, of the only one on v2.</summary>
    public string Cgroup(string controller, string file) => File.ReadAllText(Path.Combine("/sys/fs/cgroup", Machine.IsCgroup2 ? "" : controller, $"mydocker-{id}", file)).Trim();

    /// <summary>The number in a file that has another name on v2.</summary>
    public long Cgroup(string controller, string file, string fileOfV2) => long.Parse(Cgroup(controller, Machine.IsCgroup2 ? fileOfV2 : file), CultureInfo.InvariantCulture);

    /// <summary>A counter of a file of "key value" lines.</summary>
    public long Counter(string file, string key) => long.Parse(Cgroup("", file).Split('\n').First(line => line.StartsWith(key + " ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);

    public void Dispose()
    {
        if (!command.IsDisposed && !command.HasExited)
        {
            engine.Run("kill", id);
            command.End(20);
        }

        command.Dispose();
    }
}
