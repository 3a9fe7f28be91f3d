using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Images.Store;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Cli.Commands;

internal static class SaveCommand
{
    private static readonly OptionSpec s_output = new("output", 'o', "FILE", "", "Write to FILE instead of standard output");

    public static Verb Verb => new()
    {
        Name = "save",
        Aliases = ["image save"],
        Area = "Images",
        Usage = "[OPTIONS] IMAGE [IMAGE...]",
        Summary = "Write images to a tar archive",
        Details = """
            The archive is an OCI image layout and what 'docker load' reads, both at once.
            Digests stay as they are.
            """,
        Options = [s_output, SharedOptions.Platform],
        LeastArguments = 1,
        Examples = [("mydocker save -o web.tar web:1.2 db:5", "two images, layers that both have once"), ("mydocker save web | ssh host mydocker load", "to another host")],
        Run = invocation =>
        {
            var line = invocation.Line;
            var store = new ImageStore(invocation.Global.Roots.Data);
            OnePlatform.Check(line, store);
            if (line.Value(s_output) is not { } path)
            {
                if (Terminal.IsTerminal(1))
                {
                    throw new EngineException("an archive is not for a terminal; use -o FILE, or send standard output somewhere", exitCode: 1);
                }

                using var output = new FdOutput(1);
                store.Save(line.Arguments, output, Out.Error);
                return 0;
            }

            // A file that is not whole must not have the name.
            var temporary = $"{path}.{Environment.ProcessId}.tmp";
            try
            {
                using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 20))
                {
                    store.Save(line.Arguments, file, Out.Error);
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
