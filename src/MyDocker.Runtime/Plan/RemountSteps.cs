using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>The option "remount": attributes of a mount that is there already, and options of its file system.</summary>
internal static unsafe class RemountSteps
{
    public static void Add(MountEntry entry)
    {
        var (plan, options, path) = (entry.Plan, entry.Options, entry.Destination);
        plan.Builder.OpenInRoot(path, O_PATH, out var mount, "open mount");
        if (options.Data.Count + options.FileSystemWords.Count > 0 && options.IsBind)
        {
            RuntimeLog.Warn($"{entry.Path}.options: ignoring \"{string.Join(',', options.Data.Concat(options.FileSystemWords))}\", as mount(2) does: a bind mount has no file system of its own");
        }
        else if (options.Data.Count + options.FileSystemWords.Count > 0)
        {
            var context = plan.Child.NewCell();
            plan.Child.Add("remount (fspick)", path, Nr.fspick, mount, plan.Builder.Empty, FSPICK_CLOEXEC | FSPICK_EMPTY_PATH).Into(context);
            plan.Builder.Configure(context, [.. options.FileSystemWords, .. options.Data], path);
            plan.Child.Add("remount", path, Nr.fsconfig, context, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
        }

        foreach (var change in BindAttributes.Of(entry, isNew: false))
        {
            plan.Builder.SetAttributes(mount, change.Attributes, change.Recursive, "change attributes of", path);
        }
    }
}
