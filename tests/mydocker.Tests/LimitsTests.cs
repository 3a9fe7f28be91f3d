using MyDocker.Cli.Commands;
using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Tests;

public sealed class LimitsTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("300k", 300 << 10)]
    [InlineData("300K", 300 << 10)]
    [InlineData("25m", 25 << 20)]
    [InlineData("25mb", 25 << 20)]
    [InlineData("25MiB", 25 << 20)]
    [InlineData("1g", 1 << 30)]
    [InlineData("0.5g", 1 << 29)]
    [InlineData("1048576b", 1 << 20)]
    public void MemoryIsASize(string text, long bytes) => Assert.Equal(bytes, Parsed.With("-m", text).Memory);

    [Theory]
    [InlineData("12q", "not a size; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("", "not a size; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("m", "not a size; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("1,5g", "not a size; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("1.2.3m", "not a size; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("25 mm", "not a size; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("0", "must be more than zero; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("0.2b", "must be more than zero; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("-5m", "must not be negative; use bytes or a number with k, m or g, such as 300k or 25m")]
    [InlineData("9999999999g", "too large; at most 9223372036854775807 bytes can be counted")]
    public void WhatIsNoMemoryLimitIsRefused(string text, string reason)
        => Assert.Equal($"invalid value \"{text}\" for -m, --memory: {reason}", Parsed.Refused("-m", text));

    [Fact]
    public void PausingNeedsALimit()
    {
        Assert.Equal("-k, --oom-pause needs a memory limit to pause at; give one with -m, --memory, such as -m 25m", Parsed.Refused("-k"));
        Assert.True(Parsed.With("-k", "-m25m").OomPause);
    }

    [Theory]
    [InlineData("1000", 1000UL)]
    [InlineData("4000", 4000UL)]
    [InlineData("1000000", 1_000_000UL)]
    public void PeriodsAreTaken(string text, ulong period) => Assert.Equal(period, Parsed.With("-c", text).CpuPeriod);

    [Theory]
    [InlineData("999", "must be from 1000 to 1000000 microseconds")]
    [InlineData("1000001", "must be from 1000 to 1000000 microseconds")]
    [InlineData("0", "must be from 1000 to 1000000 microseconds")]
    [InlineData("-4000", "must be from 1000 to 1000000 microseconds")]
    [InlineData("4ms", "not a whole number; use microseconds from 1000 to 1000000, such as 100000")]
    public void PeriodsOutsideTheKernelsBoundsAreRefused(string text, string reason)
        => Assert.Equal($"invalid value \"{text}\" for -c, --cpu-period: {reason}", Parsed.Refused("-c", text));

    [Theory]
    [InlineData("999", "must be at least 1000 microseconds of CPU time in each period")]
    [InlineData("-1", "must be at least 1000 microseconds of CPU time in each period")]
    [InlineData("0", "must be at least 1000 microseconds of CPU time in each period")]
    [InlineData("half", "not a whole number; use microseconds of CPU time in each period, at least 1000")]
    public void QuotasThatAreTooShortAreRefused(string text, string reason)
        => Assert.Equal($"invalid value \"{text}\" for -q, --cpu-quota: {reason}", Parsed.Refused("-q", text));

    [Fact]
    public void AQuotaMayBeMoreThanThePeriod()
    {
        var options = Parsed.With("-c", "4000", "-q", "6000");
        Assert.Equal((4000UL, 6000L), (options.CpuPeriod!.Value, options.CpuQuota!.Value));
    }

    [Theory]
    [InlineData("1.5", 150_000)]
    [InlineData("0.01", 1000)]
    [InlineData("2", 200_000)]
    public void CpusAreAQuota(string text, long quota)
    {
        var options = Parsed.With("--cpus", text);
        Assert.Equal((100_000UL, quota), (options.CpuPeriod!.Value, options.CpuQuota!.Value));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.001")]
    [InlineData("-1")]
    [InlineData("two")]
    public void WhatIsNoNumberOfCpusIsRefused(string text) => Assert.Contains("--cpus", Parsed.Refused("--cpus", text));

    [Fact]
    public void CpusDoNotGoWithPeriodOrQuota()
    {
        Assert.Equal("--cpus and -q, --cpu-quota say the same in two ways; give one of them", Parsed.Refused("--cpus", "1", "-q", "2000"));
        Assert.Equal("--cpus and -c, --cpu-period say the same in two ways; give one of them", Parsed.Refused("--cpus", "1", "-c", "2000"));
    }

    [Fact]
    public void SetsOfCpusAreOfThisHost()
    {
        Assert.Equal("0", Parsed.With("--cpuset-cpus", "0").CpusetCpus);
        Assert.Contains("this host has no CPU 99999", Parsed.Refused("--cpuset-cpus", "0,99999"));
        Assert.Contains("goes backwards", Parsed.Refused("--cpuset-cpus", "3-1"));
        Assert.Contains("not a list", Parsed.Refused("--cpuset-cpus", "0;1"));
        Assert.Contains("not a list", Parsed.Refused("--cpuset-cpus", ""));
    }

    [Theory]
    [InlineData("-1", -1)]
    [InlineData("0", -1)]
    [InlineData("1", 1)]
    public void PidsAreCounted(string text, long limit) => Assert.Equal(limit, Parsed.With("--pids-limit", text).PidsLimit);

    [Fact]
    public void SwapIsAboveMemory()
    {
        Assert.Equal(-1, Parsed.With("-m", "25m", "--memory-swap", "-1").MemorySwap);
        Assert.Null(Parsed.With("-m", "25m", "--memory-swap", "0").MemorySwap);
        Assert.Contains("must not be below the memory limit", Parsed.Refused("-m", "25m", "--memory-swap", "24m"));
        Assert.Contains("needs the memory limit", Parsed.Refused("--memory-swap", "24m"));
        Assert.Contains("--pids-limit", Parsed.Refused("--pids-limit", "-2"));
    }

    [Theory]
    [InlineData("nofile=1024", "RLIMIT_NOFILE", 1024UL, 1024UL)]
    [InlineData("nofile=1024:2048", "RLIMIT_NOFILE", 1024UL, 2048UL)]
    [InlineData("core=0:unlimited", "RLIMIT_CORE", 0UL, ulong.MaxValue)]
    [InlineData("stack=-1", "RLIMIT_STACK", ulong.MaxValue, ulong.MaxValue)]
    public void UlimitsAreTaken(string text, string type, ulong soft, ulong hard)
        => Assert.Equal(new UlimitOption(type, soft, hard), Assert.Single(Parsed.With("--ulimit", text).Ulimits));

    [Theory]
    [InlineData("nofile")]
    [InlineData("=1")]
    [InlineData("files=1")]
    [InlineData("nofile=2:1")]
    [InlineData("nofile=a")]
    [InlineData("nofile=1:2:3")]
    public void WhatIsNoUlimitIsRefused(string text) => Assert.StartsWith($"invalid value \"{text}\" for --ulimit: ", Parsed.Refused("--ulimit", text));

    [Fact]
    public void UpdateReadsTheSameLimits()
    {
        var line = CommandLine.Parse(UpdateCommand.Verb, "update", ["-m", "20m", "--cpus=0.5", "web1"]);
        Assert.Equal(new UpdateOptions { Memory = 20 << 20, CpuPeriod = 100_000, CpuQuota = 50_000 }, UpdateCommand.Read(line));
        Assert.Equal(["web1"], line.Arguments);
        Assert.Throws<OptionException>(() => UpdateCommand.Read(CommandLine.Parse(UpdateCommand.Verb, "update", ["-m", "x", "web1"])));
        Assert.Contains("nothing to change", Assert.Throws<EngineException>(() => UpdateCommand.Read(CommandLine.Parse(UpdateCommand.Verb, "update", ["--force", "web1"]))).Message);
    }
}
