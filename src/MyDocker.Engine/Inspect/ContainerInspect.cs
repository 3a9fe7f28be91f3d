using System.Globalization;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Logs;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Inspect;

/// <summary><c>inspect</c> of a container: what is known of it, in the shape of Docker's API (ContainerInspect, v1.4x).</summary>
public static class ContainerInspect
{
    /// <exception cref="EngineException">there is no such container, or its record is damaged.</exception>
    public static Document Run(EngineRoots roots, string container, bool size)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        var state = store.LoadState(record.Id);
        var directory = roots.ContainerDirectory(record.Id);
        var document = new Document
        {
            ["Id"] = record.Id,
            ["Created"] = Time(record.Created),
            ["Path"] = record.CommandLine.Count > 0 ? record.CommandLine[0] : "",
            ["Args"] = Json.Array(record.CommandLine.Skip(1)),
            ["State"] = State(record, state),
            ["Image"] = record.ImageId,
            ["ResolvConfPath"] = $"{directory}/resolv.conf",
            ["HostnamePath"] = $"{directory}/hostname",
            ["HostsPath"] = $"{directory}/hosts",
            ["LogPath"] = record.Options.Log.Driver == LogOptions.JsonFile ? LogFiles.Current(roots, record.Id) : "",
            ["Name"] = "/" + record.Name,
            ["RestartCount"] = state.RestartCount,
            ["Driver"] = record.Driver ?? StorageDriver.Overlay,
            ["Platform"] = "linux",
            ["MountLabel"] = "",
            ["ProcessLabel"] = "",
            ["AppArmorProfile"] = "",
            ["ExecIDs"] = null,
            ["HostConfig"] = HostConfigDocument.Of(record),
            ["GraphDriver"] = new Document
            {
                ["Data"] = record.IsCopy ? null : new Document
                {
                    ["LowerDir"] = string.Join(':', record.Layers.Select(layer => layer == "." ? record.LayersParent : $"{record.LayersParent}/{layer}")),
                    ["UpperDir"] = $"{directory}/upper",
                    ["WorkDir"] = $"{directory}/work",
                },
                ["Name"] = record.Driver ?? StorageDriver.Overlay,
            },
            ["Mounts"] = MountsOf(record),
            ["Config"] = ConfigDocument.Of(record),
            ["NetworkSettings"] = NetworkDocument.Of(record, state),
        };
        if (size)
        {
            document["SizeRw"] = DirectorySize.Of($"{directory}/upper");
            document["SizeRootFs"] = DirectorySize.Of($"{directory}/upper") + (record.IsCopy ? 0 : ImageTree.LayersOf(record).Sum(DirectorySize.Of));
        }

        return document;
    }

    internal static string Time(DateTimeOffset? time)
        => time is { } moment ? moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture) : "0001-01-01T00:00:00Z";

    private static Document State(ContainerRecord record, ContainerState state)
    {
        var status = ContainerStatusText.Of(record, state, new Lazy<CgroupLayout>(CgroupLayout.Detect));
        var runs = status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting;
        var document = new Document
        {
            ["Status"] = status,
            ["Running"] = runs,
            ["Paused"] = status == ContainerStatus.Paused,
            ["Restarting"] = status == ContainerStatus.Restarting,
            ["OOMKilled"] = state.OomKilled,
            ["Dead"] = false,
            ["Pid"] = runs ? state.Pid : 0,
            ["ExitCode"] = ExitCode(state, runs),
            ["Error"] = state.Reason ?? "",
            ["StartedAt"] = Time(state.Started),
            ["FinishedAt"] = Time(state.Finished),
        };

        // What docker does not have: whether the code is known, the signal, and whether somebody looks after it.
        document["Signal"] = state.Signal;
        document["ExitCodeKnown"] = runs || state.ExitCode is not null || status == ContainerStatus.Created;
        document["OOMPaused"] = status == ContainerStatus.Paused && state.OomPaused;
        document["MonitorPid"] = runs && state.Monitor.IsAlive ? state.MonitorPid : 0;
        if (state.Health is { } health)
        {
            document["Health"] = new Document
            {
                ["Status"] = health.Status,
                ["FailingStreak"] = health.FailingStreak,
                ["Log"] = Json.Array(health.Log.Select(probe => new Document
                {
                    ["Start"] = Time(probe.Start),
                    ["End"] = Time(probe.End),
                    ["ExitCode"] = probe.ExitCode,
                    ["Output"] = probe.Output,
                })),
            };
        }

        return document;
    }

    /// <summary>A code that nobody saw is not 0: docker's answer for a process that was lost is 255.</summary>
    private static int ExitCode(ContainerState state, bool runs)
        => runs ? 0 : state.ExitCode ?? (state.Status == ContainerStatus.Created ? 0 : 255);

    private static List<object?> MountsOf(ContainerRecord record)
    {
        var mounts = new List<object?>();
        foreach (var mount in record.Options.Mounts)
        {
            var document = new Document { ["Type"] = mount.Type };
            if (mount.Type == "volume")
            {
                document["Name"] = mount.Source;
                document["Source"] = mount.HostPath;
                document["Driver"] = "local";
            }
            else
            {
                document["Source"] = mount.Type == "tmpfs" ? "" : mount.Source;
            }

            document["Destination"] = mount.Destination;
            document["Mode"] = string.Join(',', mount.Options.Where(word => word is "ro" or "nocopy"));
            document["RW"] = !mount.Options.Contains("ro");
            document["Propagation"] = mount.Options.Find(word => word is "rprivate" or "private" or "rshared" or "shared" or "rslave" or "slave") ?? "";
            mounts.Add(document);
        }

        return mounts;
    }
}
