using MyDocker.Cli.Commands.Run;
using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Tests;

internal static class Parsed
{
    /// <summary>Options of a run command line without "mydocker run".</summary>
    public static RunOptions Run(params string[] words)
    {
        var line = CommandLine.Parse(RunCommand.Verb, "run", words);
        line.CheckArguments();
        return RunCommand.Read(line);
    }

    /// <summary>Options given in front of an image.</summary>
    public static RunOptions With(params string[] options) => Run([.. options, "image"]);

    /// <summary>The message with which options in front of an image are refused.</summary>
    public static string Refused(params string[] options) => Assert.ThrowsAny<EngineException>(() => With(options)).Message;
}
