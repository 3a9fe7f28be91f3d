using MyDocker.Kernel.Processes;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// startContainer hooks: programs of the container's image, and so as confined as its command. They are executed like a process of
/// <c>exec</c> in its cgroups, with its user, capabilities, filter and environment, as runc's init does it.
/// </summary>
internal static class StartHooks
{
    public const string Kind = "startContainer";

    public static void Run(SavedContainer container, RuntimeSpec spec, PidFd init)
        => HookRunner.Run(Kind, spec.Hooks?.StartContainer, ContainerStatus.Describe(container, RuntimeStatus.Created, spec.Annotations),
            (name, hook, streams) => Start(name, hook, streams, container, spec, init));

    private static PidFd Start(string name, Hook hook, HookStreams streams, SavedContainer container, RuntimeSpec spec, PidFd init)
    {
        var process = spec.Process! with { Terminal = false, Args = hook.Args is { Count: > 0 } args ? args : [hook.Path], Env = hook.Env ?? spec.Process!.Env };
        var request = ContainerExec.Request(container, spec, process, init.Fd);
        using var plan = ExecPlanner.Plan(request with
        {
            Process = request.Process with { Executable = hook.Path, Stdio = new ProcessStdio.Given(streams.Input, streams.Output, streams.Error) },
        });
        try
        {
            var launched = Launcher.Launch(plan);
            try
            {
                launched.Start(listener => SeccompListener.Send(spec, container, RuntimeStatus.Created, launched.Pid, listener));
                return PidFd.Open(launched.Pid);
            }
            catch
            {
                launched.Kill();
                throw;
            }
            finally
            {
                launched.Dispose();
            }
        }
        catch (LaunchException e)
        {
            throw new HookException($"{name}: {hook.Path}: {e.Message}");
        }
    }
}
