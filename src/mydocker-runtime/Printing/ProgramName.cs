namespace MyDocker.RuntimeCli.Printing;

/// <summary>
/// What the program was called by. A host may install it as runc or crun, in place of them: it then goes by that name in help,
/// messages and the first line of --version, whose other lines still say what it is.
/// </summary>
internal static class ProgramName
{
    public const string Own = "mydocker-runtime";

    /// <summary>The last part of argv[0]; looked up when somebody is told of it, which no start is.</summary>
    public static string Current => Of(Environment.GetCommandLineArgs() is [var path, ..] ? path : "");

    /// <summary>The name in a path; the program's own where there is none that could stand in a message.</summary>
    internal static string Of(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.Length == 0 || name.Any(c => char.IsControl(c) || c == ' ') ? Own : name;
    }
}
