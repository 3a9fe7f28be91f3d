using System.Text.Json;
using MyDocker.Kernel.Resctrl;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Resctrl;

namespace MyDocker.Runtime.Containers;

/// <summary>Changes the limits of a container that runs, is paused, or waits for its start.</summary>
public static class ContainerUpdate
{
    /// <param name="resources">what to change; the rest stays.</param>
    public static void Update(ContainerRoot root, string id, LinuxResources resources)
    {
        using var directory = root.OpenLocked(id);
        var container = directory.Load();
        var status = ContainerStatus.Of(directory, container);
        if (status is RuntimeStatus.Stopped or RuntimeStatus.Creating)
        {
            throw new ContainerException($"cannot update container \"{id}\": container not running: it is {status}");
        }

        if (resources.Memory is { } memory)
        {
            if (memory.Kernel is not null || memory.KernelTCP is not null)
            {
                RuntimeLog.Warn("limits of kernel memory are ignored: kernels from 5.16 on have none");
            }

            // As runc has it: a limit below what is in use is tried, unless the caller wants to be asked.
            memory.CheckBeforeUpdate ??= false;
        }

        CgroupSetup.Update(ContainerPause.CgroupOf(container, "update"), resources, unit: ContainerStatus.UnitOf(container));
    }

    /// <summary>Changes shares of cache and memory bandwidth (resctrl), of a container that was created with some.</summary>
    public static void UpdateCaches(ContainerRoot root, string id, string? cache, string? bandwidth)
    {
        if (cache is null && bandwidth is null)
        {
            return;
        }

        if (ResctrlFileSystem.Find() is null)
        {
            throw new ContainerException(cache is not null
                ? "Intel RDT/CAT: l3 cache schema is not enabled: mount -t resctrl resctrl /sys/fs/resctrl, on a processor that has it"
                : "Intel RDT/MBA: memory bandwidth schema is not enabled: mount -t resctrl resctrl /sys/fs/resctrl, on a processor that has it");
        }

        using var directory = root.OpenLocked(id);
        var group = directory.Load().IntelRdtPath
            ?? throw new ContainerException("updating a non-existent Intel RDT configuration is not supported");
        foreach (var schema in ((string?[])[cache, bandwidth]).OfType<string>())
        {
            RdtGroup.Update(group, schema);
        }
    }

    /// <summary>Limits as JSON (runtime-spec, linux.resources).</summary>
    /// <param name="file">path, or "-" for standard input.</param>
    public static LinuxResources Read(string file)
        => Parse(file == "-" ? Bundle.ReadAll(Fd.Borrowed(0), "standard input") : Bundle.ReadFile(file), file == "-" ? "standard input" : file);

    private static LinuxResources Parse(byte[] text, string file)
    {
        try
        {
            return JsonSerializer.Deserialize(text, RuntimeJson.Default.LinuxResources) ?? throw new ContainerException($"{file} holds no limits");
        }
        catch (JsonException e)
        {
            throw new ContainerException($"{file} is no JSON of limits: {e.Message}");
        }
    }
}
