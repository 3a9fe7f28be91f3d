using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class FeaturesCommand
{
    public static Command Command => new()
    {
        Name = "features",
        Usage = "",
        Summary = "Print what this runtime can do as JSON",
        LeastWords = 0,
        MostWords = 0,
        Run = _ =>
        {
            const int Indent = 4; // runc's, here
            Output.Json(RuntimeFeatures.Describe(BuildInfo.Version, BuildInfo.Commit), RuntimeJson.Default.Features, Indent);
            return 0;
        },
    };
}
