using MyDocker.Kernel.Syscalls;

namespace MyDocker.InitCommand;

/// <summary>Where a command is, as execvp(3) finds it.</summary>
internal static class SearchPath
{
    private const int Executable = 1; // X_OK

    /// <summary>The path itself where it has a slash, else the first executable of that name along PATH; the name where there is none.</summary>
    public static string Find(string command)
    {
        if (command.Contains('/'))
        {
            return command;
        }

        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':'))
        {
            var candidate = $"{(directory.Length == 0 ? "." : directory)}/{command}";
            if (IsExecutable(candidate))
            {
                return candidate;
            }
        }

        return command;
    }

    private static bool IsExecutable(string path)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        return Syscall.Invoke(Nr.faccessat2, AtFlags.AT_FDCWD, name.Address, Executable, 0) == 0;
    }
}
