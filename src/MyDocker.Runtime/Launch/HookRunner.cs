using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Oci.Runtime.Reading;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Launch;

/// <summary>A hook that could not be run, ran too long, or ended with something other than 0.</summary>
public sealed class HookException(string message) : Exception(message);

/// <summary>
/// Runs hooks (runtime-spec, "POSIX-platform Hooks"): the state of the container on standard input, a time limit, and what
/// they say kept for the error message. In the runtime's namespaces they are started with posix_spawn(3); in the container's
/// by a child that enters them first.
/// </summary>
public static unsafe class HookRunner
{
    /// <summary>Runs hooks one after the other.</summary>
    /// <param name="kind">their name in config.json.</param>
    /// <param name="container">whose namespaces they run in; null: the runtime's own.</param>
    /// <param name="directory">where they work, in those namespaces; null: where the runtime does, or at the container's root.</param>
    /// <param name="onFailure">takes a failure, and the next hook is run; null: the first failure ends it.</param>
    /// <exception cref="HookException">names the hook by its place, and tells what it said.</exception>
    public static void Run(string kind, IReadOnlyList<Hook>? hooks, RuntimeState state, ContainerEntrance? container = null, string? directory = null, Action<HookException>? onFailure = null)
        => Run(kind, hooks, state, (name, hook, streams) => container is null ? Start(name, hook, streams) : StartInside(name, hook, streams, container, directory), onFailure);

    /// <summary>The same for hooks that are started in a way of their own.</summary>
    /// <param name="start">takes what a failure is to be called, the hook, and its streams.</param>
    internal static void Run(string kind, IReadOnlyList<Hook>? hooks, RuntimeState state, Func<string, Hook, HookStreams, PidFd> start, Action<HookException>? onFailure = null)
    {
        if (hooks is not { Count: > 0 })
        {
            return;
        }

        var input = RuntimeWriter.State(state);
        for (var i = 0; i < hooks.Count; i++)
        {
            using var streams = HookStreams.Open(input, state.Annotations);
            try
            {
                Run(kind, $"error running {kind} hook #{i}", hooks[i], streams, start);
            }
            catch (HookException e) when (onFailure is not null)
            {
                onFailure(e);
            }
        }
    }

    private static void Run(string kind, string name, Hook hook, HookStreams streams, Func<string, Hook, HookStreams, PidFd> start)
    {
        using var process = start(name, hook, streams);
        if (hook.Timeout is { } seconds && !process.WaitForEnd((int)Math.Min(seconds * 1000L, int.MaxValue)))
        {
            process.TrySend(Signals.SIGKILL);
            process.Wait();
            throw new HookException($"{name}: {hook.Path}: still running after its timeout of {seconds} s: killed{streams.Said()}");
        }

        var exit = process.Wait();
        if (exit.ShellCode != 0)
        {
            var how = exit.Signal != 0 ? $"was ended by {Signals.NameOf(exit.Signal)}{(exit.Signal == Signals.SIGSYS ? " (bad system call: the seccomp filter does not allow it)" : "")}" : $"failed with exit code {exit.ExitCode}";
            throw new HookException($"{name}: {kind} hook {how}: {hook.Path}{streams.Said()}"); // the words of runc, then those of crun
        }
    }

    private static PidFd Start(string name, Hook hook, HookStreams streams)
    {
        try
        {
            var pid = Spawn.Start(new SpawnRequest(hook.Path, Arguments(hook))
            {
                Environment = hook.Env, // none given: the runtime's own, as its peers do
                Descriptors = [new FdMapping(streams.Input.Number, 0), new FdMapping(streams.Output.Number, 1), new FdMapping(streams.Error.Number, 2)],
            });
            return PidFd.Open(pid);
        }
        catch (KernelException e)
        {
            throw new HookException($"{name}: {e.Message}");
        }
    }

    private static PidFd StartInside(string name, Hook hook, HookStreams streams, ContainerEntrance container, string? directory)
    {
        using var program = new SyscallProgram();
        container.AddSteps(program);
        if (container.HasUserNamespace)
        {
            program.Add("become", "group 0 of the user namespace", Nr.setresgid, 0, 0, 0);
            program.Add("become", "user 0 of the user namespace", Nr.setresuid, 0, 0, 0);
        }

        if (directory is not null)
        {
            program.Add("enter", directory, Nr.chdir, program.Text(directory));
        }

        program.Add("use as", "standard input", Nr.dup3, streams.Input.Number, 0, 0);
        program.Add("use as", "standard output", Nr.dup3, streams.Output.Number, 1, 0);
        program.Add("use as", "standard error", Nr.dup3, streams.Error.Number, 2, 0);
        var environment = Arg.Address(program.Arena.StringArray(hook.Env ?? OwnEnvironment()));
        program.Add("execute", hook.Path, Nr.execve, program.Text(hook.Path), Arg.Address(program.Arena.StringArray(Arguments(hook))), environment);
        var (statusRead, statusWrite) = ClonedChild.NewStatusPipe();
        using var inside = container.ForChildren();
        var child = ClonedChild.Start(program, 0, statusRead, statusWrite);
        statusWrite.Dispose();
        var result = child.Wait();
        var process = new PidFd(child.PidFd);
        if (result.Executed)
        {
            return process;
        }

        process.Wait();
        process.Dispose();
        var text = program.TextOf(result.Step);
        throw new HookException($"{name}: {text}: {result.Errno.Describe()}");
    }

    private static IReadOnlyList<string> Arguments(Hook hook) => hook.Args is { Count: > 0 } args ? args : [hook.Path];

    private static List<string> OwnEnvironment()
    {
        var result = new List<string>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            result.Add($"{entry.Key}={entry.Value}");
        }

        return result;
    }
}
