using System.Text;
using MyDocker.Engine.Attach;

namespace MyDocker.Engine.Tests;

public sealed unsafe class DetachKeysTests
{
    [Theory]
    [InlineData("ctrl-p,ctrl-q", "ab\u0010c", "ab\u0010c", false)]
    [InlineData("ctrl-p,ctrl-q", "ab\u0010\u0011c", "ab", true)]
    [InlineData("ctrl-p,ctrl-q", "\u0010\u0010\u0011", "\u0010", true)]
    [InlineData("ctrl-p,ctrl-q", "x\u0010", "x", false)]
    [InlineData("a,a,b", "aaab", "a", true)]
    [InlineData("a,a,b", "aaaac", "aaaac", false)]
    [InlineData("a,b,a,c", "ababac", "ab", true)]
    [InlineData("ctrl-\\", "\u001c", "", true)]
    public void TheSequenceIsFoundHoweverTheBytesArrive(string keys, string typed, string passed, bool detected)
    {
        var whole = Feed(DetachKeys.TryParse(keys, out _)!, [typed]);
        Assert.Equal((passed, detected), whole);
        Assert.Equal(whole, Feed(DetachKeys.TryParse(keys, out _)!, typed.Select(c => c.ToString())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ctrl-")]
    [InlineData("ctrl-1")]
    [InlineData("ab")]
    [InlineData("a,,b")]
    public void WhatIsNoKeyIsRefused(string text)
    {
        Assert.Null(DetachKeys.TryParse(text, out var problem));
        Assert.StartsWith("detach keys: ", problem, StringComparison.Ordinal);
    }

    private static (string, bool) Feed(DetachKeys keys, IEnumerable<string> pieces)
    {
        var text = new StringBuilder();
        var output = stackalloc byte[64];
        foreach (var piece in pieces)
        {
            fixed (byte* bytes = Encoding.ASCII.GetBytes(piece))
            {
                text.Append(Encoding.ASCII.GetString(output, keys.Filter(bytes, piece.Length, output)));
            }
        }

        return (text.ToString(), keys.Detected);
    }
}
