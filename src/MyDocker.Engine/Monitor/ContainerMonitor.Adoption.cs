using MyDocker.Engine.Containers;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Monitor;

/// <content>In the place of a monitor that was killed: the container has run on, and has a child of nobody's as its init.</content>
public sealed partial class ContainerMonitor
{
    /// <summary>Whatever fails here, the container goes on as it was, and the next command tries again: nothing is undone.</summary>
    private int RunAdopted()
    {
        try
        {
            Adopt();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var (message, code) = StartFailure.Explain(_record, e);
            _io.ReportFailed(message, code);
            Flush();
            return code;
        }

        return LookAfter();
    }

    /// <summary>
    /// 1. takes what the run has that a monitor can take, 2. listens where commands look for it, 3. writes down that it is there,
    /// 4. watches for the end, for health and the memory limit. A pause at the limit goes on until somebody raises that.
    /// </summary>
    private void Adopt()
    {
        _run = MonitoredRun.Adopt(_record, _state, _io);
        Files.TryUnlink(_store.SocketPath(_record.Id)); // of the one before: nobody listens there
        TakePlace();
        StartHealthChecks();
        SaveRunning();
        if (_record.IsKept && !_existed)
        {
            _journal.RecordCreated(); // it was killed right before that
        }

        WatchRun();
        _io.ReportStarted();
    }
}
