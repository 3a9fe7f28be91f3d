namespace MyDocker.Kernel.Scheduling;

/// <summary>Modes and flags of set_mempolicy(2) by their names, linux/mempolicy.h.</summary>
public static class MemoryPolicy
{
    public const int MPOL_DEFAULT = 0;
    public const int MPOL_PREFERRED = 1;
    public const int MPOL_LOCAL = 4;

    public static IReadOnlyList<string> Modes { get; } =
        ["MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE"];

    public static IReadOnlyList<string> Flags { get; } = ["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"];

    /// <summary>Number of a mode; -1 for an unknown one.</summary>
    public static int ModeOf(string? name)
    {
        for (var i = 0; i < Modes.Count; i++)
        {
            if (Modes[i] == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Bit of a flag, to be combined with the mode; 0 for an unknown one.</summary>
    public static int FlagOf(string? name) => name switch
    {
        "MPOL_F_NUMA_BALANCING" => 1 << 13,
        "MPOL_F_RELATIVE_NODES" => 1 << 14,
        "MPOL_F_STATIC_NODES" => 1 << 15,
        _ => 0,
    };
}
