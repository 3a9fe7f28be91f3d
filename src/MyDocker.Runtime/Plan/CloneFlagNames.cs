using static MyDocker.Kernel.Processes.CloneFlags;

namespace MyDocker.Runtime.Plan;

internal static class CloneFlagNames
{
    private static readonly (ulong Flag, string Name)[] s_names =
    [
        (CLONE_NEWUSER, "user"), (CLONE_NEWNS, "mount"), (CLONE_NEWPID, "pid"), (CLONE_NEWUTS, "uts"), (CLONE_NEWIPC, "ipc"),
        (CLONE_NEWNET, "network"), (CLONE_NEWCGROUP, "cgroup"), (CLONE_NEWTIME, "time"),
    ];

    /// <summary>"with new user, mount, pid namespaces"</summary>
    public static string Describe(ulong flags)
    {
        if (flags == 0)
        {
            return "without new namespaces";
        }

        var names = s_names.Where(pair => (flags & pair.Flag) != 0).Select(pair => pair.Name);
        return $"with new {string.Join(", ", names)} namespaces";
    }
}
