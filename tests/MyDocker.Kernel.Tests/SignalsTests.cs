using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests;

public sealed class SignalsTests
{
    [Theory]
    [InlineData("15", 15)]
    [InlineData("TERM", 15)]
    [InlineData("SIGTERM", 15)]
    [InlineData("sigterm", 15)]
    [InlineData("KILL", 9)]
    [InlineData("WINCH", 28)]
    [InlineData("SIGIOT", 6)]
    [InlineData("RTMIN", 34)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("rtmax-1", 63)]
    [InlineData("RTMAX", 64)]
    [InlineData("64", 64)]
    public void NamesAndNumbersAreRead(string text, int expected)
    {
        Assert.True(Signals.TryParse(text, out var signal));
        Assert.Equal(expected, signal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("SIG")]
    [InlineData("NOPE")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMIN-1")]
    [InlineData("RTMAX+1")]
    [InlineData("RTMIN+")]
    public void WhatIsNoSignalIsRefused(string text) => Assert.False(Signals.TryParse(text, out _));

    [Fact]
    public void EveryNameLeadsBackToItsNumber()
    {
        foreach (var number in Enumerable.Range(1, 31).Concat(Enumerable.Range(34, 31)))
        {
            Assert.True(Signals.TryParse(Signals.NameOf(number), out var back), Signals.NameOf(number));
            Assert.Equal(number, back);
        }
    }

    /// <summary>The kernel's own view, in /proc.</summary>
    [Fact]
    public void ABlockedSignalIsInTheThreadsMask()
    {
        var set = SignalSet.Of(Signals.SIGUSR2, Signals.SIGRTMIN + 7);
        ulong Blocked()
        {
            var line = File.ReadLines("/proc/thread-self/status").First(l => l.StartsWith("SigBlk:", StringComparison.Ordinal));
            return Convert.ToUInt64(line[7..].Trim(), 16) & set.Bits;
        }

        Assert.Equal(0ul, Blocked());
        var mask = Signals.Block(set);
        try
        {
            Assert.Equal(set.Bits, Blocked());
        }
        finally
        {
            Signals.SetMask(mask);
        }

        Assert.Equal(0ul, Blocked());
    }
}
