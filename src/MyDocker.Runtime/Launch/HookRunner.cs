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
    private const int MostOutput = 4096;

    /// <summary>Runs hooks one after the other; the first failure ends it.</summary>
    /// <param name="kind">their name in config.json.</param>
    /// <param name="container">whose namespaces they run in; null: the runtime's own.</param>
    /// <exception cref="HookException">names the hook by its place, and tells what it said.</exception>
    public static void Run(string kind, IReadOnlyList<Hook>? hooks, RuntimeState state, ContainerEntrance? container = null)
    {
        if (hooks is not { Count: > 0 })
        {
            return;
        }

        var input = RuntimeWriter.State(state);
        for (var i = 0; i < hooks.Count; i++)
        {
            Run($"hooks.{kind}[{i}]", hooks[i], input, container);
        }
    }

    private static void Run(string name, Hook hook, byte[] input, ContainerEntrance? container)
    {
        using var stdin = Memory("state", input);
        using var output = Memory("output", []);
        using var process = container is null ? Start(name, hook, stdin, output) : StartInside(name, hook, stdin, output, container);
        if (hook.Timeout is { } seconds && !process.WaitForEnd((int)Math.Min(seconds * 1000L, int.MaxValue)))
        {
            process.TrySend(Signals.SIGKILL);
            process.Wait();
            throw new HookException($"{name}: {hook.Path}: still running after its timeout of {seconds} s: killed{Said(output)}");
        }

        var exit = process.Wait();
        if (exit.ShellCode != 0)
        {
            var how = exit.Signal != 0 ? $"ended by {Signals.NameOf(exit.Signal)}" : $"exit status {exit.ExitCode}";
            throw new HookException($"{name}: {hook.Path}: {how}{Said(output)}");
        }
    }

    private static PidFd Start(string name, Hook hook, Fd stdin, Fd output)
    {
        try
        {
            var pid = Spawn.Start(new SpawnRequest(hook.Path, Arguments(hook))
            {
                Environment = hook.Env ?? [],
                Descriptors = [new FdMapping(stdin.Number, 0), new FdMapping(output.Number, 1), new FdMapping(output.Number, 2)],
            });
            return PidFd.Open(pid);
        }
        catch (KernelException e)
        {
            throw new HookException($"{name}: {e.Message}");
        }
    }

    private static PidFd StartInside(string name, Hook hook, Fd stdin, Fd output, ContainerEntrance container)
    {
        using var program = new SyscallProgram();
        container.AddSteps(program);
        if (container.HasUserNamespace)
        {
            program.Add("become", "group 0 of the user namespace", Nr.setresgid, 0, 0, 0);
            program.Add("become", "user 0 of the user namespace", Nr.setresuid, 0, 0, 0);
        }

        program.Add("use as", "standard input", Nr.dup3, stdin.Number, 0, 0);
        program.Add("use as", "standard output", Nr.dup3, output.Number, 1, 0);
        program.Add("use as", "standard error", Nr.dup3, output.Number, 2, 0);
        var environment = Arg.Address(program.Arena.StringArray(hook.Env ?? []));
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

    private static Fd Memory(string name, byte[] content)
    {
        const int MFD_CLOEXEC = 1;
        using var text = new Utf8Z(name, stackalloc byte[Utf8Z.Inline]);
        var fd = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.memfd_create, text.Address, MFD_CLOEXEC), "create", "memory file"));
        Files.TryWrite(fd, content);
        Syscall.Invoke(Nr.lseek, fd.Number, 0, 0);
        return fd;
    }

    private static string Said(Fd output)
    {
        Syscall.Invoke(Nr.lseek, output.Number, 0, 0);
        Span<byte> buffer = stackalloc byte[MostOutput];
        var count = Files.Read(output, buffer);
        return count <= 0 ? "" : $"; it said: {Encoding.UTF8.GetString(buffer[..count]).Trim()}";
    }
}
