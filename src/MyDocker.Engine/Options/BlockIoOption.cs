using System.Globalization;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Options;

/// <summary>A rate or weight of one block device. Bytes or operations a second; weights 10 to 1000.</summary>
public sealed record BlockDeviceLimit(string Path, ulong Value);

/// <summary>--blkio-*, --device-read-bps and their like.</summary>
public sealed record BlockIoOptions
{
    /// <summary>10 to 1000; null: the kernel's default.</summary>
    public ushort? Weight { get; set; }
    public List<BlockDeviceLimit>? WeightDevice { get; set; }
    public List<BlockDeviceLimit>? ReadBps { get; set; }
    public List<BlockDeviceLimit>? WriteBps { get; set; }
    public List<BlockDeviceLimit>? ReadIops { get; set; }
    public List<BlockDeviceLimit>? WriteIops { get; set; }
}

public static class BlockIoOption
{
    private const ushort LeastWeight = 10, MostWeight = 1000;

    /// <summary>--blkio-weight: 10 to 1000, or 0 for the kernel's default (null).</summary>
    public static ushort? ParseWeight(string option, string text) => text == "0" ? null : Weight(option, text, text);

    /// <summary>DEVICE:WEIGHT.</summary>
    public static BlockDeviceLimit ParseDeviceWeight(string option, string text)
    {
        var (path, value) = Split(option, text, "/dev/sda:500");
        return new BlockDeviceLimit(path, Weight(option, text, value));
    }

    /// <summary>DEVICE:RATE, a size for each second.</summary>
    public static BlockDeviceLimit ParseBytes(string option, string text)
    {
        var (path, value) = Split(option, text, "/dev/sda:1mb");
        return new BlockDeviceLimit(path, (ulong)SizeOption.Parse(option, value));
    }

    /// <summary>DEVICE:RATE, operations for each second.</summary>
    public static BlockDeviceLimit ParseOperations(string option, string text)
    {
        var (path, value) = Split(option, text, "/dev/sda:1000");
        return ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) && rate > 0
            ? new BlockDeviceLimit(path, rate)
            : throw new OptionException(option, text, $"\"{value}\" is not a number of operations a second");
    }

    /// <summary>The numbers of a device of the host.</summary>
    internal static (long Major, long Minor) NumbersOf(string path)
        => Files.TryStat(path, out var stat) is var errno && errno != Errno.None ? throw new EngineException($"device {path}: {errno.Describe()}")
            : (stat.Mode & Stat.S_IFMT) != Stat.S_IFBLK ? throw new EngineException($"device {path}: it is not a block device")
            : (stat.DeviceNodeMajor, stat.DeviceNodeMinor);

    private static ushort Weight(string option, string text, string value)
        => ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && weight is >= LeastWeight and <= MostWeight
            ? weight
            : throw new OptionException(option, text, $"a weight is a number from {LeastWeight} to {MostWeight}");

    private static (string Path, string Value) Split(string option, string text, string example)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && text.StartsWith("/dev/", StringComparison.Ordinal) ? (text[..colon], text[(colon + 1)..])
            : throw new OptionException(option, text, $"use DEVICE:VALUE, such as {example}");
    }
}
