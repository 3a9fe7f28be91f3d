using System.Security.Cryptography;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Exit codes, streams, environment, names.</summary>
public sealed class BasicsTests : ContainerTest
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM 1; exit 3", 3)] // pid 1 has no default actions
    public void TheExitCodeIsTheCommands(string script, int code) => Engine.Shell(script).Is(code);

    [Fact]
    public void ACommandEndedByASignalGives128AndTheSignal()
    {
        using var container = Engine.Up("exec sleep 1000");
        Engine.Run("kill", container.Id).Is(0);
        Assert.Equal(137, container.Command.End().ExitCode);
    }

    [Fact]
    public void AnEngineErrorGives125AndSaysWhatIsWrong()
    {
        Assert.Contains("no-such-image", Engine.Run("run", "--rm", "--pull=never", "no-such-image", "/bin/true").Is(125).Err);
        Assert.Contains("--nonsense", Engine.Run("run", "--nonsense", Image, "/bin/true").Is(125).Err);
        Assert.Contains("no command", Engine.Run("run", "--rm", Image).Is(125).Err);
    }

    [Fact]
    public void StandardInputReachesTheCommandAndItsEndToo()
        => Assert.Equal("HELLO\n", Engine.Run(["run", "--rm", "-i", Image, "/bin/tr", "a-z", "A-Z"], "hello\n"u8.ToArray()).Is(0).Out);

    [Fact]
    public void WithoutInteractiveStandardInputIsEmpty()
        => Assert.Equal("0\n", Engine.Run(["run", "--rm", Image, "/bin/sh", "-c", "wc -c"], "hello\n"u8.ToArray()).Is(0).Out);

    [Fact]
    public void AHundredMegabytesPassThroughUnchanged()
    {
        var data = new byte[100 << 20];
        new Random(1).NextBytes(data);
        var result = Engine.Run(["run", "--rm", "-i", Image, "/bin/cat"], data, seconds: 120).Is(0);
        Assert.Equal(data.Length, result.OutBytes.Length);
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(result.OutBytes));
    }

    [Fact]
    public void OutputThatComesAsTheCommandEndsIsComplete()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(5 << 20, Engine.Shell("dd if=/dev/zero bs=1M count=5 2>/dev/null").Is(0).OutBytes.Length);
        }
    }

    [Fact]
    public void StandardErrorStaysApart()
    {
        var result = Engine.Shell("echo out; echo err >&2").Is(0);
        Assert.Equal("out\n", result.Out);
        Assert.Equal("err\n", result.Err);
    }

    [Fact]
    public void TheCommandMaySeeItsReaderGoAway()
    {
        var result = Tool.Run("/bin/sh", "-c", $"'{string.Join("' '", [Engine.Program, .. Engine.CommandLine("run", "--rm", Image, "/bin/yes")])}' | head -n 1");
        Assert.Equal("y\n", result.Out);
    }

    [Fact]
    public void EnvironmentWorkingDirectoryUserAndHostname()
    {
        var file = Path.Combine(Engine.Directory, "env");
        File.WriteAllText(file, "# a comment\nFROM_FILE=a b=c\nBOTH=file\n");
        var lines = Engine.Shell("env; pwd; id; hostname", "-e", "FOO=bar baz", "-e", "BOTH=option", "--env-file", file, "-w", "/tmp", "-u", "user", "-h", "box.example").Is(0).Lines;
        Assert.Contains("FOO=bar baz", lines);
        Assert.Contains("FROM_FILE=a b=c", lines);
        Assert.Contains("BOTH=option", lines);
        Assert.Contains("HOME=/home/user", lines);
        Assert.Contains("/tmp", lines);
        Assert.Contains("uid=1000(user) gid=1000(user) groups=1000(user),1001(extra)", lines);
        Assert.Equal("box.example", lines[^1]);
    }

    [Fact]
    public void AVariableWithoutValueTakesTheCallers()
    {
        Engine.Environment["FROM_CALLER"] = "yes";
        Assert.Equal("yes-\n", Engine.Shell("echo $FROM_CALLER-$NOT_SET_THERE", "-e", "FROM_CALLER", "-e", "NOT_SET_THERE").Is(0).Out);
    }

    [Fact]
    public void NothingOfTheCallersEnvironmentComesAlong()
    {
        Engine.Environment["SECRET"] = "x";
        var names = Engine.Run("run", "--rm", Image, "/bin/env").Is(0).Lines.Select(line => line.Split('=')[0]).Order();
        Assert.Equal(["HOME", "HOSTNAME", "PATH"], names);
    }

    [Theory]
    [InlineData("1000", "uid=1000(user) gid=1000(user)")]
    [InlineData("0:1000", "uid=0(root) gid=1000(user)")]
    [InlineData("12:34", "uid=12 gid=34")]
    [InlineData("user:root", "uid=1000(user) gid=0(root)")]
    public void UsersByNameAndNumber(string user, string shown) => Assert.StartsWith(shown, Engine.Shell("id", "-u", user).Is(0).Out);

    [Theory]
    [InlineData("4294967296")]
    [InlineData("-1")]
    [InlineData("2147483648")]
    [InlineData("nobody-knows")]
    [InlineData("0:nobody-knows")]
    public void AUserThatIsNoneIsRefusedAndNeverRoot(string user)
        => Assert.DoesNotContain("uid=", Engine.Run("run", "--rm", "-u", user, Image, "/bin/id").Is(125).Out);

    [Fact]
    public void TheEntrypointTakesTheArguments()
        => Assert.Equal("a b\n", Engine.Run("run", "--rm", "--entrypoint", "/bin/echo", Image, "a", "b").Is(0).Out);

    [Fact]
    public void ACommandWithoutSlashIsSoughtInPath()
        => Assert.Equal("found\n", Engine.Run("run", "--rm", Image, "echo", "found").Is(0).Out);

    [Fact]
    public void OptionsAfterTheImageBelongToTheCommand()
        => Assert.Equal("--rm -m 5\n", Engine.Run("run", "--rm", Image, "echo", "--rm", "-m", "5").Is(0).Out);

    [Fact]
    public void WithoutRmTheContainerStaysAndIsListedWithItsExitCode()
    {
        Engine.Run("run", "--name", "kept", Image, "/bin/sh", "-c", "exit 7").Is(7);
        Assert.Contains("Exited (7)", Engine.Line("kept"));
        Assert.DoesNotContain("kept", Engine.Run("ps").Is(0).Out);
        var again = Engine.Run("run", "--rm", "--name", "kept", Image, "/bin/true").Is(125).Err;
        Assert.Contains("kept", again);
        Assert.Contains("in use", again);
        Engine.Run("rm", "kept").Is(0);
        Assert.Null(Engine.Line("kept"));
        Engine.Run("run", "--rm", "--name", "kept", Image, "/bin/true").Is(0);
    }

    [Fact]
    public void ARunningContainerIsListedAndRemovedOnlyByForce()
    {
        using var container = Engine.Up("exec sleep 1000", "--name", "runs");
        Assert.Contains("Up ", Engine.Line("runs"));
        Assert.Contains("running", Engine.Run("rm", "runs").Is(1).Err);
        Engine.Run("rm", "-f", "runs").Is(0);
        Assert.Equal(137, container.Command.End().ExitCode);
        Assert.Null(Engine.Line("runs"));
    }

    [Fact]
    public void AContainerIsFoundByAPrefixOfItsId()
    {
        using var container = Engine.Up("exec sleep 1000");
        Engine.Run("kill", container.Id[..8]).Is(0);
        Assert.Equal(137, container.Command.End().ExitCode);
        Assert.Contains("no-such", Engine.Run("kill", "no-such").Is(1).Err);
    }

    [Fact]
    public void TheCidfileHasTheIdAndMustNotExist()
    {
        var file = Path.Combine(Engine.Directory, "cid");
        Engine.Run("run", "--rm", "--cidfile", file, Image, "/bin/true").Is(0);
        Assert.Matches("^[0-9a-f]{64}$", File.ReadAllText(file));
        Assert.Contains("exists", Engine.Run("run", "--rm", "--cidfile", file, Image, "/bin/true").Is(125).Err);
    }

    [Fact]
    public void InTheBackgroundItPrintsTheIdAndGoesOn()
    {
        var id = Engine.Run("run", "-d", "--name", "behind", Image, "/bin/sleep", "1000").Is(0).Out.Trim();
        Assert.Matches("^[0-9a-f]{64}$", id);
        Assert.Contains("Up ", Engine.Line(id));
        Engine.Run("kill", "behind").Is(0);
        Assert.Contains("Exited (137)", Engine.Line(id));
    }

    [Fact]
    public void TwoDataRootsNeverMeet()
    {
        using var other = new Engine();
        using var container = other.Up("exec sleep 1000", "--name", "same");
        Engine.Run("run", "--rm", "--name", "same", Image, "/bin/true").Is(0);
        Assert.Null(Engine.Line(container.Id));
        Engine.Run("kill", "same").Is(1);
        Assert.Contains("Up ", other.Line("same"));
    }

    [Fact]
    public void TheRootsComeFromTheEnvironmentToo()
    {
        var variables = new Dictionary<string, string> { ["MYDOCKER_ROOT"] = Engine.Data, ["MYDOCKER_STATE"] = Engine.State };
        using var container = Engine.Up("exec sleep 1000", "--name", "seen");
        using var command = Tool.Start(Engine.Program, ["ps"], environment: variables);
        Assert.Contains("seen", command.End().Is(0).Out);
    }

    [Fact]
    public void InitPassesSignalsOnAndReapsOrphans()
    {
        using var container = Engine.Up("(sleep 0 &) ; exec sleep 1000", "--init");
        container.Command.Signal(Signals.SIGTERM);
        Assert.Equal(143, container.Command.End().ExitCode);
    }

    [Fact]
    public void LabelsHostsAndNameServersAreSet()
    {
        var text = Engine.Shell("cat /etc/hosts /etc/resolv.conf /etc/hostname", "-l", "a=b", "--add-host", "db:10.9.8.7", "--dns", "9.9.9.9", "-h", "myname").Is(0).Out;
        Assert.Matches(@"10\.9\.8\.7\s+db", text);
        Assert.Contains("nameserver 9.9.9.9", text);
        Assert.Contains("myname", text);
    }
}
