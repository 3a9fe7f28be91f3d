using MyDocker.Engine.Monitor;
using MyDocker.Engine.Options;

namespace MyDocker.Engine.Tests;

public sealed class RestartPolicyTests
{
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(5);

    [Theory]
    [InlineData("no", 1, false)]
    [InlineData("always", 0, true)]
    [InlineData("always", 1, true)]
    [InlineData("unless-stopped", 0, true)]
    [InlineData("on-failure", 0, false)]
    [InlineData("on-failure", 1, true)]
    public void WhoIsStartedAgain(string policy, int exitCode, bool again)
    {
        Assert.Equal(again, new RestartPolicy().Next(RestartParser.Parse("--restart", policy), exitCode, s_moment, isWantedStopped: false) is not null);
        Assert.Null(new RestartPolicy().Next(RestartParser.Parse("--restart", policy), exitCode, s_moment, isWantedStopped: true));
    }

    [Fact]
    public void TheDelayDoublesUpToAMinuteAndBeginsAnewAfterASuccess()
    {
        var policy = new RestartPolicy();
        var always = new RestartOption(RestartOption.Always);
        var delays = Enumerable.Range(0, 12).Select(_ => policy.Next(always, 1, s_moment, false)!.Value.TotalMilliseconds).ToList();
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000], delays);
        Assert.Equal(100, policy.Next(always, 1, TimeSpan.FromSeconds(10), false)!.Value.TotalMilliseconds);
        Assert.Equal(13, policy.Count);
    }

    [Fact]
    public void OnFailureCounts()
    {
        var policy = new RestartPolicy();
        var twice = RestartParser.Parse("--restart", "on-failure:2");
        Assert.NotNull(policy.Next(twice, 1, s_moment, false));
        Assert.NotNull(policy.Next(twice, 1, s_moment, false));
        Assert.Null(policy.Next(twice, 1, s_moment, false));
    }

    [Theory]
    [InlineData("sometimes")]
    [InlineData("always:3")]
    [InlineData("on-failure:x")]
    [InlineData("on-failure:-1")]
    public void WhatIsNoPolicyIsRefused(string text) => Assert.Throws<OptionException>(() => RestartParser.Parse("--restart", text));
}

public sealed class TimeOptionTests
{
    [Theory]
    [InlineData("500ms", 500_000_000)]
    [InlineData("1m30s", 90_000_000_000)]
    [InlineData("1.5h", 5400_000_000_000)]
    [InlineData("0", 0)]
    [InlineData("2us", 2000)]
    public void Durations(string text, long nanoseconds) => Assert.Equal(nanoseconds, DurationOption.Parse("--x", text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5x")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("99999999999999h")]
    public void WhatIsNone(string text) => Assert.Throws<OptionException>(() => DurationOption.Parse("--x", text));

    [Fact]
    public void Moments()
    {
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1763000000.5), TimeOption.Parse("--since", "1763000000.5"));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 10, 0, 0, TimeSpan.Zero), TimeOption.Parse("--since", "2026-01-31T10:00:00Z"));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 10, 0, 0, TimeSpan.Zero).AddTicks(1234567), TimeOption.Parse("--since", "2026-01-31T10:00:00.123456789Z"));
        Assert.InRange((DateTimeOffset.UtcNow - TimeOption.Parse("--since", "10m")).TotalMinutes, 9.9, 10.1);
        Assert.Throws<OptionException>(() => TimeOption.Parse("--since", "yesterday"));
    }
}
