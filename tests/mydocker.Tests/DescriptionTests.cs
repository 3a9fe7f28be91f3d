using System.Diagnostics;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;

namespace MyDocker.Cli.Tests;

/// <summary>Completions and manual pages come from the descriptions of the commands, all of them.</summary>
public sealed class DescriptionTests
{
    [Fact]
    public void EveryCommandHasItsPlaceEverywhere()
    {
        var bash = CompletionScripts.For("bash");
        var fish = CompletionScripts.For("fish");
        foreach (var (words, verb) in Verbs.Everything())
        {
            Assert.Contains($"\"{words}\") ", bash);
            Assert.Contains(words.Split(' ')[^1], fish);
            var page = ManPage.Of(verb, words);
            Assert.All(verb.Options, option => Assert.Contains($"\\-\\-{option.Name.Replace("-", "\\-")}", page));
            Assert.All(verb.Options, option => Assert.Contains($"--{option.Name}", bash));
            Assert.Equal(verb, Verbs.Find(words.Split(' ')[0]) is { } plain && !words.Contains(' ') ? verb : verb);
        }
    }

    [Theory]
    [InlineData("mydocker st", "start stats stop")]
    [InlineData("mydocker container re", "rename restart")]
    [InlineData("mydocker logs --ta", "--tail")]
    [InlineData("mydocker --root /x volume pr", "prune")]
    public void BashCompletes(string line, string expected)
    {
        var words = string.Join(' ', line.Split(' ').Select(word => $"'{word}'"));
        var script = $"{CompletionScripts.For("bash")}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _mydocker; printf '%s\\n' \"${{COMPREPLY[@]}}\" | sort | xargs";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-c", script]) { RedirectStandardOutput = true })!;
        Assert.Equal(expected, bash.StandardOutput.ReadToEnd().Trim());
    }
}
