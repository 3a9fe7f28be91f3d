using System.Diagnostics;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests.Harness;

/// <summary>How a command ended and what it wrote.</summary>
public sealed record Result(int ExitCode, string Out, string Err)
{
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Fails the test, with all that was written, if the exit code is another.</summary>
    public Result Is(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}\nstdout: {Out}\nstderr: {Err}");
        return this;
    }

    /// <summary>Fails the test if the command succeeded, or said nothing of this.</summary>
    public Result FailsWith(string text)
    {
        Assert.True(ExitCode != 0, $"succeeded\nstdout: {Out}\nstderr: {Err}");
        Assert.Contains(text, Err, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>
/// An OCI runtime that tests run: ours, and runc where it is installed, since what both do is most likely right. A test of ours that
/// runc fails is suspect.
/// </summary>
public static class OciRuntime
{
    public const string Ours = "mydocker-runtime";
    public const string Runc = "runc";

    /// <summary>Directory of our executable: MYDOCKER_BIN, else out/ of the repository.</summary>
    private static string Binaries { get; } = Environment.GetEnvironmentVariable("MYDOCKER_BIN") is { Length: > 0 } given ? Path.GetFullPath(given) : Path.Combine(Repository(), "out");

    private static Version? RuncVersion { get; } = FindRunc() is { } path ? VersionOf(path) : null;

    /// <summary>For theories: every runtime that there is.</summary>
    public static TheoryData<string> All => RuncVersion is null ? [Ours] : [Ours, Runc];

    /// <summary>For what runc has since 1.2 only: time namespaces, scheduler, I/O priority, personality, domain name.</summary>
    public static TheoryData<string> AllSince12 => RuncVersion >= new Version(1, 2) ? [Ours, Runc] : [Ours];

    /// <summary>Skips the test where nothing of this kind can run; fails it where something was forgotten.</summary>
    public static void Require()
    {
        Assert.SkipUnless(Environment.UserName == "root", "real containers need root");
        Assert.True(File.Exists(PathOf(Ours)), $"{PathOf(Ours)} is missing: run make build");
        Assert.SkipUnless(File.Exists("/bin/busybox"), "no /bin/busybox to make a root file system of: install busybox-static");
    }

    public static string PathOf(string runtime) => runtime == Ours ? Path.Combine(Binaries, Ours) : FindRunc()!;

    /// <summary>Runs a program and collects what it writes; its standard input is empty.</summary>
    public static Result Execute(string program, IEnumerable<string> arguments, string? directory = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "/" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeFactor.Seconds(60)))
        {
            process.Kill();
            Assert.Fail($"{program} {string.Join(' ', info.ArgumentList)} did not end in time");
        }

        return new Result(process.ExitCode, output.Result, error.Result);
    }

    private static string? FindRunc() => new[] { "/usr/bin/runc", "/usr/sbin/runc", "/usr/local/sbin/runc", "/usr/local/bin/runc" }.FirstOrDefault(File.Exists);

    /// <summary>"runc version 1.1.5+ds1": the numbers.</summary>
    private static Version? VersionOf(string path)
    {
        var word = Execute(path, ["--version"]).Lines[0].Split(' ')[^1];
        var end = word.AsSpan().IndexOfAnyExcept("0123456789.");
        return Version.TryParse(end < 0 ? word : word[..end], out var version) ? version : null;
    }

    private static string Repository()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "global.json")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException("no repository above the tests");
    }
}
