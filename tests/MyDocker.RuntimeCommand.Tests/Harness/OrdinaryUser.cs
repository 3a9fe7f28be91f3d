using System.Globalization;

namespace MyDocker.RuntimeCommand.Tests.Harness;

/// <summary>
/// A user without privileges who runs the containers of a bundle. There is no such user on the host: each command gets a mount
/// namespace with an /etc/passwd, /etc/subuid and /etc/subgid that know of one.
/// </summary>
public sealed class OrdinaryUser
{
    public const uint Id = 54321;

    /// <summary>First of the user's subordinate ids, and their number.</summary>
    public const uint FirstSubordinate = 700_000;
    public const uint Subordinates = 5000;

    private readonly Bundle _bundle;
    private readonly string _runtime;

    public OrdinaryUser(Bundle bundle)
    {
        _bundle = bundle;
        _runtime = Path.Combine(bundle.Directory, OciRuntime.Ours); // where the user surely gets
        File.Copy(OciRuntime.PathOf(OciRuntime.Ours), _runtime);
        Write("passwd", $"root:x:0:0:root:/root:/bin/sh\nordinary:x:{Id}:{Id}::/:/bin/sh\n");
        Write("subids", $"ordinary:{FirstSubordinate}:{Subordinates}\n");
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "run"));
        OciRuntime.Execute("chown", ["-R", $"{Id}:{Id}", bundle.Rootfs, Path.Combine(bundle.Directory, "run")]).Is(0);
        bundle.SetNamespace("user");
        bundle.SetNamespace("network", null); // and with it sysfs, of which there is none in the bundle
        bundle.Linux.Resources = null;
        bundle.Linux.UidMappings = [new() { ContainerID = 0, HostID = Id, Size = 1 }];
        bundle.Linux.GidMappings = [new() { ContainerID = 0, HostID = Id, Size = 1 }];
    }

    /// <summary>Gives the container all ids that the user has.</summary>
    public void UseSubordinates()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/newuidmap"), "no newuidmap: install uidmap");
        _bundle.Linux.UidMappings!.Add(new() { ContainerID = 1, HostID = FirstSubordinate, Size = Subordinates });
        _bundle.Linux.GidMappings!.Add(new() { ContainerID = 1, HostID = FirstSubordinate, Size = Subordinates });
    }

    public Result Run(string script)
    {
        _bundle.Process.Args = ["sh", "-c", script];
        return Command("run", _bundle.NextId());
    }

    /// <summary>A container that sleeps, in the background.</summary>
    public string Start()
    {
        _bundle.Process.Args = ["sleep", "1000"];
        var id = _bundle.NextId();
        Command("run", "-d", id).Is(0);
        return id;
    }

    /// <summary>A command of the runtime, with the configuration as it is now; with --root left to it.</summary>
    public Result Command(params IEnumerable<string> arguments) => Execute([_runtime, .. arguments]);

    /// <summary>The same as root of a user namespace that the user has made.</summary>
    /// <param name="options">of unshare(1).</param>
    public Result CommandInside(string options, params IEnumerable<string> arguments) => Execute(["unshare", options, _runtime, .. arguments]);

    private Result Execute(IEnumerable<string> command)
    {
        // What stays in the background must not hold on to the pipes of the test.
        const string Script = """
            mount --bind passwd /etc/passwd && mount --bind subids /etc/subuid && mount --bind subids /etc/subgid || exit 99
            id=$1; shift
            exec setpriv --reuid=$id --regid=$id --clear-groups env XDG_RUNTIME_DIR="$PWD/run" USER=ordinary "$@" </dev/null >run/out 2>run/err
            """;
        _bundle.Save();
        var id = Id.ToString(CultureInfo.InvariantCulture);
        var result = OciRuntime.Execute("unshare", ["--mount", "--propagation", "private", "sh", "-c", Script, "sh", id, .. command], _bundle.Directory);
        return new Result(result.ExitCode, Read("out"), result.Err + Read("err"));
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(_bundle.Directory, "run", name));

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_bundle.Directory, name), text);
}
