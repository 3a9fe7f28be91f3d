namespace MyDocker.Kernel.Scheduling;

/// <summary>ioprio_set(2), linux/ioprio.h.</summary>
public static class IoPriority
{
    public const int IOPRIO_WHO_PROCESS = 1;
    public const int HighestLevel = 7;

    private const int IOPRIO_CLASS_SHIFT = 13;

    /// <summary>Number of a class; 0 for an unknown one.</summary>
    public static int ClassOf(string? name) => name switch
    {
        "IOPRIO_CLASS_RT" => 1,
        "IOPRIO_CLASS_BE" => 2,
        "IOPRIO_CLASS_IDLE" => 3,
        _ => 0,
    };

    public static int Value(int ioClass, int level) => (ioClass << IOPRIO_CLASS_SHIFT) | level;
}
