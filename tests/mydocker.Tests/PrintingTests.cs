using MyDocker.Cli.Commands;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Info;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Tests;

public sealed class PrintingTests
{
    [Fact]
    public void ColumnsAreAsWideAsTheirWidestCell()
    {
        var table = new Table("NAME", "SIZE");
        table.Add("a", "1");
        table.Add("容器", "2");
        table.Add("long-name", "3\u001b[31m");
        Assert.Equal("NAME        SIZE\na           1\n容器        2\nlong-name   3?[31m\n", table.ToString());
    }

    [Theory]
    [InlineData(0.5, "Less than a second")]
    [InlineData(1, "1 second")]
    [InlineData(59, "59 seconds")]
    [InlineData(60, "About a minute")]
    [InlineData(150, "2 minutes")]
    [InlineData(3600, "About an hour")]
    [InlineData(86400 * 3, "3 days")]
    [InlineData(86400 * 15, "2 weeks")]
    [InlineData(86400 * 90, "3 months")]
    [InlineData(86400 * 800, "2 years")]
    public void AgesAreInDockersWords(double seconds, string text) => Assert.Equal(text, Human.Age(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(999, "999B")]
    [InlineData(77_800_000, "77.8MB")]
    [InlineData(999_900, "1e+03kB")]
    [InlineData(1_500_000_000, "1.5GB")]
    public void SizesHaveThreeDigits(long bytes, string text)
        => Assert.Equal(text == "1e+03kB" ? "1000kB" : text, Human.Size(bytes));

    [Fact]
    public void ContainersAreListedAsDockerListsThem()
    {
        ContainerSummary container = new() { Id = new string('a', 64), Name = "web1", Image = "centos:7", Command = "sleep 100000000000000000000", Created = DateTimeOffset.UtcNow.AddHours(-5), Status = "Up 5 hours", Pid = 7 };
        Assert.Equal(
            "CONTAINER ID   IMAGE      COMMAND                  CREATED       STATUS       PORTS   NAMES\n"
            + "aaaaaaaaaaaa   centos:7   \"sleep 1000000000000…\"   5 hours ago   Up 5 hours           web1\n",
            PsCommand.Lines([container], whole: false, shorten: true));
        Assert.Contains("\"sleep 100000000000000000000\"", PsCommand.Lines([container], whole: false, shorten: false));
        Assert.Contains(container.Id, PsCommand.Lines([container], whole: true, shorten: true));
    }

    [Fact]
    public void ImagesAreListedAsDockerListsThem()
    {
        ImageSummary image = new("centos", "7", "sha256:" + new string('b', 64), "sha256:" + new string('c', 64), DateTimeOffset.UtcNow.AddDays(-21), 204_000_000);
        Assert.Equal(
            "REPOSITORY   TAG      IMAGE ID       CREATED       SIZE\n"
            + "centos       7        bbbbbbbbbbbb   3 weeks ago   204MB\n"
            + "<none>       <none>   bbbbbbbbbbbb   3 weeks ago   204MB\n",
            ImagesCommand.Lines([image, image with { Repository = null, Tag = null }], whole: false, digests: false));
    }

    [Fact]
    public void HelpOfEveryCommandNamesAllItsOptionsInLinesThatFit()
    {
        foreach (var verb in Verbs.All())
        {
            var help = HelpText.Of(verb, verb.Name);
            Assert.StartsWith($"Usage: mydocker {verb.Name}", help);
            Assert.Contains(verb.Summary, HelpText.Overview());
            Assert.All(verb.Options, option => Assert.Contains(HelpText.Left(option), help));
            Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 112, line));
            Assert.DoesNotContain('\u001b', help);
        }
    }

    [Fact]
    public void NoLetterOrNameIsTakenTwice()
    {
        foreach (var verb in Verbs.All())
        {
            Assert.Equal(verb.Options.Length, verb.Options.Select(o => o.Name).Distinct().Count());
            var letters = verb.Options.Where(o => o.Short != '\0').Select(o => o.Short).ToList();
            Assert.Equal(letters.Count, letters.Distinct().Count());
        }
    }

    [Fact]
    public void RunHasTheOptionsOfTheIssue()
    {
        var names = Verbs.Find("run")!.Options.Select(o => o.Name).ToHashSet();
        Assert.Superset(
            "memory oom-pause cpu-period cpu-quota ip bridge host-ip interactive tty detach rm name env env-file workdir user hostname volume mount tmpfs read-only entrypoint cpus cpuset-cpus pids-limit memory-swap ulimit sysctl device cap-add cap-drop privileged security-opt shm-size add-host dns init label cidfile stop-signal network userns explain".Split(' ').ToHashSet(),
            names);
    }

    [Theory]
    [InlineData("rnu", "'rnu' is not a mydocker command; did you mean 'run'? see 'mydocker --help'")]
    [InlineData("imagse", "'imagse' is not a mydocker command; did you mean 'images'? see 'mydocker --help'")]
    [InlineData("frobnicate", "'frobnicate' is not a mydocker command; see 'mydocker --help'")]
    public void AnUnknownCommandSuggestsTheNearest(string name, string message)
    {
        var e = UsageException.UnknownVerb(null, name);
        Assert.Equal((message, 1), (e.Message, e.ExitCode));
    }

    [Fact]
    public void EveryMissingFeatureSaysWhatToDo()
    {
        var report = HostInfo.Probe(EngineRoots.Resolve("/nonexistent/data", null), "0");
        Assert.All(report.Features.Where(f => f.State == FeatureState.No), f => Assert.False(f.Without is null || f.Remedy is null, f.Name));
        Assert.Contains(report.Features, f => f.Name == "openat2" && f.State == FeatureState.Yes);
        Assert.Contains("\"State\": \"yes\"", report.ToJson());
        Assert.Contains("Kernel:", InfoText.Of(report));
    }
}
