using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Cli.Commands;

internal static class ExportCommand
{
    private static readonly OptionSpec s_output = new("output", 'o', "FILE", "", "Write to FILE, which appears when it is complete") { Default = "standard output" };

    public static Verb Verb => new()
    {
        Name = "export",
        Aliases = ["container export"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER",
        Summary = "Write a container's files as a tar archive",
        Details = "What is mounted in the container is not part of it.",
        Options = [s_output],
        LeastArguments = 1,
        MostArguments = 1,
        Examples = [("mydocker export web1 | tar -t", "what is in it?")],
        Run = invocation =>
        {
            var line = invocation.Line;
            var roots = invocation.Global.Roots;
            if (line.Value(s_output) is not { } path)
            {
                if (Terminal.IsTerminal(1))
                {
                    throw new EngineException("an archive is not for a terminal; use -o FILE, or send standard output somewhere", exitCode: 1);
                }

                using var output = new FdOutput(1);
                ContainerExport.Run(roots, line.Arguments[0], output);
                return 0;
            }

            var temporary = $"{path}.{Environment.ProcessId}.tmp"; // a file that is not whole must not have the name
            try
            {
                using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 20))
                {
                    ContainerExport.Run(roots, line.Arguments[0], file);
                }

                File.Move(temporary, path, overwrite: true);
                return 0;
            }
            catch (Exception e)
            {
                Files.TryUnlink(temporary);
                throw e is IOException or UnauthorizedAccessException ? new EngineException($"write {path}: {e.Message}", exitCode: 1) : e;
            }
        },
    };
}
