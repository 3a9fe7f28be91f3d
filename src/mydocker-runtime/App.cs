using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Kernel.Seccomp;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Containers;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Seccomp;
using MyDocker.RuntimeCli.Commands;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli;

/// <summary>From words to a command, and from an exception to a message and an exit code.</summary>
internal static class App
{
    public static int Run(string[] args)
    {
        Log? log = null;
        Command? command = null;
        try
        {
            var before = Arguments.Parse(GlobalOptions.All, args, stopsAtFirstWord: true);
            var global = new GlobalOptions(before);
            log = Log.Open(global);
            if (global.Version)
            {
                Output.Line(CommandList.Version(ProgramName.Current));
                return 0;
            }

            if (before.Words.Count == 0 || global.Help)
            {
                Output.Write(Help.Overview(ProgramName.Current));
                return 0;
            }

            command = CommandList.Find(before.Words[0]) ?? throw NoSuchCommand(before.Words);
            return Dispatch(global, command, before.Words.ToArray().AsSpan(1));
        }
        catch (Exception e)
        {
            return Report(e, log, command);
        }
    }

    private static int Dispatch(GlobalOptions global, Command command, ReadOnlySpan<string> words)
    {
        var arguments = Arguments.Parse([.. command.Flags, GlobalOptions.HelpFlag], words, command.StopsAtFirstWord);
        if (arguments.Has(GlobalOptions.HelpFlag))
        {
            Output.Write(Help.Of(ProgramName.Current, command));
            return 0;
        }

        command.CheckWords(arguments);
        return command.Run(new Invocation(global, command, arguments));
    }

    /// <summary>Who asks for help is told about help.</summary>
    private static UsageException NoSuchCommand(List<string> words)
        => new(words.Skip(1).Any(word => word is "-h" or "--help")
            ? $"No help topic for '{words[0]}'; see {ProgramName.Current} --help"
            : $"no such command: {words[0]}; see {ProgramName.Current} --help");

    private static int Report(Exception e, Log? log, Command? command)
    {
        var known = e is UsageException or ContainerException or SpecException or LaunchException or HookException or KernelException
            or CgroupException or CgroupLimitException or SystemdException or SeccompException or SeccompProfileException;
        var message = known ? FailureText.Of(e, command) : $"internal error: {e.GetType().Name}: {e.Message}";
        var full = command is null || e is UsageException ? $"{ProgramName.Current}: {message}" : $"{ProgramName.Current} {command.Name} failed: {message}";
        // A command that the kernel refuses speaks for itself, as in a shell: the container was there.
        var alone = command?.Name == "run" && e is ContainerException { Stage: CommandStage.Executed } ? e.Message : full;
        (log ?? Log.ToStandardError).Error(full, alone, log is { Debug: true } || !known ? e : null);
        return e is ContainerException { ExitCode: not 1 } container && command?.FailureCode == 1 && command.Name is "run" ? container.ExitCode : command?.FailureCode ?? 1;
    }
}
