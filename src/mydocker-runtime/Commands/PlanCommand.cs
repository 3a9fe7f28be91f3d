using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class PlanCommand
{
    public static Command Command => new()
    {
        Name = "plan",
        Usage = "[CONTAINER]",
        Summary = "Print every step that would create a container, and make none",
        Flags = BundleFlags.All,
        LeastWords = 0,
        Run = invocation =>
        {
            if (invocation.Arguments.Words.Count == 0)
            {
                invocation.Arguments.Words.Add("container");
            }

            Output.Write(RuntimePlanner.Explain(BundleFlags.Options(invocation)));
            return 0;
        },
    };
}
