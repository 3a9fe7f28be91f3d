using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>process.args, process.env: execve(2), along PATH where the command has no slash, as execvp(3) does.</summary>
public static unsafe class ExecSteps
{
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    internal static void Add(LaunchPlan plan, ProcessContext context)
    {
        var process = context.Process;
        var args = process.Args is { Count: > 0 } given ? given : throw new SpecException("process.args", "is empty; give the command to run");
        var child = plan.Child;
        var argv = Arg.Address(child.Arena.StringArray(args));
        var environment = Arg.Address(child.Arena.StringArray(ProcessEnvironment.Of(process.Env, context.Home)));

        child.Add("live on without", "the parent", Nr.prctl, Prctl.PR_SET_PDEATHSIG, 0);
        plan.ExecStep = child.Count;
        var command = args[0];
        if (command.Contains('/'))
        {
            child.Add("execute", command, Nr.execve, child.Text(command), argv, environment);
            return;
        }

        var candidates = SearchPath(process.Env).Split(':').Select(directory => $"{(directory.Length == 0 ? "." : directory)}/{command}").ToList();
        for (var i = 0; i < candidates.Count; i++)
        {
            var step = child.Add("execute", candidates[i], Nr.execve, child.Text(candidates[i]), argv, environment);
            if (i < candidates.Count - 1)
            {
                step.Tolerate(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES);
            }
        }
    }

    /// <summary>The PATH that counts is the command's own, not the engine's.</summary>
    public static string SearchPath(IEnumerable<string>? environment)
        => environment?.LastOrDefault(entry => entry.StartsWith("PATH=", StringComparison.Ordinal)) is { } entry ? entry["PATH=".Length..] : DefaultPath;
}
