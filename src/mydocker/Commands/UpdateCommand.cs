using MyDocker.Cli.Commands.Run;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands;

internal static class UpdateCommand
{
    private static readonly OptionSpec s_force = new("force", 'f', null, "", "Lower the memory limit even below what is in use");

    private static readonly OptionSpec s_unpause = new("unpause", '\0', null, "", "Let a paused container go on when the limits are set");

    public static Verb Verb => new()
    {
        Name = "update",
        Aliases = ["container update"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER [CONTAINER...]",
        Summary = "Change limits and restart policy of containers, also while they run",
        Details = """
            A container that stands paused at its memory limit (run -k) goes on when the limit is raised. A memory
            limit below what is in use is refused, unless it is forced.
            """,
        Options = [RunLimits.Memory, RunLimits.MemorySwap, RunLimits.CpuPeriod, RunLimits.CpuQuota, RunLimits.Cpus, RunLimits.CpusetCpus, RunLimits.CpusetMems, RunLimits.CpuShares, RunLimits.CpuRtPeriod, RunLimits.CpuRtRuntime, RunLimits.MemoryReservation, RunLimits.BlkioWeight, RunLimits.PidsLimit, RunLife.Restart, s_unpause, s_force],
        LeastArguments = 1,
        ValueExitCode = EngineException.EngineError,
        Examples = [("mydocker update -m 20m web1", "raise (or lower) the memory limit"), ("mydocker update --restart unless-stopped web1", "start it again when it ends"), ("mydocker update --cpus 1.5 web1 web2", "one and a half CPUs for each")],
    };

    public static int Run(Invocation invocation)
    {
        var options = Read(invocation.Line);
        var roots = invocation.Global.Roots;
        return Several.Each(invocation.Line.Arguments, name =>
        {
            ContainerUpdate.Run(roots, name, options);
            Out.Line(Out.Printable(name));
        });
    }

    internal static UpdateOptions Read(CommandLine line)
    {
        var (period, quota) = RunLimits.Cpu(line);
        var options = new UpdateOptions
        {
            Memory = line.Value(RunLimits.Memory, SizeOption.Parse),
            MemorySwap = RunLimits.Swap(line),
            MemoryReservation = line.Value(RunLimits.MemoryReservation, SizeOption.Parse),
            CpuShares = line.Value(RunLimits.CpuShares, NumberOption.ParseShares),
            RealtimePeriod = line.Value(RunLimits.CpuRtPeriod, NumberOption.ParseMicroseconds),
            RealtimeRuntime = line.Value(RunLimits.CpuRtRuntime, NumberOption.ParseMicroseconds),
            CpusetMems = line.Text(RunLimits.CpusetMems, CpuOption.ParseNodes),
            BlockIoWeight = line.Value(RunLimits.BlkioWeight) is { } weight ? BlockIoOption.ParseWeight(RunLimits.BlkioWeight.Display, weight) : null,
            CpuPeriod = period,
            CpuQuota = quota,
            CpusetCpus = line.Text(RunLimits.CpusetCpus, CpuOption.ParseSet),
            PidsLimit = line.Value(RunLimits.PidsLimit, PidsOption.Parse),
            Restart = line.Text(RunLife.Restart, (_, text) => text) is { } policy ? RestartParser.Parse(RunLife.Restart.Display, policy) : null,
            Unpause = line.Has(s_unpause),
            Force = line.Has(s_force),
        };
        if (options with { Force = false } == new UpdateOptions())
        {
            throw new EngineException("update: nothing to change; give a limit such as -m 20m", exitCode: 1);
        }

        return options.MemorySwap is > 0 and var swap && options.Memory is { } memory && swap < memory
            ? throw new OptionException(RunLimits.MemorySwap.Display, line.Value(RunLimits.MemorySwap)!, "it is memory and swap together, so it must not be below the memory limit")
            : options;
    }
}
