using System.Text;
using MyDocker.Engine;
using MyDocker.Engine.Attach;
using MyDocker.Engine.Monitor;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

// mydocker-monitor DATA-ROOT STATE-ROOT CONTAINER-ID [attached] [adopting] [timed]: started by mydocker, not by people.
// Descriptor 3: the container's journal, locked; 4, if attached: the socket of the command that waits for it; 5, if timed: takes
// what a start consists of (PhaseClock). Or mydocker-monitor keep-terminal: descriptor 3 is the master end of a terminal.
if (args is [MonitorProcess.KeepTerminalWord])
{
    TerminalKeeper.Run(new Fd(MonitorProcess.JournalDescriptor));
    return 0;
}

if (args.Length is < 3 or > 6)
{
    Files.TryWrite(Fd.Borrowed(2), "mydocker-monitor: started by mydocker for each container; see mydocker(1)\n"u8);
    return 125;
}

if (args[^1] == MonitorProcess.Timed)
{
    PhaseClock.Begin("monitor", new Fd(MonitorProcess.TimingDescriptor));
    PhaseClock.Mark("loader and runtime");
}

try
{
    var client = args.AsSpan(3).Contains(MonitorProcess.Attached) ? new Fd(MonitorProcess.ClientDescriptor) : null;
    var adopts = args.AsSpan(3).Contains(MonitorProcess.Adopting);
    return ContainerMonitor.Run(new EngineRoots(args[0], args[1]), args[2], client, new Fd(MonitorProcess.JournalDescriptor), adopts);
}
catch (Exception e)
{
    Files.TryWrite(Fd.Borrowed(2), Encoding.UTF8.GetBytes($"mydocker-monitor: {args[2]}: {e.Message}\n"));
    return 125;
}
