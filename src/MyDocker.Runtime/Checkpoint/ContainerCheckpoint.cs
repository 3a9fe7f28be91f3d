using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>
/// Writes the processes of a running container into image files with CRIU. Afterwards they are gone, and the container is deleted,
/// unless it is to go on.
/// </summary>
public static class ContainerCheckpoint
{
    internal const string ConfigAnnotation = "org.criu.config";

    private const string LogFile = "dump.log";
    private const int Mode = 0x1C0; // 0700

    public static void Checkpoint(ContainerRoot root, string id, CriuOptions options)
    {
        using var directory = root.OpenLocked(id);
        var container = directory.Load();
        var status = ContainerStatus.Of(directory, container);
        if (status is not (RuntimeStatus.Running or RuntimeStatus.Paused))
        {
            throw new ContainerException($"container \"{id}\" cannot be checkpointed in {status} state");
        }

        CheckStatusFd(options);
        CriuChecks.Version(options);
        CriuChecks.Features(options);
        var bundle = directory.LoadBundle(container);
        bundle = container.NotifySocket is { } socket ? NotifyProxy.AddTo(bundle, directory, socket) : bundle;
        Dump(container, bundle, options);
        if (!options.LeaveRunning && !options.PreDump)
        {
            ContainerDeletion.Delete(directory, container, force: true, bundle.Spec);
            directory.Remove();
        }
    }

    /// <summary>CRIU reads a file of settings: that of the annotation, none if it is empty; otherwise the runtime's own, or runc's.</summary>
    internal static string? ConfigFile(RuntimeSpec spec, CriuOptions options)
    {
        if (spec.Annotations?.TryGetValue(ConfigAnnotation, out var file) == true)
        {
            return file.Length == 0 ? null : file;
        }

        return options.ConfigFile is { } own && Files.TryStat(own, out _) == Errno.None ? own : "/etc/criu/runc.conf";
    }

    /// <summary>A directory that is made if it is not there, and its descriptor.</summary>
    internal static Fd OpenDirectory(string path)
    {
        var errno = Files.TryMakeDirectory(path, Mode);
        return errno is Errno.None or Errno.EEXIST ? Files.Open(path, O_RDONLY | O_DIRECTORY) : throw new KernelException("create directory", path, errno);
    }

    private static void Dump(SavedContainer container, Bundle bundle, CriuOptions options)
    {
        var cgroup = ContainerStatus.CgroupOf(container);
        using var images = OpenDirectory(options.ImagePath);
        using var work = options.WorkPath is { } path ? OpenDirectory(path) : null;
        var request = new CriuRequestOptions
        {
            ImagesFd = images.Number,
            WorkFd = work?.Number,
            LogFile = LogFile,
            Root = container.Rootfs,
            Pid = container.InitProcessPid,
            FreezeCgroup = cgroup?.DirectoryOf(Controllers.Freezer),
            ConfigFile = ConfigFile(bundle.Spec, options),
            User = options,
        };
        OutsideNamespaces.AddExternal(request, bundle.Spec);
        if (!options.PreDump)
        {
            AddMounts(request, container, bundle, cgroup);
            StreamDescriptors.Save(options.ImagePath, container.InitProcessPid, Processes(container, cgroup));
        }

        try
        {
            using var worker = CriuWorker.Start();
            worker.Run(CriuRequest.Of(options.PreDump ? CriuRequestType.PreDump : CriuRequestType.Dump, request), (notification, _) =>
            {
                if (notification.Script == "status-ready" && options.StatusFd is { } status)
                {
                    TellReady(status);
                }
            });
        }
        catch (ContainerException e)
        {
            throw CriuLog.Explain(e, options.WorkPath ?? options.ImagePath, LogFile);
        }
    }

    private static void AddMounts(CriuRequestOptions request, SavedContainer container, Bundle bundle, Cgroup? cgroup)
    {
        using (var rootfs = Files.Open(container.Rootfs, O_PATH | O_DIRECTORY))
        {
            request.Mounts.AddRange(OutsideMounts.Of(bundle.Spec, rootfs, cgroup, bundle.Directory).Select(mount => (mount.Key, mount.Key)));
        }

        using var inside = Files.Open($"/proc/{container.InitProcessPid}/root", O_PATH | O_DIRECTORY);
        request.Mounts.AddRange(OutsideMounts.Masked(bundle.Spec, inside));
    }

    private static IReadOnlyCollection<int> Processes(SavedContainer container, Cgroup? cgroup)
        => cgroup?.Processes() is { Count: > 0 } all ? all : [container.InitProcessPid];

    private static void CheckStatusFd(CriuOptions options)
    {
        const int F_GETFL = 3, O_ACCMODE = 3;
        if (options.StatusFd is not { } number)
        {
            return;
        }

        var flags = Syscall.Invoke(Nr.fcntl, number, F_GETFL);
        if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        {
            throw new ContainerException($"invalid --status-fd argument {number}: {(flags < 0 ? Syscall.ErrnoOf(flags).Describe() : "not writable")}");
        }
    }

    private static void TellReady(int status)
    {
        var errno = Files.TryWrite(Fd.Borrowed(status), [0]);
        if (errno != Errno.None)
        {
            RuntimeLog.Warn($"write to --status-fd {status}: {errno.Describe()}");
        }

        Syscall.Invoke(Nr.close, status); // who waits at the other end sees that nothing more comes
    }
}
