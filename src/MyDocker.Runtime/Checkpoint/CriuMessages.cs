using System.Globalization;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>enum criu_req_type of CRIU's images/rpc.proto.</summary>
internal enum CriuRequestType
{
    Empty = 0,
    Dump = 1,
    Restore = 2,
    PreDump = 4,
    Notify = 6,
    FeatureCheck = 9,
    Version = 10,
}

/// <summary>Messages to CRIU (rpc.proto, criu_req). The numbers are those of the fields there.</summary>
internal static class CriuRequest
{
    public static ProtobufWriter Of(CriuRequestType type, CriuRequestOptions? options = null)
        => new ProtobufWriter().Number(1, (int)type).Message(2, options?.ToMessage());

    /// <summary>A notification was taken; false: what it asks for has failed, and CRIU gives up.</summary>
    public static ProtobufWriter Answer(bool success) => new ProtobufWriter().Number(1, (int)CriuRequestType.Notify).Flag(3, success);

    /// <summary>Asks whether kernel and CRIU can track memory (pre-dump) and serve pages later.</summary>
    public static ProtobufWriter FeatureCheck()
        => new ProtobufWriter().Number(1, (int)CriuRequestType.FeatureCheck).Message(5, new ProtobufWriter().Flag(1, true).Flag(2, true));
}

/// <summary>criu_opts. Descriptors are numbers of this process, but for those of <see cref="Inherited"/>, which are CRIU's.</summary>
internal sealed record CriuRequestOptions
{
    private const int CLONE_NEWNET = 0x40000000;
    private const int LogDebug = 4;

    public int ImagesFd { get; set; } = -1;
    public required string LogFile { get; init; }
    public required string Root { get; init; }
    public int? WorkFd { get; set; }

    /// <summary>The process to dump, with all below it.</summary>
    public int? Pid { get; init; }
    public string? FreezeCgroup { get; init; }
    public string? ConfigFile { get; init; }

    /// <summary>Restored processes become children of this process, beside CRIU.</summary>
    public bool IsRestore { get; init; }

    /// <summary>Mounts from outside the container: what stands for them in the images, or at restoring what they are.</summary>
    public List<(string Key, string Value)> Mounts { get; } = [];

    /// <summary>Other things from outside, as --external takes them.</summary>
    public List<string> External { get; } = [];

    /// <summary>What stands for something external in the images, and CRIU's descriptor of it.</summary>
    public List<(string Key, int Fd)> Inherited { get; } = [];

    /// <summary>Namespaces that restored processes join: type and path.</summary>
    public List<(string Type, string Path)> Joined { get; } = [];

    /// <summary>The cgroup of each controller below which restored processes are put.</summary>
    public List<(string Controller, string Path)> CgroupRoots { get; } = [];

    public required CriuOptions User { get; init; }

    public ProtobufWriter ToMessage()
    {
        var message = new ProtobufWriter()
            .Number(1, ImagesFd)
            .Number(2, Pid)
            .Flag(3, User.LeaveRunning)
            .Flag(4, User.ExternalUnixSockets)
            .Flag(5, User.TcpEstablished)
            .Flag(7, User.ShellJob)
            .Flag(8, User.FileLocks)
            .Number(9, LogDebug)
            .Text(10, LogFile)
            .Flag(12, true) // notify_scripts
            .Text(13, Root)
            .Text(14, User.ParentPath)
            .Flag(16, User.AutoDedup)
            .Number(17, WorkFd)
            .Flag(18, User.LinkRemap)
            .Flag(24, true) // manage_cgroups, for versions that do not know field 34
            .Number(34, (int)User.CgroupMode)
            .Number(38, CLONE_NEWNET) // empty_ns: interfaces are the engine's
            .Text(44, FreezeCgroup)
            .Flag(46, User.TcpSkipInFlight)
            .Flag(48, User.LazyPages)
            .Flag(50, true) // orphan_pts_master
            .Text(51, ConfigFile)
            .Text(53, User.LsmProfile)
            .Text(63, User.LsmMountContext);
        if (User.ParentPath is not null)
        {
            message.Flag(15, true); // track_mem
        }

        if (User.PageServer is { } server)
        {
            message.Message(11, new ProtobufWriter().Text(1, server.Address).Number(2, server.Port));
        }

        if (IsRestore)
        {
            message.Flag(6, true).Flag(26, true); // evasive_devices, rst_sibling
        }

        Mounts.ForEach(mount => message.Message(23, new ProtobufWriter().Text(1, mount.Key).Text(2, mount.Value)));
        CgroupRoots.ForEach(root => message.Message(25, new ProtobufWriter().Text(1, root.Controller).Text(2, root.Path)));
        Inherited.ForEach(one => message.Message(27, new ProtobufWriter().Text(1, one.Key).Number(2, one.Fd)));
        External.ForEach(text => message.Text(37, text));
        Joined.ForEach(one => message.Message(39, new ProtobufWriter().Text(1, one.Type).Text(2, one.Path)));
        return message;
    }
}

/// <summary>What CRIU answers (criu_resp).</summary>
internal sealed record CriuResponse
{
    public CriuRequestType Type { get; private set; }
    public bool Success { get; private set; }

    /// <summary>An errno, where it has one.</summary>
    public int Errno { get; private set; }
    public string? Message { get; private set; }

    /// <summary>The restored init.</summary>
    public int Pid { get; private set; }

    /// <summary>Of a notification: what happens now, and the pid that goes with it.</summary>
    public string Script { get; private set; } = "";
    public int ScriptPid { get; private set; }

    /// <summary>3.17.1 is 31701.</summary>
    public int Version { get; private set; }

    public bool? TracksMemory { get; private set; }
    public bool? ServesPages { get; private set; }

    public static string Describe(int version) => string.Create(CultureInfo.InvariantCulture, $"{version / 10000}.{version / 100 % 100}.{version % 100}");

    public static CriuResponse Read(ReadOnlySpan<byte> bytes)
    {
        var response = new CriuResponse();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: response.Type = (CriuRequestType)reader.Number; break;
                case 2: response.Success = reader.Flag; break;
                case 4: response.ReadPart(reader.Block, static (response, part) => response.Pid = part.Field == 1 ? part.Number : response.Pid); break;
                case 5: response.ReadPart(reader.Block, static (response, part) => response.TakeNotification(part)); break;
                case 7: response.Errno = reader.Number; break;
                case 8: response.ReadPart(reader.Block, static (response, part) => response.TakeFeature(part)); break;
                case 9: response.Message = reader.Text; break;
                case 10: response.ReadPart(reader.Block, static (response, part) => response.Version += part.Number * Weight(part.Field)); break;
            }
        }

        return response;
    }

    private delegate void Take(CriuResponse response, ProtobufReader part);

    private void ReadPart(ReadOnlySpan<byte> block, Take take)
    {
        var part = new ProtobufReader(block);
        while (part.Next())
        {
            take(this, part);
        }
    }

    private void TakeNotification(ProtobufReader part)
    {
        switch (part.Field)
        {
            case 1: Script = part.Text; break;
            case 2: ScriptPid = part.Number; break;
        }
    }

    private void TakeFeature(ProtobufReader part)
    {
        switch (part.Field)
        {
            case 1: TracksMemory = part.Flag; break;
            case 2: ServesPages = part.Flag; break;
        }
    }

    /// <summary>criu_version: major, minor, gitid, sublevel.</summary>
    private static int Weight(int field) => field switch { 1 => 10000, 2 => 100, 4 => 1, _ => 0 };
}
