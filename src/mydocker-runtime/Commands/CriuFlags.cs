using MyDocker.Runtime.Checkpoint;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

/// <summary>The options of checkpoint and restore, which are handed on to CRIU.</summary>
internal static class CriuFlags
{
    private static readonly Flag s_imagePath = new("image-path", "DIR", "Where the image files are") { Default = "./checkpoint" };
    private static readonly Flag s_workPath = new("work-path", "DIR", "Where logs and temporary files go") { Default = "the directory of the image files" };
    private static readonly Flag s_parentPath = new("parent-path", "DIR", "Images of an earlier --pre-dump, relative to --image-path: write what has changed since");
    private static readonly Flag s_leaveRunning = new("leave-running", null, "Let the container go on");
    private static readonly Flag s_tcpEstablished = new("tcp-established", null, "Allow open TCP connections");
    private static readonly Flag s_tcpSkip = new("tcp-skip-in-flight", null, "Leave out TCP connections that are being made");
    private static readonly Flag s_linkRemap = new("link-remap", null, "Allow files without a name, by giving them one for the time being");
    private static readonly Flag s_unixSockets = new("ext-unix-sk", null, "Allow unix sockets that are connected to the outside");
    private static readonly Flag s_shellJob = new("shell-job", null, "Allow a session or terminal of the outside");
    private static readonly Flag s_lazyPages = new("lazy-pages", null, "Leave memory where it is until it is asked for (userfaultfd)");
    private static readonly Flag s_statusFd = new("status-fd", "N", "A descriptor that gets a zero byte once lazy pages can be asked for");
    private static readonly Flag s_pageServer = new("page-server", "ADDRESS:PORT", "A criu page-server that takes the memory");
    private static readonly Flag s_fileLocks = new("file-locks", null, "Allow file locks");
    private static readonly Flag s_preDump = new("pre-dump", null, "Write memory only, and let the container go on");
    private static readonly Flag s_cgroups = new("manage-cgroups-mode", "MODE", "What criu does with cgroups: soft, full, strict or ignore") { Default = "soft" };
    private static readonly Flag s_emptyNs = new("empty-ns", "NAMESPACE", "Make a namespace without what was in it: network, which it is in any case") { Repeats = true };
    private static readonly Flag s_autoDedup = new("auto-dedup", null, "Drop memory from the parent images as it is written anew");
    private static readonly Flag s_lsmProfile = new("lsm-profile", "TYPE:NAME", "Another security profile: apparmor:NAME or selinux:LABEL");
    private static readonly Flag s_lsmMountContext = new("lsm-mount-context", "CONTEXT", "Another SELinux context of mounts");

    public static IReadOnlyList<Flag> OfCheckpoint =>
    [
        s_imagePath, s_workPath, s_parentPath, s_leaveRunning, s_tcpEstablished, s_tcpSkip, s_linkRemap, s_unixSockets, s_shellJob,
        s_lazyPages, s_statusFd, s_pageServer, s_fileLocks, s_preDump, s_cgroups, s_emptyNs, s_autoDedup,
    ];

    public static IReadOnlyList<Flag> OfRestore =>
    [
        s_imagePath, s_workPath, s_tcpEstablished, s_unixSockets, s_shellJob, s_fileLocks, s_cgroups, s_emptyNs, s_autoDedup,
        s_lazyPages, s_lsmProfile, s_lsmMountContext,
    ];

    public static CriuOptions Options(Arguments arguments)
    {
        var images = Path.GetFullPath(arguments.Value(s_imagePath) is { Length: > 0 } path ? path : "checkpoint");
        foreach (var type in arguments.Values(s_emptyNs).Where(type => type != "network"))
        {
            throw new UsageException($"--empty-ns: namespace \"{type}\" is not supported: it is network");
        }

        return new CriuOptions
        {
            ImagePath = images,
            WorkPath = arguments.Value(s_workPath) is { Length: > 0 } work ? Path.GetFullPath(work) : null,
            ParentPath = Parent(arguments.Value(s_parentPath), images),
            LeaveRunning = arguments.Has(s_leaveRunning),
            TcpEstablished = arguments.Has(s_tcpEstablished),
            TcpSkipInFlight = arguments.Has(s_tcpSkip),
            LinkRemap = arguments.Has(s_linkRemap),
            ExternalUnixSockets = arguments.Has(s_unixSockets),
            ShellJob = arguments.Has(s_shellJob),
            FileLocks = arguments.Has(s_fileLocks),
            PreDump = arguments.Has(s_preDump),
            AutoDedup = arguments.Has(s_autoDedup),
            LazyPages = arguments.Has(s_lazyPages),
            StatusFd = arguments.Value(s_statusFd) is null or "-1" ? null : arguments.Number(s_statusFd),
            PageServer = Server(arguments.Value(s_pageServer)),
            CgroupMode = Mode(arguments.Value(s_cgroups)),
            LsmProfile = arguments.Value(s_lsmProfile) is { Length: > 0 } profile ? profile : null,
            LsmMountContext = arguments.Value(s_lsmMountContext) is { Length: > 0 } context ? context : null,
            ConfigFile = $"/etc/criu/{ProgramName.Current}.conf",
        };
    }

    private static string? Parent(string? path, string images)
    {
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        if (path.StartsWith('/'))
        {
            throw new UsageException("--parent-path must be relative to --image-path");
        }

        return Directory.Exists(Path.Combine(images, path)) ? path : throw new UsageException($"invalid --parent-path: {Path.Combine(images, path)} is no directory");
    }

    private static (string Address, int Port)? Server(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), out var port) && port > 0
            ? (text[..colon].Trim('[', ']'), port)
            : throw new UsageException($"--page-server: \"{text}\" is not ADDRESS:PORT");
    }

    private static CriuCgroupMode Mode(string? text) => text switch
    {
        null or "" => CriuCgroupMode.Default,
        "soft" => CriuCgroupMode.Soft,
        "full" => CriuCgroupMode.Full,
        "strict" => CriuCgroupMode.Strict,
        "ignore" => CriuCgroupMode.Ignore,
        _ => throw new UsageException($"invalid manage-cgroups-mode value \"{text}\": use soft, full, strict or ignore"),
    };
}
