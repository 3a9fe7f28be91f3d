using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// process.apparmorProfile, process.selinuxLabel: what a security module gives to the command at its execve(2). Only the process
/// itself may write that, so the child does, through the host's procfs: the container's own may be hidden or forged.
/// </summary>
internal static unsafe class LabelSteps
{
    public static void Add(LaunchPlan plan, ProcessContext context)
    {
        var profile = context.Process.ApparmorProfile;
        var label = context.Process.SelinuxLabel;
        if (string.IsNullOrEmpty(profile) && string.IsNullOrEmpty(label))
        {
            return;
        }

        var proc = plan.Inherit("open", "the host's /proc", ProcFs.OpenRoot);
        if (!string.IsNullOrEmpty(profile))
        {
            // Since 5.1 each module has a directory of its own; before, and where AppArmor is the only one, attr/exec is its.
            AddWrite(plan, proc, $"exec {profile}", "AppArmor profile", profile, "thread-self/attr/apparmor/exec", "thread-self/attr/exec");
        }

        if (!string.IsNullOrEmpty(label))
        {
            AddWrite(plan, proc, label, "SELinux label", label, "thread-self/attr/exec");
        }
    }

    private static void AddWrite(LaunchPlan plan, Cell proc, string text, string what, string name, params ReadOnlySpan<string> paths)
    {
        var child = plan.Child;
        var file = child.NewCell();
        var how = child.Arena.Copy(new OpenHow { Flags = (ulong)(uint)(O_WRONLY | O_CLOEXEC), Resolve = OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_MAGICLINKS | OpenHow.RESOLVE_NO_XDEV });
        var opened = new List<SyscallProgram.Step>();
        foreach (var path in paths)
        {
            opened.Add(child.Add("open", $"/proc/{path}", Nr.openat2, proc, child.Text(path), Arg.Address(how), sizeof(OpenHow)).Into(file));
        }

        for (var i = 0; i < opened.Count - 1; i++)
        {
            opened[i].Tolerate(Errno.ENOENT);
            opened[i].SkipsTo(child.Count);
        }

        plan.Builder.Write(file, text, $"set {what}", name);
    }
}
