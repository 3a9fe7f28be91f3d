using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class CommitCommand
{
    private static readonly OptionSpec s_author = new("author", 'a', "NAME", "", "Who made it");
    private static readonly OptionSpec s_change = new("change", 'c', "INSTRUCTION", "", "Change how the image is run, as in a Dockerfile: CMD, ENV, EXPOSE, LABEL, USER, WORKDIR, …") { Repeats = true };
    private static readonly OptionSpec s_message = new("message", 'm', "TEXT", "", "Why it was made");
    private static readonly OptionSpec s_pause = new("pause", 'p', null, "", "Let the container stand still meanwhile; --pause=false lets it run") { Default = "true" };

    public static Verb Verb => new()
    {
        Name = "commit",
        Aliases = ["container commit"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER [NAME[:TAG]]",
        Summary = "Make an image of a container's image and what the container wrote",
        Details = "Prints the id of the image. What is mounted in the container is not part of it.",
        Options = [s_author, s_change, s_message, s_pause],
        LeastArguments = 1,
        MostArguments = 2,
        Examples = [("mydocker commit -c 'CMD [\\\"/srv/start\\\"]' web1 web:2", "with another command")],
        Run = invocation =>
        {
            var line = invocation.Line;
            Out.Line(ContainerCommit.Run(invocation.Global.Roots, line.Arguments[0], new CommitOptions
            {
                Name = line.Arguments.Count > 1 ? line.Arguments[1] : null,
                Author = line.Value(s_author),
                Message = line.Value(s_message),
                Changes = line.Values(s_change),
                Pause = line.Value(s_pause) is null || line.Has(s_pause),
            }));
            return 0;
        },
    };
}
