using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

/// <summary>The options that create and run have in common.</summary>
internal static class BundleFlags
{
    private static readonly Flag s_bundle = new("bundle", "DIR", "The bundle's directory") { Letter = 'b', Default = "the working directory" };
    private static readonly Flag s_config = new("config", "FILE", "Another file than the bundle's config.json") { Letter = 'f' };
    private static readonly Flag s_consoleSocket = new("console-socket", "SOCKET", "A unix socket that takes the master end of the terminal");
    private static readonly Flag s_pidFile = new("pid-file", "FILE", "Write the number of the container's process to FILE");
    private static readonly Flag s_pidFdSocket = new("pidfd-socket", "SOCKET", "A unix socket that takes a pidfd of the container's process");
    private static readonly Flag s_noPivot = new("no-pivot", null, "Do not use pivot_root, for root file systems on a ramdisk");
    private static readonly Flag s_noNewKeyring = new("no-new-keyring", null, "Keep the caller's session keyring");
    private static readonly Flag s_preserve = new("preserve-fds", "N", "Keep N more descriptors, from 3 on") { Default = "0" };

    public static IReadOnlyList<Flag> All => [s_bundle, s_config, s_consoleSocket, s_pidFile, s_pidFdSocket, s_noPivot, s_noNewKeyring, s_preserve];

    /// <summary>Those of restore: the rest is in the images, or CRIU's own affair (--no-pivot).</summary>
    public static IReadOnlyList<Flag> OfRestore => [s_bundle, s_config, s_consoleSocket, s_pidFile, s_noPivot];

    public static CreateOptions Options(Invocation invocation)
    {
        var arguments = invocation.Arguments;
        return new CreateOptions
        {
            Id = invocation.Id,
            Bundle = arguments.Value(s_bundle) is { Length: > 0 } bundle ? bundle : ".",
            Config = arguments.Value(s_config) ?? "config.json",
            ConsoleSocket = Path(arguments, s_consoleSocket),
            PidFile = Path(arguments, s_pidFile),
            PidFdSocket = Path(arguments, s_pidFdSocket),
            NoPivot = arguments.Has(s_noPivot),
            NoNewKeyring = arguments.Has(s_noNewKeyring),
            PreservedDescriptors = arguments.Number(s_preserve),
            CgroupManager = invocation.Global.CgroupManager,
            Rootless = invocation.Global.Rootless,
        };
    }

    /// <summary>Absolute: the runtime enters the bundle before it uses it.</summary>
    private static string? Path(Arguments arguments, Flag flag)
        => arguments.Value(flag) is { Length: > 0 } path ? System.IO.Path.GetFullPath(path) : null;
}
