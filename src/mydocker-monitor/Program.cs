using System.Text;
using MyDocker.Engine;
using MyDocker.Engine.Attach;
using MyDocker.Engine.Monitor;
using MyDocker.Kernel.Syscalls;

// mydocker-monitor DATA-ROOT STATE-ROOT CONTAINER-ID: started by mydocker, not by people.
// With the one word "keep-terminal" it keeps a terminal, whose master end is descriptor 3. Else descriptor 3: the container's journal, locked. Descriptor 4, if there: the socket of the command that waits for it.
if (args is [MonitorProcess.KeepTerminalWord])
{
    TerminalKeeper.Run(new Fd(MonitorProcess.JournalDescriptor));
    return 0;
}

if (args.Length is not (3 or 4))
{
    Files.TryWrite(Fd.Borrowed(2), "mydocker-monitor: started by mydocker for each container; see mydocker(1)\n"u8);
    return 125;
}

try
{
    var client = args.Length == 4 ? new Fd(MonitorProcess.ClientDescriptor) : null;
    return ContainerMonitor.Run(new EngineRoots(args[0], args[1]), args[2], client, new Fd(MonitorProcess.JournalDescriptor));
}
catch (Exception e)
{
    Files.TryWrite(Fd.Borrowed(2), Encoding.UTF8.GetBytes($"mydocker-monitor: {args[2]}: {e.Message}\n"));
    return 125;
}
