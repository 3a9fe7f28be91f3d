using System.Text;
using MyDocker.Engine;
using MyDocker.Engine.Attach;
using MyDocker.Engine.Monitor;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli;

/// <summary>
/// mydocker under the name mydocker-monitor: beside each container that runs. Started by mydocker, not by people.
/// <code>mydocker-monitor DATA-ROOT STATE-ROOT CONTAINER-ID [adopting] [timed]</code>
/// Descriptor 3: the socket of the command that starts it, which sends the container's journal, locked, when the container is made;
/// 4, if timed: takes what a start consists of (<see cref="PhaseClock"/>). Or <c>mydocker-monitor keep-terminal</c>: 3 is the
/// master end of a terminal.
/// </summary>
internal static class MonitorProgram
{
    private const int Wrong = 125;

    /// <summary>Whether this process is to be a monitor: it has the name of one.</summary>
    public static bool IsMeant => Path.GetFileName(Environment.GetCommandLineArgs()[0]) == MonitorProcess.Name;

    public static int Run(string[] args)
    {
        if (args is [MonitorProcess.KeepTerminalWord])
        {
            TerminalKeeper.Run(new Fd(MonitorProcess.FirstDescriptor));
            return 0;
        }

        if (args.Length is < 3 or > 5)
        {
            Files.TryWrite(Fd.Borrowed(2), "mydocker-monitor: started by mydocker for each container; see mydocker(1)\n"u8);
            return Wrong;
        }

        if (args[^1] == MonitorProcess.Timed)
        {
            PhaseClock.Begin("monitor", new Fd(MonitorProcess.TimingDescriptor));
            PhaseClock.Mark("loader and runtime");
        }

        Prctl.SetName("mydocker-monitor"u8);
        try
        {
            return ContainerMonitor.Run(new EngineRoots(args[0], args[1]), args[2], new Fd(MonitorProcess.FirstDescriptor), adopts: args[3..].Contains(MonitorProcess.Adopting));
        }
        catch (Exception e)
        {
            Files.TryWrite(Fd.Borrowed(2), Encoding.UTF8.GetBytes($"mydocker-monitor: {args[2]}: {e.Message}\n"));
            return Wrong;
        }
    }
}
