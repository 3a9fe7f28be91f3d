using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands.Run;

/// <summary>What the container sees of the host's files.</summary>
internal static class RunFiles
{
    private const string Area = "Files";

    private static readonly OptionSpec s_volume = new("volume", 'v', "[SOURCE:]TARGET[:ro]", Area, "Show a path of the host, or a volume, in the container") { Repeats = true };
    private static readonly OptionSpec s_volumesFrom = new("volumes-from", '\0', "CONTAINER[:ro]", Area, "The volumes and directories that another container has, too") { Repeats = true };
    private static readonly OptionSpec s_mount = new("mount", '\0', "type=TYPE,…", Area, "The same in words: type=bind,source=/srv,target=/srv,readonly") { Repeats = true };
    private static readonly OptionSpec s_tmpfs = new("tmpfs", '\0', "TARGET[:OPTIONS]", Area, "A file system in memory, such as /tmp:size=64m") { Repeats = true };
    private static readonly OptionSpec s_readOnly = new("read-only", '\0', null, Area, "Make the root file system read-only");
    private static readonly OptionSpec s_device = new("device", '\0', "HOST[:CONTAINER[:rwm]]", Area, "Give the container a device of the host") { Repeats = true };

    private static readonly OptionSpec s_deviceRule = new("device-cgroup-rule", '\0', "RULE", Area, "Allow devices by number, such as 'c 10:229 rwm'") { Repeats = true };

    public static OptionSpec[] Options => [s_volume, s_volumesFrom, s_mount, s_tmpfs, s_readOnly, s_device, s_deviceRule];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.Mounts.AddRange(line.All(s_volume, VolumeOption.Parse));
        options.Mounts.AddRange(line.All(s_mount, MountOptionParser.Parse));
        options.Mounts.AddRange(line.All(s_tmpfs, TmpfsOption.Parse));
        options.VolumesFrom = line.All(s_volumesFrom, (option, text)
            => text.Length > 0 && text[0] != ':' && (!text.Contains(':') || text.Split(':')[^1] is "ro" or "rw") ? text : throw new OptionException(option, text, "use CONTAINER, CONTAINER:ro or CONTAINER:rw"));
        options.ReadOnly = line.Has(s_readOnly);
        options.Devices = line.All(s_device, DeviceOptionParser.Parse);
        options.DeviceRules = line.Values(s_deviceRule).Length == 0 ? null : line.All(s_deviceRule, DeviceRuleOption.Parse);
    }
}
