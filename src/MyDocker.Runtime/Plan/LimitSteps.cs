using System.Globalization;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// process.rlimits, process.oomScoreAdj. Hard limits above the present ones need the parent's rights (CAP_SYS_RESOURCE of the
/// host); the exact values are set by the child, late, so that its own set-up is not bound by them.
/// </summary>
internal static unsafe class LimitSteps
{
    public static void Add(LaunchPlan plan, ProcessContext context)
    {
        if (context.Process.OomScoreAdj is { } adjust)
        {
            plan.Host(HostPhase.BesideChild, "set oom_score_adj", adjust.ToString(CultureInfo.InvariantCulture), state =>
            {
                var path = $"/proc/{state.Pid}/oom_score_adj";
                var errno = Files.TryWriteExisting(path, adjust.ToString(CultureInfo.InvariantCulture));
                if (errno == Errno.EACCES && Syscall.Invoke(Nr.geteuid) != 0)
                {
                    RuntimeLog.Warn($"process.oomScoreAdj: {adjust} is left out: it is below what this user has, and only root may lower it");
                }
                else if (errno != Errno.None)
                {
                    throw new KernelException("write", path, errno);
                }
            });
        }

        foreach (var limit in context.Process.Rlimits ?? [])
        {
            var number = NumberOf(limit.Type);
            plan.Host(HostPhase.BesideChild, "allow", $"{limit.Type} {Describe(limit.Hard)}", state => RaiseHard(state.Pid, number, limit.Type!, limit.Hard));
        }
    }

    /// <summary>The child's own steps, just before its descriptors are closed.</summary>
    public static void AddLate(LaunchPlan plan, ProcessContext context)
    {
        foreach (var limit in context.Process.Rlimits ?? [])
        {
            var value = plan.Child.Arena.Copy(new ResourceLimit { Soft = limit.Soft, Hard = limit.Hard });
            plan.Child.Add("set", limit.Type!, Nr.prlimit64, 0, NumberOf(limit.Type), Arg.Address(value), 0);
        }
    }

    private static int NumberOf(string? name)
        => ResourceLimits.NumberOf(name) is >= 0 and var number ? number : throw new SpecException("process.rlimits.type", $"unknown limit \"{name}\"");

    private static void RaiseHard(int pid, int number, string name, ulong hard)
    {
        var present = ResourceLimits.Of(pid, number);
        if (hard <= present.Hard)
        {
            return;
        }

        var errno = ResourceLimits.TrySet(pid, number, present with { Hard = hard });
        if (errno != Errno.None)
        {
            throw new KernelException("raise", $"{name} above the host's {Describe(present.Hard)}", errno);
        }
    }

    private static string Describe(ulong limit) => limit == ulong.MaxValue ? "unlimited" : limit.ToString(CultureInfo.InvariantCulture);
}
