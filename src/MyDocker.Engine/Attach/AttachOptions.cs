namespace MyDocker.Engine.Attach;

/// <summary>How a command line attaches to a container.</summary>
public sealed record AttachOptions
{
    /// <summary>-i: our standard input goes to the container.</summary>
    public bool Interactive { get; init; }

    /// <summary>-t: the container has a terminal; ours, if standard input is one, is made raw with -i.</summary>
    public bool Terminal { get; init; }

    /// <summary>Signals that reach this process go to the container. Otherwise HUP, INT, QUIT and TERM end this process.</summary>
    public bool ProxySignals { get; init; } = true;

    /// <summary>Only waits until the container runs, and leaves it then.</summary>
    public bool UntilStarted { get; init; }

    public bool Stdout { get; init; } = true;

    public bool Stderr { get; init; } = true;

    /// <summary>Null: no sequence detaches. Heeded with <see cref="Terminal"/> only, as docker does.</summary>
    public DetachKeys? DetachKeys { get; init; } = DetachKeys.Default;

    public int StdinDescriptor { get; init; }

    public int StdoutDescriptor { get; init; } = 1;

    public int StderrDescriptor { get; init; } = 2;
}

public enum AttachOutcome
{
    /// <summary>The container ended; <see cref="AttachResult.Code"/> is its exit code.</summary>
    Exited,

    /// <summary>It could not be started; the code is 125–127, the message says why.</summary>
    Failed,

    /// <summary>The detach keys were typed; the container goes on.</summary>
    Detached,

    /// <summary>The monitor is gone without a result.</summary>
    MonitorLost,

    /// <summary>A signal ended this command only (<see cref="AttachOptions.ProxySignals"/> off); the code is 128 + signal.</summary>
    Interrupted,

    /// <summary>Nobody reads our standard output any more (EPIPE, EIO); the container goes on, the code is 128 + SIGPIPE.</summary>
    OutputClosed,
}

/// <param name="SkippedBytes">output that this client was too slow for; always 0 for the foreground client of a run.</param>
public sealed record AttachResult(AttachOutcome Outcome, int Code, string Message = "", ulong SkippedBytes = 0)
{
    /// <summary>The code of a container that has ended where nobody saw how.</summary>
    public const int UnknownCode = -1;
}
