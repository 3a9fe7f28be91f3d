using System.Text.Json;
using MyDocker.Oci.Json;

namespace MyDocker.Runtime.Containers;

/// <summary>The text of <see cref="SavedContainer"/>, which every command reads or writes.</summary>
internal static class SavedContainerText
{
    /// <exception cref="JsonException">it is none.</exception>
    public static SavedContainer Read(byte[] text)
        => JsonCursor.TryRead(text, Record) ?? JsonSerializer.Deserialize(text, SavedContainerJson.Default.SavedContainer) ?? throw new JsonException("it is null");

    public static byte[] Write(SavedContainer container) => new JsonText().Open()
        .Field("id", container.Id)
        .Field("init_process_pid", container.InitProcessPid)
        .Field("init_process_start", container.InitProcessStart)
        .Field("created", container.Created)
        .Field("bundle", container.Bundle)
        .Field("rootfs", container.Rootfs)
        .Field("owner", container.Owner)
        .Field("cgroup_path", container.CgroupPath)
        .Field("systemd_unit", container.SystemdUnit)
        .Field("cgroup_paths", container.CgroupPaths)
        .Field("intel_rdt_path", container.IntelRdtPath)
        .Field("intel_rdt_mon_path", container.IntelRdtMonPath)
        .Field("owns_intel_rdt", container.OwnsIntelRdt)
        .Field("shares_pids", container.SharesPids)
        .Field("keeps_keyring", container.KeepsKeyring)
        .Field("notify_socket", container.NotifySocket)
        .Close().ToArray();

    private static SavedContainer? Record(ref JsonCursor json) => json.Record(new SavedContainer(), static (container, name, ref json) =>
    {
        switch (name)
        {
            case "id": container.Id = json.Text(); break;
            case "init_process_pid": container.InitProcessPid = json.Int(); break;
            case "init_process_start": container.InitProcessStart = json.ULong(); break;
            case "created": container.Created = json.Text(); break;
            case "bundle": container.Bundle = json.Text(); break;
            case "rootfs": container.Rootfs = json.Text(); break;
            case "owner": container.Owner = json.UInt(); break;
            case "cgroup_path": container.CgroupPath = json.TextOrNull(); break;
            case "systemd_unit": container.SystemdUnit = json.TextOrNull(); break;
            case "cgroup_paths": container.CgroupPaths = json.TextMap(); break;
            case "intel_rdt_path": container.IntelRdtPath = json.TextOrNull(); break;
            case "intel_rdt_mon_path": container.IntelRdtMonPath = json.TextOrNull(); break;
            case "owns_intel_rdt": container.OwnsIntelRdt = json.Bool(); break;
            case "shares_pids": container.SharesPids = json.Bool(); break;
            case "notify_socket": container.NotifySocket = json.TextOrNull(); break;
            case "keeps_keyring": container.KeepsKeyring = json.Bool(); break;
            default: json.Unknown(); break;
        }
    });
}
