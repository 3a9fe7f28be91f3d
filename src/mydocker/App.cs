using MyDocker.Cli.Commands;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Images;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Seccomp;
using MyDocker.Kernel.Syscalls;
using MyDocker.Networks;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Seccomp;

namespace MyDocker.Cli;

/// <summary>From the words of a command line to an exit code.</summary>
internal static class App
{
    /// <summary>When this process began to run code of ours (<see cref="PhaseClock.Now"/>).</summary>
    public static long Entered { get; private set; }

    /// <summary>
    /// 1. global options; 2. the verb, and only this verb's options; 3. help, where it is asked for; 4. root, where it is
    /// needed; 5. the verb. Every failure becomes one message on standard error and an exit code.
    /// </summary>
    public static int Run(string[] args, CommandSet commands)
    {
        Entered = PhaseClock.Now;
        var global = new GlobalOptions();
        try
        {
            var rest = global.Read(args);
            if (global.Version)
            {
                Out.Line(VersionCommand.OneLine);
                return 0;
            }

            return !global.Help && rest.Length > 0 && commands.Find(rest, out var used) is { } verb ? Run(commands, verb, used, global, rest) : commands.Otherwise(rest, global.Help);
        }
        catch (Exception e)
        {
            return Report(e, global.Debug);
        }
    }

    /// <summary>Whether a message was written to be read by users; of any other exception they hear that it is a bug.</summary>
    private static bool IsForUsers(Exception e)
        => e is UsageException or EngineException or ImageException or NetworkException or KernelException or LaunchException or SpecException
            or CgroupException or CgroupLimitException or NetlinkException or SeccompException or SeccompProfileException;

    private static int Run(CommandSet commands, Verb verb, int used, GlobalOptions global, ReadOnlySpan<string> words)
    {
        var name = string.Join(' ', words[..used]!);
        var line = CommandLine.Parse(verb, name, words[used..]);
        if (line.WantsHelp)
        {
            Out.Write(HelpText.Of(verb, name));
            return 0;
        }

        if (verb.NeedsRoot && !line.Has(SharedOptions.Explain) && Syscall.Invoke(Nr.geteuid) is var uid && uid != 0)
        {
            throw new EngineException($"{name} needs root, and you are user id {uid}; try 'sudo mydocker {name} …'");
        }

        line.CheckArguments();
        try
        {
            return commands.Run(verb, new Invocation(global, line));
        }
        catch (OptionException e) when (verb.ValueExitCode != e.ExitCode)
        {
            throw new EngineException(e.Message, verb.ValueExitCode);
        }
    }

    /// <summary>Exit codes are docker's: 125 for the engine and for options, 126 and 127 for the command, 1 for words that are no command.</summary>
    private static int Report(Exception e, bool debug)
    {
        if (e is ToldException told)
        {
            return told.ExitCode;
        }

        var isKnown = IsForUsers(e);
        Out.Error(isKnown ? e.Message : $"internal error: {e.GetType().Name}: {e.Message}; this is a bug in mydocker{(debug ? "" : "; --debug shows where")}");
        if (debug)
        {
            Out.ErrorText(e.ToString() + "\n");
        }

        return e switch
        {
            UsageException usage => usage.ExitCode,
            EngineException engine => engine.ExitCode,
            _ => EngineException.EngineError,
        };
    }
}
