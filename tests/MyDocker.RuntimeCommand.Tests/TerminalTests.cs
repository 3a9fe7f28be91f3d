using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>process.terminal and process.consoleSize.</summary>
public sealed class TerminalTests
{
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void TheProcessHasATerminalOfTheSizeAskedFor(string runtime)
    {
        using var bundle = new Bundle(runtime);
        using var console = new ConsoleSocket(Path.Combine(bundle.Directory, "console"));
        bundle.Process.Terminal = true;
        bundle.Process.ConsoleSize = new() { Height = 33, Width = 111 };
        bundle.Process.User = new() { Uid = 1000, Gid = 1000 };
        bundle.Process.Args = ["sh", "-c", "busybox tty; busybox stty size; stat -c %u /dev/pts/0; test -c /dev/console && test -t 0 && test -t 1 && test -t 2 && echo all"];
        var id = bundle.NextId();
        bundle.Command("create", "--console-socket", console.Path, id).Is(0);
        Assert.Equal((33, 111), console.Size());
        bundle.Command("start", id).Is(0);

        Assert.Equal("/dev/pts/0\n33 111\n1000\nall\n", console.ReadToEnd());
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void AnExecutedProcessHasOneOfItsOwn(string runtime)
    {
        using var bundle = new Bundle(runtime);
        using var console = new ConsoleSocket(Path.Combine(bundle.Directory, "console"));
        var id = bundle.Start();
        var file = Path.Combine(bundle.Directory, "process.json");
        File.WriteAllText(file, """{"terminal": true, "consoleSize": {"height": 10, "width": 20}, "args": ["sh", "-c", "busybox stty size; test -t 0 && busybox tty"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}""");
        bundle.Command("exec", "--detach", "--console-socket", console.Path, "--process", file, id).Is(0);

        Assert.Equal("10 20\n/dev/pts/0\n", console.ReadToEnd());
    }

    [Fact]
    public void ATerminalThatNobodyTakesIsAnError()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["true"];
        bundle.Process.Terminal = true;
        bundle.Command("create", bundle.NextId()).FailsWith("--console-socket");
        bundle.Process.Terminal = false;
        bundle.Command("create", "--console-socket", "/nowhere", bundle.NextId()).FailsWith("process.terminal");
    }
}
