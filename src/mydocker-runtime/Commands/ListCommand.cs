using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class ListCommand
{
    private static readonly Flag s_format = new("format", "FORMAT", "table or json") { Letter = 'f', Default = "table" };
    private static readonly Flag s_quiet = new("quiet", null, "Ids alone") { Letter = 'q' };

    public static Command Command => new()
    {
        Name = "list",
        Usage = "",
        Summary = "List the containers of this root",
        Details = "A container whose files are damaged is left out, with a warning.",
        Flags = [s_format, s_quiet],
        LeastWords = 0,
        MostWords = 0,
        Run = invocation =>
        {
            var format = Formats.Of(invocation.Arguments, s_format);
            List(invocation.Root, format, invocation.Arguments.Has(s_quiet), mustExist: invocation.Global.HasRoot);
            return 0;
        },
    };

    /// <param name="mustExist">a directory that was named, and is not there, is a mistake; the default one is not.</param>
    private static void List(ContainerRoot root, string format, bool quiet, bool mustExist)
    {
        var ids = root.Ids(mustExist);
        if (quiet)
        {
            ids.ForEach(Output.Line);
            return;
        }

        var users = new HostUsers();
        var views = new List<ContainerView>();
        foreach (var id in ids)
        {
            if (ContainerStatus.TryRead(root, id, out var owner) is { } state)
            {
                views.Add(ContainerView.Of(state, users.NameOf(owner)));
            }
        }

        if (format == Formats.Json)
        {
            // runc's encoder prints a list without elements like that, and its callers know it.
            Output.JsonLine(views.Count > 0 ? views : null, ViewJson.Default.ListContainerView!);
            return;
        }

        Output.Table([["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"], .. views.Select(view => view.Row)]);
    }
}
