using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class DeleteCommand
{
    private static readonly Flag s_force = new("force", null, "Also one that runs, by SIGKILL; a missing one is no error") { Letter = 'f' };

    private static readonly Flag s_regex = new("regex", null, "All whose ids match CONTAINER, an extended regular expression") { Letter = 'r' };

    public static Command Command => new()
    {
        Name = "delete",
        Usage = "CONTAINER",
        Summary = "Remove a stopped container",
        Flags = [s_force, s_regex],
        Run = invocation =>
        {
            var force = invocation.Arguments.Has(s_force);
            if (invocation.Arguments.Has(s_regex))
            {
                return DeleteAll(invocation.Root, invocation.Id, force);
            }

            ContainerDeletion.Delete(invocation.Root, invocation.Id, force);
            return 0;
        },
    };

    /// <summary>Each that can be deleted is; what keeps the others is told, and makes it a failure.</summary>
    private static int DeleteAll(ContainerRoot root, string expression, bool force)
    {
        using var regex = ExtendedRegex.TryParse(expression) ?? throw new UsageException($"--regex: \"{expression}\" is no extended regular expression");
        var code = 0;
        foreach (var id in root.Ids().Where(regex.Matches))
        {
            try
            {
                ContainerDeletion.Delete(root, id, force);
            }
            catch (ContainerException e)
            {
                RuntimeLog.Warn(e.Message);
                code = 1;
            }
        }

        return code;
    }
}
