using System.Text;
using MyDocker.InitCommand;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

// mydocker-init COMMAND [ARG...]: process 1 of a container that was started with --init.
// 1. takes all signals, 2. starts the command, 3. passes signals on to it and reaps whatever dies, 4. ends as the command ended.
const int NotExecutable = 126, NotFound = 127;

if (args.Length == 0)
{
    Say("mydocker-init: the command is missing");
    return NotFound;
}

Signals.Block(new SignalSet(ulong.MaxValue));
using var signals = new SignalFd(new SignalSet(ulong.MaxValue));
int child;
try
{
    child = Spawn.Start(new SpawnRequest(SearchPath.Find(args[0]), args) { Environment = OwnEnvironment() });
}
catch (KernelException e)
{
    Say($"mydocker-init: exec {args[0]}: {e.Errno.Describe()}");
    return e.Errno is Errno.ENOENT or Errno.ENOTDIR ? NotFound : NotExecutable;
}

while (true)
{
    Reaper.WaitFor(signals.Fd);
    while (signals.TryRead(out var signal))
    {
        if (signal.Signal == Signals.SIGCHLD)
        {
            if (Reaper.Collect(child) is { } code)
            {
                return code;
            }
        }
        else if (signal.Code != Reaper.FromKernel)
        {
            Signals.TrySend(child, signal.Signal); // what a terminal sends reaches the command without us
        }
    }
}

static List<string> OwnEnvironment()
{
    var entries = new List<string>();
    foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
    {
        entries.Add($"{entry.Key}={entry.Value}");
    }

    return entries;
}

static void Say(string text) => Files.TryWrite(Fd.Borrowed(2), Encoding.UTF8.GetBytes(text + "\n"));
