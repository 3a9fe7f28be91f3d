using MyDocker.Engine.Options;

namespace MyDocker.Engine.Spec;

/// <summary>The least memory limit with which a container starts.</summary>
public static class MemoryMinimum
{
    /// <summary>Bytes.</summary>
    public const long Bytes = 128 * 1024;

    public static void Check(RunOptions options)
    {
        if (options.Memory is { } memory && memory < Bytes)
        {
            throw new OptionException("-m, --memory", $"{memory}", $"below what a container needs to start; the least that works is {Bytes / 1024}k");
        }
    }
}
