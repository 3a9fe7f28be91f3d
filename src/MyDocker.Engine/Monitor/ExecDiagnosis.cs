using System.Text;
using MyDocker.Engine.Containers;
using MyDocker.Images.Users;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Plan;
using MyDocker.Engine.Spec;

namespace MyDocker.Engine.Monitor;

/// <summary>
/// execve(2) says ENOENT for a missing file, a missing interpreter of its first line and a missing ELF loader alike. This
/// looks into the image's layers and tells which.
/// </summary>
internal static class ExecDiagnosis
{
    private const int HeadSize = 4096;

    /// <param name="directories">of the root file system, top-most first; null: the image's layers.</param>
    /// <param name="workingDirectory">null: the container's own.</param>
    public static (string Message, int ExitCode) Explain(ContainerRecord record, Errno errno, IReadOnlyList<string>? directories = null, string? workingDirectory = null)
    {
        using var root = new LayeredRoot(directories ?? record.Layers.ConvertAll(layer => layer == "." ? record.LayersParent : $"{record.LayersParent}/{layer}"));
        var command = record.CommandLine[0];
        var path = Locate(root, record, command, workingDirectory ?? SpecBuilder.WorkingDirectory(record.Options, record.ImageConfig), out var head, out var isDirectory);
        if (isDirectory)
        {
            return ($"{record.Name}: exec {command}: {command} is a directory", EngineException.NotExecutable);
        }

        if (path is null)
        {
            var where = command.Contains('/') ? "no such file in the image" : $"not found in the container's PATH ({ExecSteps.SearchPath(Environment(record))})";
            return ($"{record.Name}: exec {command}: {(errno is Errno.ENOENT or Errno.ENOTDIR ? where : errno.Describe())}", errno == Errno.EACCES ? EngineException.NotExecutable : EngineException.NotFound);
        }

        var reason = errno switch
        {
            Errno.ENOENT when Shebang(head) is { } interpreter => InterpreterProblem(path, interpreter),
            Errno.ENOENT when ElfHeader.LoaderOf(head) is { } loader => $"{path} exists, but its ELF loader {loader} does not; the program was built for another C library, or statically linked programs only run in this image",
            Errno.ENOEXEC when ElfHeader.IsForeign(head, out var machine) => $"{path} is built for {machine}, this machine is {ElfHeader.OwnMachine}",
            Errno.ENOEXEC when head.Length == 0 => $"{path} is empty",
            Errno.ENOEXEC => $"{path} is neither an ELF program nor a script with #! in its first line",
            Errno.EACCES => $"{path} is not executable for this user (its mode, or its directory's)",
            Errno.EISDIR => $"{path} is a directory",
            _ => errno.Describe(),
        };
        return ($"{record.Name}: exec {command}: {reason}", errno is Errno.ENOENT ? EngineException.NotFound : EngineException.NotExecutable);
    }

    private static string InterpreterProblem(string path, string interpreter)
        => interpreter.EndsWith('\r')
            ? $"{path} has Windows line ends: its #! line asks for \"{interpreter.TrimEnd('\r')}\\r\"; convert it with dos2unix"
            : $"{path} exists, but the interpreter of its #! line, {interpreter}, does not";

    private static string? Locate(LayeredRoot root, ContainerRecord record, string command, string workingDirectory, out byte[] head, out bool isDirectory)
    {
        isDirectory = false;
        var candidates = command.StartsWith('/') ? [command]
            : command.Contains('/') ? [$"{workingDirectory}/{command}"]
            : ExecSteps.SearchPath(Environment(record)).Split(':').Select(directory => $"{directory}/{command}");
        foreach (var candidate in candidates)
        {
            if (root.ReadHead(candidate, HeadSize, out var directory) is { } found)
            {
                (head, isDirectory) = (found, false);
                return candidate;
            }

            isDirectory |= directory && command.Contains('/');
        }

        head = [];
        return null;
    }

    private static List<string>? Environment(ContainerRecord record) => SpecBuilder.Build(record, 0).Process!.Env;

    /// <summary>The program of a "#!" line.</summary>
    private static string? Shebang(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("#!"u8))
        {
            return null;
        }

        var line = head[2..];
        var end = line.IndexOf((byte)'\n');
        var text = Encoding.UTF8.GetString(end < 0 ? line : line[..end]).TrimStart(' ', '\t');
        var space = text.AsSpan().IndexOfAny(' ', '\t');
        return space < 0 ? text : text[..space];
    }
}
