using System.Runtime.InteropServices;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// process.terminal, process.consoleSize: a terminal of the container's own devpts. Its slave end is taken from the master
/// (TIOCGPTPEER, 4.13), never opened by a name that somebody could swap (CVE-2025-52565).
/// </summary>
internal static unsafe class TerminalSteps
{
    private const int TIOCSPTLCK = 0x40045431;
    private const int TIOCGPTPEER = 0x5441;
    private const int TIOCSWINSZ = 0x5414;

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }

    /// <summary>The container's own terminal, which becomes its /dev/console.</summary>
    public static void Add(LaunchPlan plan, ProcessContext context)
    {
        if (context.Stdio is not ProcessStdio.Terminal terminal)
        {
            return;
        }

        var devpts = plan.TerminalMount ?? (plan.Places.IsCovered("/dev/pts") ? OpenDirectory(plan) : throw new SpecException("process.terminal", "needs a devpts mount on /dev/pts"));
        AddPair(plan, context, terminal, devpts, isConsole: true);
    }

    /// <summary>A terminal of a running container for one more process.</summary>
    public static void AddInside(LaunchPlan plan, ProcessContext context)
    {
        if (context.Stdio is ProcessStdio.Terminal terminal)
        {
            AddPair(plan, context, terminal, OpenDirectory(plan), isConsole: false);
        }
    }

    private static Cell OpenDirectory(LaunchPlan plan)
    {
        plan.Builder.OpenInRoot("/dev/pts", O_PATH | O_DIRECTORY, out var devpts, "open directory of terminals", MountPlaces.NoLinks);
        return devpts;
    }

    private static void AddPair(LaunchPlan plan, ProcessContext context, ProcessStdio.Terminal terminal, Cell devpts, bool isConsole)
    {
        var child = plan.Child;
        var message = new DescriptorMessage(child);
        var master = message.Descriptor;
        var slave = child.NewCell();
        var how = child.Arena.Copy(new OpenHow { Flags = (ulong)(O_RDWR | O_NOCTTY | O_CLOEXEC), Resolve = OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS | OpenHow.RESOLVE_NO_XDEV });
        child.Add("open terminal", "/dev/pts/ptmx", Nr.openat2, devpts, child.Text("ptmx"), Arg.Address(how), sizeof(OpenHow)).Into(master);
        child.Add("unlock", "the terminal", Nr.ioctl, master, TIOCSPTLCK, Arg.Address(child.Arena.Copy(0)));
        child.Add("open", "the terminal's other end", Nr.ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC).Into(slave);
        if (terminal.Rows > 0)
        {
            child.Add("set size of", "the terminal", Nr.ioctl, slave, TIOCSWINSZ, Arg.Address(child.Arena.Copy(new WindowSize { Rows = terminal.Rows, Columns = terminal.Columns })));
        }

        var uid = context.Process.User.Uid;
        child.Add("give to the user", "the terminal", Nr.fchown, slave, (long)uid, -1);

        if (isConsole)
        {
            var console = plan.Places.File("/dev/console");
            var tree = plan.Builder.CloneMount(slave, recursive: false, "/dev/console");
            plan.Builder.Attach(tree, console, "the terminal", "/dev/console");
        }

        message.AddSend(plan, "t", "the terminal");
        plan.SendsTerminal = true;
        plan.TerminalSlave = slave;
    }
}
