using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Containers;

/// <summary>Programs of the host that the runtime calls for help: ps, criu.</summary>
internal static class HostProgram
{
    /// <summary>The path of a program in the runtime's own $PATH; null if there is none.</summary>
    public static string? Find(string name)
    {
        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : "/usr/sbin:/usr/bin:/sbin:/bin").Split(':'))
        {
            // Relative entries are not searched: the working directory may be a bundle, made by somebody else.
            if (directory.StartsWith('/') && Files.IsExecutable($"{directory}/{name}"))
            {
                return $"{directory}/{name}";
            }
        }

        return null;
    }

    /// <summary>Runs a program to its end. Returns how it ended, and what it wrote to standard output and standard error.</summary>
    public static (ProcessExit Exit, string Output) Run(string program, IReadOnlyList<string> arguments)
    {
        using var output = MemoryFile.Create("output");
        var pid = Spawn.Start(new SpawnRequest(program, arguments) { Descriptors = [new FdMapping(output.Number, 1), new FdMapping(output.Number, 2)] });
        using var process = PidFd.Open(pid);
        var exit = process.Wait();
        return (exit, Encoding.UTF8.GetString(MemoryFile.Content(output)));
    }
}
