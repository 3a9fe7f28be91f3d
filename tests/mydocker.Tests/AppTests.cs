using System.Diagnostics;

namespace MyDocker.Cli.Tests;

/// <summary>The program as users start it: exit codes, and what goes to which stream.</summary>
public sealed class AppTests
{
    [Theory]
    [InlineData("--help", 0)]
    [InlineData("run --help", 0)]
    [InlineData("container run --help", 0)]
    [InlineData("container --help", 0)]
    [InlineData("help ps", 0)]
    [InlineData("version", 0)]
    [InlineData("-v", 0)]
    [InlineData("info --format json", 0)]
    [InlineData("--root /nonexistent --debug version", 0)]
    public void WhatAsksForWordsGetsThemOnStandardOutput(string words, int exitCode)
    {
        var (code, output, errors) = Start(words.Split(' '));
        Assert.Equal((exitCode, ""), (code, errors));
        Assert.NotEmpty(output);
    }

    [Theory]
    [InlineData("frobnicate", 1, "is not a mydocker command")]
    [InlineData("container frobnicate", 1, "'container frobnicate' is not a mydocker command")]
    [InlineData("run", 125, "run takes at least 1 argument, got 0")]
    [InlineData("kill", 1, "kill takes at least 1 argument, got 0")]
    [InlineData("import", 1, "import takes at least 1 argument, got 0")]
    [InlineData("version x", 1, "version takes no arguments, got 1")]
    [InlineData("run --frob image", 125, "unknown option --frob; see 'mydocker run --help'")]
    [InlineData("container ls --frob", 125, "unknown option --frob; see 'mydocker container ls --help'")]
    [InlineData("--frob run", 125, "unknown option --frob; see 'mydocker --help'")]
    [InlineData("run -m 12q image", 125, "mydocker: invalid value \"12q\" for -m, --memory: not a size; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("update -m 12q web", 125, "invalid value \"12q\"")]
    [InlineData("--log-level loud ps", 125, "invalid value \"loud\" for --log-level")]
    public void WhatIsWrongIsOneLineOnStandardError(string words, int exitCode, string message)
    {
        Assert.SkipWhen(Environment.UserName != "root", "without root the verbs say first that they need it");
        var (code, output, errors) = Start(words.Split(' '));
        Assert.Equal((exitCode, ""), (code, output));
        Assert.Contains(message, errors);
        Assert.StartsWith("mydocker: ", errors);
        Assert.Equal(1, errors.Count(c => c == '\n'));
    }

    [Fact]
    public void WithoutRootTheFirstMessageSaysSo()
    {
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists("/usr/bin/setpriv"), "needs root to become somebody else with setpriv");
        var (code, _, errors) = Start("/usr/bin/setpriv", ["--reuid=65534", "--clear-groups", Program, "run", "-m", "12q", "image"]);
        Assert.SkipWhen(errors.Contains("Permission denied", StringComparison.OrdinalIgnoreCase), "others may not reach the build's output here");
        Assert.Equal((125, "mydocker: run needs root, and you are user id 65534; try 'sudo mydocker run …'\n"), (code, errors));
    }

    [Fact]
    public void AReaderThatHasGoneIsNoError()
    {
        var (code, _, errors) = Start("/bin/sh", ["-c", $"({Program} --help; echo $? >&2) | true"]);
        Assert.Equal((0, "0\n"), (code, errors));
    }

    [Fact]
    public void AFullDiskIsAnError()
    {
        var (code, _, errors) = Start("/bin/sh", ["-c", $"{Program} --help > /dev/full"]);
        Assert.Equal(125, code);
        Assert.Contains("write standard output: ENOSPC", errors);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "mydocker");

    private static (int Code, string Output, string Errors) Start(string[] words) => Start(Program, words);

    private static (int Code, string Output, string Errors) Start(string program, string[] words)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("MYDOCKER_ROOT");
        start.Environment.Remove("MYDOCKER_DEBUG");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
