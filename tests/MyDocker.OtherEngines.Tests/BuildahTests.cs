using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>buildah run --runtime mydocker-runtime, and RUN in a Containerfile.</summary>
public sealed class BuildahTests : IDisposable
{
    private readonly Host _host;
    private readonly string _container;

    public BuildahTests()
    {
        Machine.RequireTool("buildah", "buildah");
        _host = new Host("buildah");
        _container = NewContainer();
    }

    [Fact]
    public void ACommandRunsAndItsExitCodeIsTold()
    {
        Assert.Equal("hi\n", Run([], "/bin/sh", "-c", "echo hi; echo file >/made").Is(0).Out);
        Assert.Equal("file\n", Run([], "/bin/cat", "/made").Is(0).Out);
        Run([], "/bin/sh", "-c", "exit 7").Is(7);
        Assert.NotEqual(0, Run([], "/no/such").ExitCode);
    }

    [Fact]
    public void TheCommandHasATerminal()
        => Assert.Contains("/dev/pts/0", Host.OnTerminal(["buildah", .. Arguments(RunArguments(["--terminal"], "/bin/tty"))]).Is(0).Out);

    [Fact]
    public void ACapabilityAndAUserArrive()
    {
        Assert.Equal("1000\n", Run(["--user", "1000"], "/bin/id", "-u").Is(0).Out);
        var status = Run(["--cap-add", "CAP_SYS_ADMIN"], "/bin/cat", "/proc/self/status").Is(0);
        var effective = Convert.ToUInt64(status.Lines.Single(line => line.StartsWith("CapEff:", StringComparison.Ordinal)).Split('\t')[1], 16);
        Assert.Equal(1UL << 21, effective & (1UL << 21 | 1UL << 16)); // and not CAP_SYS_MODULE
    }

    [Fact]
    public void AnImageIsBuilt()
    {
        var context = Path.Combine(_host.Directory, "context");
        Directory.CreateDirectory(context);
        File.WriteAllText(Path.Combine(context, "Containerfile"), "FROM scratch\nADD busybox.tar /\nRUN echo built >/result && ls -l /proc/self/exe\nRUN cat /result\n");
        File.Move(_host.Tarball(), Path.Combine(context, "busybox.tar"));
        Assert.Contains("built", Buildah(["bud", "--runtime", _host.Runtime, "--isolation", "oci", "--network", "none", .. Host.Ulimits, "-t", "result", context]).Is(0).Out);
    }

    [Fact]
    public void FiveAtOnceAllRun()
    {
        // In roots of their own: buildah takes the files away that it has put into a root, and may do so before another one mounts on them.
        var containers = Enumerable.Range(0, 5).Select(_ => NewContainer()).ToArray();
        var all = containers.Select((container, number) => Tool.Start("buildah", Arguments(RunArgumentsOf(container, [], "/bin/sh", "-c", $"echo {number}; exit {number}")))).ToArray();
        for (var i = 0; i < all.Length; i++)
        {
            using (all[i])
            {
                var result = all[i].End(120);
                Assert.True(result.ExitCode == i && result.Out == $"{i}\n", $"{i}: {result.ExitCode} {result.Out} {result.Err}");
            }
        }
    }

    public void Dispose()
    {
        Buildah("rm", "-a");
        Buildah("rmi", "-a", "-f");
        _host.Dispose();
    }

    private Result Run(string[] options, params string[] command) => Buildah(RunArguments(options, command));

    private string NewContainer()
    {
        var container = Buildah("from", "scratch").Is(0).Out.Trim();
        Buildah("add", "-q", container, _host.Root, "/").Is(0);
        return container;
    }

    private string[] RunArguments(string[] options, params string[] command) => RunArgumentsOf(_container, options, command);

    private string[] RunArgumentsOf(string container, string[] options, params string[] command)
        => ["run", "--runtime", _host.Runtime, "--isolation", "oci", "--network", "none", .. options, container, "--", .. command];

    private Result Buildah(params string[] arguments)
    {
        using var running = Tool.Start("buildah", Arguments(arguments));
        return running.End(120);
    }

    private string[] Arguments(string[] arguments) => ["--root", $"{_host.Directory}/root", "--runroot", $"{_host.Directory}/run", "--storage-driver", "vfs", .. arguments];
}
