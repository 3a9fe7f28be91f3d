using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Commands;

/// <summary>A program of the host, run to its end, with what it wrote.</summary>
internal static unsafe class HostCommand
{
    public static (int ExitCode, string Output) Run(string name, IReadOnlyList<string> arguments)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':').Select(directory => $"{directory}/{name}").FirstOrDefault(candidate => Files.Exists(candidate))
            ?? throw new EngineException($"{name} is not installed on this host", exitCode: 1);
        var (ours, theirs) = Descriptors.Pipe();
        using var nothing = Files.Open("/dev/null", OpenFlags.O_RDWR);
        int pid;
        using (theirs)
        {
            pid = Spawn.Start(new SpawnRequest(path, [name, .. arguments]) { Descriptors = [new(nothing.Number, 0), new(theirs.Number, 1), new(theirs.Number, 2)] });
        }

        using (ours)
        {
            var text = new MemoryStream();
            var buffer = new byte[64 * 1024];
            int count;
            while ((count = Files.Read(ours, buffer)) > 0)
            {
                text.Write(buffer, 0, count);
            }

            using var process = PidFd.Open(pid);
            return (process.Wait().ShellCode, Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length));
        }
    }
}
