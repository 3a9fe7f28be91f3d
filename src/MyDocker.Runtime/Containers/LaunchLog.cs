using System.Globalization;
using MyDocker.Kernel.Scheduling;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// What --debug tells of a launch: its plan, and how far it has come. The stages go by the names under which they stand in runc's
/// log ("nsexec", "init", "setns_init"), so that who looks for one there finds it here.
/// </summary>
internal static class LaunchLog
{
    /// <summary>All steps of what is about to be launched, by the numbers that errors name.</summary>
    public static void Planned(LaunchPlan plan)
    {
        if (!RuntimeLog.IsDebug)
        {
            return;
        }

        RuntimeLog.Debug("nsexec container setup, step by step:");
        foreach (var line in plan.Describe().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            RuntimeLog.Debug(line.Trim());
        }
    }

    /// <summary>The child has its namespaces, mounts and cgroups, and waits.</summary>
    /// <param name="joins">it is one more process of a container that runs.</param>
    public static void SetUp(int pid, ProcessSpec? process, bool joins)
    {
        if (!RuntimeLog.IsDebug)
        {
            return;
        }

        if (joins && process?.ExecCPUAffinity?.Initial is { Length: > 0 } cpus && NumberList.TryParse(cpus) is { } mask)
        {
            RuntimeLog.Debug($"nsexec[{pid}]: affinity: 0x{Hexadecimal(mask)} when it joined the cgroups");
        }

        RuntimeLog.Debug($"child process in init(): {pid} waits to be started");
        if (joins)
        {
            RuntimeLog.Debug($"setns_init: about to exec {process?.Args?[0]}");
        }
    }

    /// <summary>The command is executed.</summary>
    public static void Executed(int pid)
    {
        if (RuntimeLog.IsDebug)
        {
            RuntimeLog.Debug($"init: closing the pipe to signal completion: {pid} has executed its command");
        }
    }

    /// <summary>Lowest CPUs last.</summary>
    private static string Hexadecimal(ulong[] mask)
    {
        var text = string.Concat(mask.Reverse().Select(word => word.ToString("x16", CultureInfo.InvariantCulture))).TrimStart('0');
        return text.Length == 0 ? "0" : text;
    }
}
