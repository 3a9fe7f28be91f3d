using System.Text;
using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Monitor;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Commands;

/// <summary>A command's side of a container's monitor: starting it, and being attached to it.</summary>
internal static class MonitorSession
{
    public static AttachOptions UntilStarted { get; } = new() { UntilStarted = true, Stdout = false, Stderr = false, ProxySignals = false };

    /// <summary>
    /// Gives a container that runs a monitor in the place of the one that was killed; returns once that looks after it. The
    /// caller keeps the journal if it fails.
    /// </summary>
    public static AttachResult Adopt(EngineRoots roots, string id, ResourceJournal journal)
    {
        using var monitor = new PendingMonitor(roots, id, adopts: true);
        using var client = new AttachClient(monitor.Socket, UntilStarted);
        monitor.HandOver(journal);
        client.SendHello();
        return client.Run();
    }

    /// <summary>Hands a container over to its monitor, which from then on alone holds the journal, and stays attached until there is a result.</summary>
    /// <param name="ahead">its monitor, if it was started before; stays the caller's.</param>
    public static AttachResult Start(EngineRoots roots, ContainerRecord record, ResourceJournal journal, AttachOptions attachment, PendingMonitor? ahead = null)
    {
        var monitor = ahead;
        AttachClient? client = null;
        try
        {
            try
            {
                monitor ??= new PendingMonitor(roots, record.Id);
                client = new AttachClient(monitor.Socket, attachment);
                monitor.HandOver(journal);
            }
            catch (Exception e) when (e is KernelException or EngineException)
            {
                journal.Undo(alsoContainer: !journal.Read().Created, ResourceRelease.Try);
                throw;
            }

            client.SendHello();
            journal.Dispose();
            PhaseClock.Mark("handed over to the monitor");
            if (EngineLog.Level == LogLevel.Debug)
            {
                EngineLog.Write(LogLevel.Debug, $"container {record.Name} is {record.Id}, its monitor process {monitor.Pid}");
            }

            var result = client.Run();
            PhaseClock.Mark("the result is told");
            return result;
        }
        finally
        {
            client?.Dispose();
            if (ahead is null)
            {
                monitor?.Dispose();
            }
        }
    }

    /// <summary>A connection to the monitor of a container that runs; null if none listens.</summary>
    public static Fd? TryConnect(EngineRoots roots, string id)
    {
        try
        {
            return UnixSockets.Connect(new ContainerStore(roots).SocketPath(id));
        }
        catch (KernelException e) when (e.Errno is Errno.ENOENT or Errno.ECONNREFUSED or Errno.ENOTDIR)
        {
            return null;
        }
    }

    /// <summary>Tells the monitor, if there is one, that what is on disk about its container has changed.</summary>
    public static unsafe void Poke(EngineRoots roots, string id)
    {
        using var socket = TryConnect(roots, id);
        if (socket is not null)
        {
            var frame = stackalloc byte[Frame.HeaderSize];
            UnixSockets.TrySend(socket, frame, Frame.Seal(frame, FrameType.Reload, 0));
        }
    }

    /// <summary>The exit code for the shell, once the reason for it is told.</summary>
    public static int ExitCodeOf(ContainerRecord record, AttachResult result)
    {
        if (result.SkippedBytes > 0)
        {
            PrintError($"{result.SkippedBytes} bytes of output are not shown: they came faster than they were read here; 'mydocker logs {record.Name}' has them");
        }

        switch (result.Outcome)
        {
            case AttachOutcome.Failed:
                throw new EngineException(result.Message, result.Code);
            case AttachOutcome.MonitorLost:
                throw new EngineException($"{record.Name}: {result.Message}; the next command puts right what it left");
            case AttachOutcome.Detached:
                return 0;
            default:
                if (result.Message.Length > 0)
                {
                    PrintError(result.Message);
                }

                return result.Code == AttachResult.UnknownCode ? EngineException.EngineError : result.Code;
        }
    }

    /// <summary>--detach-keys, checked when it was read; "" for none.</summary>
    public static DetachKeys? KeysOf(string? text) => text is null ? DetachKeys.Default : text.Length == 0 ? null : DetachKeys.TryParse(text, out _);

    public static void Print(string text) => Files.TryWrite(Fd.Borrowed(1), Encoding.UTF8.GetBytes(text));

    public static void PrintError(string text) => Files.TryWrite(Fd.Borrowed(2), Encoding.UTF8.GetBytes($"mydocker: {text}\n"));
}
