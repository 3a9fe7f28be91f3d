using MyDocker.Engine.Options;

namespace MyDocker.Engine.Spec;

/// <summary>The least memory limit with which a container starts.</summary>
public static class MemoryMinimum
{
    /// <summary>Bytes. Measured with a static /bin/true on cgroup v1: 224 KiB starts, 192 KiB does not.</summary>
    public const long Bytes = 256 * 1024;

    public static void Check(RunOptions options)
    {
        if (options.Memory is { } memory && memory < Bytes)
        {
            throw new OptionException("-m, --memory", $"{memory}", $"below what a container needs to start; the least that works is {Bytes / 1024}k");
        }
    }
}
