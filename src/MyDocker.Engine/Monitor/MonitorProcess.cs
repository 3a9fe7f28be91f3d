using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Processes.Signals;

namespace MyDocker.Engine.Monitor;

/// <summary>Starts the monitor of a container.</summary>
internal static class MonitorProcess
{
    /// <summary>Number that the monitor finds the socket of its first client under, or the terminal that it is to keep.</summary>
    public const int FirstDescriptor = 3;

    /// <summary>The monitor's only argument when it is to keep a terminal.</summary>
    public const string KeepTerminalWord = "keep-terminal";

    /// <summary>Of <see cref="PhaseClock.File"/>, where it is on.</summary>
    public const int TimingDescriptor = 4;

    /// <summary>Words after the three that are always there.</summary>
    public const string Adopting = "adopting";
    public const string Timed = "timed";

    /// <summary>Under which mydocker itself is the monitor: a link beside it.</summary>
    public const string Name = "mydocker-monitor";

    /// <summary>
    /// The monitor's file is executed through a read-only mount that nobody else has: whatever a container reaches as
    /// /proc/PID/exe can never be written to (CVE-2019-5736). It lives in a session of its own, so that the terminal's signals
    /// reach the command in front of it alone.
    /// </summary>
    /// <param name="client">of the command that starts it, which hands the container over later (<see cref="PendingMonitor"/>).</param>
    /// <param name="adopts">the container runs already; its monitor is gone.</param>
    /// <returns>Its process id.</returns>
    public static int Start(EngineRoots roots, string id, Fd client, bool adopts)
    {
        var arguments = new List<string> { roots.Data, roots.State, id };
        var descriptors = new List<FdMapping> { new(client.Number, FirstDescriptor) };
        if (adopts)
        {
            arguments.Add(Adopting);
        }

        if (PhaseClock.File is { } timing)
        {
            descriptors.Add(new FdMapping(timing.Number, TimingDescriptor));
            arguments.Add(Timed);
        }

        return Start(arguments, descriptors);
    }

    /// <summary>
    /// Somebody has left a command of exec that goes on: its terminal must not hang up, and what it writes must not stop it.
    /// </summary>
    public static void KeepTerminal(Fd master) => Start([KeepTerminalWord], [new(master.Number, FirstDescriptor)]);

    private static int Start(List<string> arguments, List<FdMapping> descriptors)
    {
        var path = PathOfMonitor();
        using var sealedFile = MountTree.Clone(path);
        var errno = MountTree.TrySetAttributes(sealedFile, new MountAttr { Set = MountAttributes.MOUNT_ATTR_RDONLY });
        if (errno != Errno.None)
        {
            throw new KernelException("make read-only", path, errno);
        }

        // Nothing of the caller's stays open in it: who reads the caller's output must see its end when the caller ends.
        using var nothing = Files.Open("/dev/null", OpenFlags.O_RDWR);
        return Spawn.Start(new SpawnRequest(sealedFile.ProcPath, [Name, .. arguments])
        {
            Descriptors = [new(nothing.Number, 0), new(nothing.Number, 1), new(nothing.Number, 2), .. descriptors],
            NewSession = true,
            BlockedSignals = SignalSet.Of(SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2),
        });
    }

    /// <summary>Beside our own executable.</summary>
    private static string PathOfMonitor()
    {
        var path = $"{Path.GetDirectoryName(Environment.ProcessPath)}/{Name}";
        return Files.Exists(path) ? path : throw new EngineException($"{path} is missing; mydocker and mydocker-monitor are installed side by side (make install)");
    }
}
