using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class ManCommand
{
    private static readonly Flag s_all = new("all", "DIR", "Write the pages of all commands into DIR") { Letter = 'a' };

    public static Command Command => new()
    {
        Name = "man",
        Usage = "[COMMAND]",
        Summary = "Print a manual page, of mydocker-runtime or one of its commands",
        Details = "mydocker-runtime man exec | man -l -",
        Flags = [s_all],
        LeastWords = 0,
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var words = invocation.Arguments.Words;
        if (invocation.Arguments.Value(s_all) is not { } directory)
        {
            Output.Write(words.Count == 0 ? ManPage.Overview() : ManPage.Of(CommandList.Find(words[0]) ?? throw new UsageException($"no such command: {words[0]}")));
            return 0;
        }

        try
        {
            Directory.CreateDirectory(directory);
            File.WriteAllText(Path.Combine(directory, $"{ProgramName.Own}.8"), ManPage.Overview());
            foreach (var command in CommandList.All)
            {
                File.WriteAllText(Path.Combine(directory, $"{ProgramName.Own}-{command.Name}.8"), ManPage.Of(command));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"write manual pages into {directory}: {e.Message}", e);
        }

        return 0;
    }
}
