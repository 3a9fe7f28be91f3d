using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>process.args, process.env: execve(2), along PATH where the command has no slash, as execvp(3) does.</summary>
public static unsafe class ExecSteps
{
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>
    /// Before a container is called created its command is looked up, so that a missing one fails the creation (runtime-spec,
    /// "Create"). A command relative to another working directory than "/" is found out at the start.
    /// </summary>
    internal static void AddLookup(LaunchPlan plan, LaunchRequest request)
    {
        const int X_OK = 1;
        var process = request.Spec.Process;
        if (request.StartSocket is null || process?.Args is not { Count: > 0 } args || (args[0].Contains('/') && !args[0].StartsWith('/')))
        {
            return;
        }

        var child = plan.Child;
        var first = child.Count;
        var candidates = args[0].Contains('/') ? [args[0]] : Candidates(args[0], process.Env);
        var steps = candidates.Select(path => child.Add("look up", path, Nr.faccessat2, AtFlags.AT_FDCWD, child.Text(path), X_OK, 0)).ToList();
        for (var i = 0; i < steps.Count; i++)
        {
            steps[i].SkipsTo(child.Count);
            if (i < steps.Count - 1)
            {
                steps[i].Tolerate(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES);
            }
        }

        plan.LookupSteps = first..child.Count;
    }

    internal static void Add(LaunchPlan plan, ProcessContext context)
    {
        var process = context.Process;
        var args = process.Args is { Count: > 0 } given ? given : throw new SpecException("process.args", "is empty; give the command to run");
        var child = plan.Child;
        var argv = Arg.Address(child.Arena.StringArray(args));
        var environment = Arg.Address(child.Arena.StringArray(ProcessEnvironment.Of(process.Env, context.Home)));

        child.Add("live on without", "the parent", Nr.prctl, Prctl.PR_SET_PDEATHSIG, 0);
        plan.ExecStep = child.Count;
        var command = context.Executable ?? args[0];
        if (command.Contains('/'))
        {
            child.Add("execute", command, Nr.execve, child.Text(command), argv, environment);
            return;
        }

        var candidates = Candidates(command, process.Env);
        for (var i = 0; i < candidates.Count; i++)
        {
            var step = child.Add("execute", candidates[i], Nr.execve, child.Text(candidates[i]), argv, environment);
            if (i < candidates.Count - 1)
            {
                step.Tolerate(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES);
            }
        }
    }

    private static List<string> Candidates(string command, IEnumerable<string>? environment)
        => SearchPath(environment).Split(':').Select(directory => $"{(directory.Length == 0 ? "." : directory)}/{command}").ToList();

    /// <summary>The PATH that counts is the command's own, not the engine's.</summary>
    public static string SearchPath(IEnumerable<string>? environment)
        => environment?.LastOrDefault(entry => entry.StartsWith("PATH=", StringComparison.Ordinal)) is { } entry ? entry["PATH=".Length..] : DefaultPath;
}
