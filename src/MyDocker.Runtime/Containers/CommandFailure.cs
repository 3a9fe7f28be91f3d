using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// A command that cannot be executed, in the words that callers look for: podman and docker tell "not found" from "not
/// executable" by the text of the runtime's message.
/// </summary>
internal static class CommandFailure
{
    private const int NotExecutable = 126;
    private const int NotFound = 127;

    public static Exception Explain(RuntimeSpec spec, LaunchException e, CommandStage stage) => Explain(spec.Process?.Args?[0] ?? "", e, stage);

    /// <summary>
    /// Of a command that was not looked up before it was to be executed. ENOENT is also said of a script without its interpreter;
    /// a file that only a mount of the container has is taken for missing.
    /// </summary>
    public static CommandStage StageOf(RuntimeSpec spec, string rootfs, Errno errno)
    {
        var command = spec.Process?.Args?[0] ?? "";
        if (errno is not (Errno.ENOENT or Errno.ENOTDIR))
        {
            return CommandStage.Executed;
        }

        if (!command.Contains('/') || Files.TryOpen(rootfs, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, out var root) != Errno.None)
        {
            return CommandStage.LookedUp;
        }

        using (root)
        {
            var found = RootedPath.TryOpen(root!, Path.Combine(spec.Process!.Cwd ?? "/", command), OpenFlags.O_PATH, out var file) == Errno.None;
            file?.Dispose();
            return found ? CommandStage.Executed : CommandStage.LookedUp;
        }
    }

    public static Exception Explain(string command, LaunchException e, CommandStage stage)
    {
        if (!e.IsCommand)
        {
            return e;
        }

        var reason = e.Errno is Errno.ENOENT or Errno.ENOTDIR && !command.Contains('/')
            ? "executable file not found in $PATH"
            : ErrnoText.Explain(e.Errno);
        // As with runc: a path that the kernel was given, or a name that was looked for.
        return new ContainerException($"{(command.Contains('/') ? $"exec {command}" : $"exec: \"{command}\"")}: {reason}", e)
        {
            ExitCode = e.Errno is Errno.ENOENT or Errno.ENOTDIR ? NotFound : NotExecutable,
            Stage = stage,
        };
    }
}
