using CsCheck;
using MyDocker.Cli.Commands.Run;
using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Tests;

public sealed class TokenSplitterTests
{
    [Theory]
    [InlineData("image", "image")]
    [InlineData("image -la --help -m 25m", "image -la --help -m 25m")]
    [InlineData("-it image sh", "image sh")]
    [InlineData("-m 25m image", "image")]
    [InlineData("-m25m image", "image")]
    [InlineData("-m=25m image", "image")]
    [InlineData("--memory=25m image", "image")]
    [InlineData("-itm25m image", "image")]
    [InlineData("-itm 25m image", "image")]
    [InlineData("--rm=false image", "image")]
    [InlineData("-e -x image", "image")]
    [InlineData("-e -- image", "image")]
    [InlineData("-- image -x", "image -x")]
    [InlineData("-i -- -image", "-image")]
    [InlineData("- x", "- x")]
    [InlineData("image -- x", "image -- x")]
    public void OptionsEndAtTheImage(string words, string arguments)
        => Assert.Equal(arguments.Split(' '), Split(words.Split(' ')).Arguments);

    [Theory]
    [InlineData("--frobnicate image", "unknown option --frobnicate; see 'mydocker run --help'")]
    [InlineData("--memroy 5 image", "unknown option --memroy (did you mean --memory?); see 'mydocker run --help'")]
    [InlineData("-Z image", "unknown option -Z; see 'mydocker run --help'")]
    [InlineData("-iZ image", "unknown option -Z in -iZ; see 'mydocker run --help'")]
    [InlineData("-m", "option -m, --memory needs a value, SIZE; see 'mydocker run --help'")]
    [InlineData("--memory", "option -m, --memory needs a value, SIZE; see 'mydocker run --help'")]
    [InlineData("--rm=maybe image", "invalid value \"maybe\" for --rm: it is on or off; use true or false; see 'mydocker run --help'")]
    public void WhatIsNoOptionIsRefused(string words, string message)
    {
        var e = Assert.Throws<UsageException>(() => Split(words.Split(' ')));
        Assert.Equal(message, e.Message);
        Assert.Equal(125, e.ExitCode);
    }

    /// <summary>Whatever the values and the ways of writing them, parsing gives them back, and all words of the command.</summary>
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        var specs = RunCommand.Verb.Options;
        string[] odd = ["--", "-", "-it", "--rm", "@file", "a=b", "=", ""];
        var value = Gen.OneOf(Gen.String[Gen.Char["abz0-=:@,./ é\"'"], 0, 8], Gen.Int[0, odd.Length - 1].Select(i => odd[i]));
        var option = Gen.Select(Gen.Int[0, specs.Length - 1].Select(i => specs[i]), value, Gen.Int[0, 3]);
        Gen.Select(option.List[0, 12], value.Array[0, 5]).Sample((options, command) =>
        {
            var words = new List<string>();
            var expected = new List<(OptionSpec, string)>();
            foreach (var (spec, text, style) in options)
            {
                expected.Add((spec, Write(words, spec, text, style)));
            }

            words.Add("image");
            words.AddRange(command);
            var line = CommandLine.Parse(RunCommand.Verb, "run", words.ToArray());
            Assert.Equal(["image", .. command], line.Arguments);
            foreach (var spec in specs)
            {
                Assert.Equal(expected.Where(e => e.Item1 == spec).Select(e => e.Item2), line.Values(spec));
            }
        });
    }

    [Fact]
    public void ACommandMayHaveVeryManyWords()
    {
        var words = Enumerable.Repeat("x", 150_000).Prepend("image").ToArray();
        Assert.Equal(words.Length, CommandLine.Parse(RunCommand.Verb, "run", words).Arguments.Count);
    }

    private static string Write(List<string> words, OptionSpec spec, string value, int style)
    {
        if (spec.IsFlag)
        {
            words.Add(style switch
            {
                0 => $"--{spec.Name}=false",
                1 when spec.Short != '\0' => $"-{spec.Short}",
                2 => $"--{spec.Name}=1",
                _ => $"--{spec.Name}",
            });
            return style == 0 ? "false" : "true";
        }

        if (style < 2 && spec.Short != '\0')
        {
            if (style == 1 && value.Length > 0)
            {
                words.Add($"-{spec.Short}={value}");
                return value;
            }

            words.AddRange([$"-{spec.Short}", value]);
            return value;
        }

        words.AddRange(style % 2 == 0 ? [$"--{spec.Name}={value}"] : [$"--{spec.Name}", value]);
        return value;
    }

    private static SplitTokens Split(string[] words)
        => TokenSplitter.Split(RunCommand.Verb.Options, "run", words, optionsEndAtFirstArgument: true);
}
