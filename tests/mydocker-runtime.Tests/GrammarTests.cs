using MyDocker.RuntimeCli.Commands;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Tests;

/// <summary>Command lines as the callers of runtimes write them.</summary>
public sealed class GrammarTests
{
    private static readonly Flag s_text = new("bundle", "DIR", "") { Letter = 'b' };
    private static readonly Flag s_switch = new("detach", null, "") { Letter = 'd' };
    private static readonly Flag s_other = new("tty", null, "") { Letter = 't' };
    private static readonly Flag s_many = new("env", "NAME=VALUE", "") { Letter = 'e', Repeats = true };

    private static Arguments Parse(params string[] line) => Arguments.Parse([s_text, s_switch, s_other, s_many], line, stopsAtFirstWord: true);

    [Theory]
    [InlineData("--bundle", "/x")]
    [InlineData("--bundle=/x")]
    [InlineData("-bundle", "/x")]
    [InlineData("-bundle=/x")]
    [InlineData("-b", "/x")]
    [InlineData("-b=/x")]
    [InlineData("-b/x")]
    [InlineData("-db/x")]
    public void AValueIsGivenInManyWays(params string[] line) => Assert.Equal("/x", Parse(line).Value(s_text));

    [Fact]
    public void SwitchesComeInBundlesAndWithValues()
    {
        Assert.True(Parse("-dt").Has(s_switch));
        Assert.True(Parse("-dt").Has(s_other));
        Assert.False(Parse("--detach=false").Has(s_switch));
        Assert.True(Parse("--detach=1").Has(s_switch));
        Assert.Throws<UsageException>(() => Parse("--detach=maybe"));
    }

    [Fact]
    public void WhatFollowsTheFirstWordBelongsToTheCommand()
    {
        var arguments = Parse("-d", "id", "sh", "-c", "--tty");
        Assert.Equal(["id", "sh", "-c", "--tty"], arguments.Words);
        Assert.False(arguments.Has(s_other));
    }

    [Fact]
    public void TheLastOfSeveralCountsUnlessItRepeats()
    {
        var arguments = Parse("-b", "/a", "--bundle", "/b", "-e", "A=1", "--env=B=2");
        Assert.Equal("/b", arguments.Value(s_text));
        Assert.Equal(["A=1", "B=2"], arguments.Values(s_many));
    }

    [Fact]
    public void AnErrorNamesTheWord()
    {
        Assert.Contains("--nonsense", Assert.Throws<UsageException>(() => Parse("--nonsense=1")).Message);
        Assert.Contains("flag needs an argument: --bundle DIR", Assert.Throws<UsageException>(() => Parse("--bundle")).Message);
    }

    public static TheoryData<string> Commands => [.. CommandList.All.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void EveryCommandHasHelp(string name)
    {
        var command = CommandList.Find(name)!;
        var help = Help.Of(ProgramName.Own, command);
        Assert.StartsWith($"NAME:\n   mydocker-runtime {name} - ", help);
        Assert.Contains("--help", help);
        Assert.All(command.Flags, flag => Assert.Contains($"--{flag.Name}", help));
        Assert.All(command.Flags, flag => Assert.False(flag.Text.EndsWith('.') || flag.Text.Length < 4, flag.Name));
        Assert.False(command.Summary.EndsWith('.'));
        Assert.Equal(command.Flags.Count, command.Flags.Select(flag => flag.Name).Distinct().Count());
        var letters = command.Flags.Where(flag => flag.Letter != '\0').Select(flag => flag.Letter).ToList();
        Assert.Equal(letters.Count, letters.Distinct().Count());
        Assert.All(help.Split('\n'), line => Assert.False(line.EndsWith(' '), line));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void EveryCommandHasAManualPage(string name)
    {
        var command = CommandList.Find(name)!;
        var page = ManPage.Of(command);
        Assert.StartsWith($".TH MYDOCKER\\-RUNTIME\\-{name.ToUpperInvariant()} 8 ", page);
        Assert.All(command.Flags, flag => Assert.Contains($"\\-\\-{flag.Name.Replace("-", "\\-", StringComparison.Ordinal)}", page));
        Assert.Contains($"mydocker\\-runtime\\-{name} (8)", ManPage.Overview().Replace(".BR ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void CompletionsKnowCommandsAndOptions(string shell)
    {
        var script = CompletionScripts.For(shell);
        Assert.All(CommandList.All, command => Assert.Contains(command.Name, script));
        Assert.Contains("console-socket", script);
        Assert.Throws<UsageException>(() => CompletionScripts.For("cmd"));
    }

    [Fact]
    public void EveryCommandAndOptionOfRuncIsThere()
    {
        var known = CommandList.All.ToDictionary(command => command.Name, command => command.Flags.Select(flag => flag.Name).ToHashSet());
        foreach (var (command, flags) in s_runc)
        {
            Assert.True(known.ContainsKey(command), command);
            Assert.All(flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), flag => Assert.True(known[command].Contains(flag), $"{command} --{flag}"));
        }

        Assert.All("debug log log-format root systemd-cgroup rootless help version".Split(' '), flag => Assert.Contains(GlobalOptions.All, known => known.Name == flag));
    }

    /// <summary>Of runc 1.4.</summary>
    private static readonly Dictionary<string, string> s_runc = new()
    {
        ["checkpoint"] = "image-path work-path parent-path leave-running tcp-established tcp-skip-in-flight link-remap ext-unix-sk shell-job lazy-pages status-fd page-server file-locks pre-dump manage-cgroups-mode empty-ns auto-dedup",
        ["restore"] = "console-socket image-path work-path tcp-established ext-unix-sk shell-job file-locks manage-cgroups-mode bundle detach pid-file no-subreaper no-pivot empty-ns auto-dedup lazy-pages lsm-profile lsm-mount-context",
        ["create"] = "bundle console-socket pidfd-socket pid-file no-pivot no-new-keyring preserve-fds",
        ["run"] = "bundle console-socket pidfd-socket detach keep pid-file no-subreaper no-pivot no-new-keyring preserve-fds",
        ["start"] = "",
        ["state"] = "",
        ["kill"] = "all",
        ["delete"] = "force",
        ["exec"] = "console-socket pidfd-socket cwd env tty user additional-gids process detach pid-file process-label apparmor no-new-privs cap preserve-fds cgroup ignore-paused",
        ["list"] = "format quiet",
        ["ps"] = "format",
        ["pause"] = "",
        ["resume"] = "",
        ["events"] = "interval stats",
        ["update"] = "resources blkio-weight cpu-period cpu-quota cpu-burst cpu-share cpu-rt-period cpu-rt-runtime cpuset-cpus cpuset-mems kernel-memory kernel-memory-tcp memory cpu-idle memory-reservation memory-swap pids-limit l3-cache-schema mem-bw-schema",
        ["spec"] = "bundle rootless",
        ["features"] = "",
    };

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1048576", 1 << 20)]
    [InlineData("64k", 64 << 10)]
    [InlineData("100M", 100 << 20)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("64KiB", 64 << 10)]
    [InlineData("2 mb", 2 << 20)]
    [InlineData("5b", 5)]
    public void SizesAreReadAsDockerReadsThem(string text, long size)
    {
        Assert.True(ByteSize.TryParse(text, out var parsed));
        Assert.Equal(size, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-5")]
    [InlineData("5ib")]
    [InlineData("1e3")]
    [InlineData("9999999999p")]
    public void WhatIsNoSizeIsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData("5s", 5000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("100ms", 100)]
    [InlineData("0", 0)]
    public void DurationsAreReadAsGoReadsThem(string text, double milliseconds)
    {
        Assert.True(Duration.TryParse(text, out var parsed));
        Assert.Equal(milliseconds, parsed.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("1x")]
    [InlineData("-1s")]
    [InlineData("1..5s")]
    public void WhatIsNoDurationIsRefused(string text) => Assert.False(Duration.TryParse(text, out _));
}
