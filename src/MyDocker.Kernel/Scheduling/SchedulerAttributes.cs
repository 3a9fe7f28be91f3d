using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Scheduling;

/// <summary>struct sched_attr of sched_setattr(2), with the utilization clamps (5.3); times in nanoseconds.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SchedulerAttributes
{
    public const uint Length = 56;

    public uint Size;
    public uint Policy;
    public ulong Flags;
    public int Nice;
    public uint Priority;
    public ulong Runtime;
    public ulong Deadline;
    public ulong Period;
    public uint UtilizationMin;
    public uint UtilizationMax;
}

/// <summary>Policies and flags of sched_setattr(2) by their names, linux/sched.h.</summary>
public static class SchedulerNames
{
    public const uint SCHED_OTHER = 0;
    public const uint SCHED_FIFO = 1;
    public const uint SCHED_RR = 2;
    public const uint SCHED_BATCH = 3;
    public const uint SCHED_IDLE = 5;
    public const uint SCHED_DEADLINE = 6;

    /// <summary>Number of a policy; null for an unknown one. SCHED_ISO is reserved by the kernel, which refuses it (EINVAL).</summary>
    public static uint? PolicyOf(string? name) => name switch
    {
        "SCHED_OTHER" => SCHED_OTHER,
        "SCHED_FIFO" => SCHED_FIFO,
        "SCHED_RR" => SCHED_RR,
        "SCHED_BATCH" => SCHED_BATCH,
        "SCHED_ISO" => 4,
        "SCHED_IDLE" => SCHED_IDLE,
        "SCHED_DEADLINE" => SCHED_DEADLINE,
        _ => null,
    };

    /// <summary>Bit of a flag; 0 for an unknown one.</summary>
    public static ulong FlagOf(string? name) => name switch
    {
        "SCHED_FLAG_RESET_ON_FORK" => 0x01,
        "SCHED_FLAG_RECLAIM" => 0x02,
        "SCHED_FLAG_DL_OVERRUN" => 0x04,
        "SCHED_FLAG_KEEP_POLICY" => 0x08,
        "SCHED_FLAG_KEEP_PARAMS" => 0x10,
        "SCHED_FLAG_UTIL_CLAMP_MIN" => 0x20,
        "SCHED_FLAG_UTIL_CLAMP_MAX" => 0x40,
        _ => 0,
    };
}
