using MyDocker.Oci.Runtime.Events;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class EventsCommand
{
    private static readonly Flag s_interval = new("interval", "DURATION", "Time between counters, such as 500ms or 1m") { Default = "5s" };
    private static readonly Flag s_stats = new("stats", null, "Print the counters once");

    public static Command Command => new()
    {
        Name = "events",
        Usage = "CONTAINER",
        Summary = "Print counters of a container, and when it runs out of memory",
        Details = "One JSON object a line, until the container ends.",
        Flags = [s_interval, s_stats],
        Run = invocation =>
        {
            var text = invocation.Arguments.Value(s_interval) ?? "5s";
            if (!Duration.TryParse(text, out var interval) || interval.TotalMilliseconds < 1)
            {
                throw new UsageException($"--interval: \"{text}\" is not a length of time above 0, such as 5s: duration interval must be greater than 0");
            }

            if (invocation.Arguments.Has(s_stats))
            {
                Output.JsonLine(ContainerEvents.Stats(invocation.Root, invocation.Id, out var missing), EventsJson.Default.ContainerEvent);
                if (missing is not null)
                {
                    RuntimeLog.Warn(missing);
                }

                return 0;
            }

            foreach (var entry in ContainerEvents.Follow(invocation.Root, invocation.Id, (int)interval.TotalMilliseconds))
            {
                Output.JsonLine(entry, EventsJson.Default.ContainerEvent);
            }

            return 0;
        },
    };
}
