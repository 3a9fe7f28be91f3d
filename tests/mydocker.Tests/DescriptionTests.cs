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
        }
    }

    /// <summary>mydocker does what it describes without code, mydocker-images the rest: nothing is done by both or by neither.</summary>
    [Fact]
    public void EveryCommandIsDoneByOneProgram()
    {
        var containers = new ContainerCommands();
        var others = new[] { "container list", "container remove", "volume list", "image list" };
        foreach (var (words, verb) in Verbs.Everything().Concat(others.Select(words => (words, Verbs.Find(words.Split(' ')[0], words.Split(' ')[1])!))))
        {
            Assert.True(verb.Run is null == containers.Find(words.Split(' '), out _) is not null, words);
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
