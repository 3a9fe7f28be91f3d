using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Cli.Commands.Registry;

internal static class LoginCommand
{
    private static readonly OptionSpec s_user = new("username", 'u', "USER", "", "The user");
    private static readonly OptionSpec s_password = new("password", 'p', "PASSWORD", "", "The password; others on this host can read it while the command runs");
    private static readonly OptionSpec s_standardInput = new("password-stdin", '\0', null, "", "Read the password from standard input");

    public static Verb Verb => new()
    {
        Name = "login",
        Area = "Images",
        Usage = "[OPTIONS] [REGISTRY]",
        Summary = "Log in to a registry",
        Details = """
            Without REGISTRY: docker.io. User and password are kept where docker keeps them, in ~/.docker/config.json
            (or DOCKER_CONFIG), or with the credential helper that this file names.
            """,
        Options = [s_password, s_standardInput, s_user],
        NeedsRoot = false,
        MostArguments = 1,
        Examples = [("pass show registry | mydocker login -u me --password-stdin registry.example:5000", "nobody sees the password")],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var registry = LogoutCommand.RegistryOf(line);
        var images = new RegistryImages(invocation.Global.Roots.Data);
        var user = line.Value(s_user);
        var password = line.Value(s_password);
        if (line.Has(s_standardInput))
        {
            if (user is null || password is not null)
            {
                throw new EngineException("--password-stdin needs --username, and no --password", exitCode: 1);
            }

            password = ReadLine()?.TrimEnd('\r', '\n') ?? "";
        }
        else if (password is not null)
        {
            Out.Error("a password on the command line can be seen by others on this host; use --password-stdin");
        }

        if ((user is null || password is null) && !Terminal.IsTerminal(0))
        {
            throw new EngineException("cannot ask for user and password, standard input is no terminal; use --username and --password-stdin", exitCode: 1);
        }

        user ??= Ask(images.UserOf(registry) is { Length: > 0 } known ? $"Username ({known}): " : "Username: ", isShown: true) is { Length: > 0 } typed ? typed : images.UserOf(registry) ?? "";
        password ??= Ask("Password: ", isShown: false);
        if (user.Length == 0 || password.Length == 0)
        {
            throw new EngineException("user and password must not be empty", exitCode: 1);
        }

        images.Login(registry, user, password);
        Out.Line("Login Succeeded");
        return 0;
    }

    private static string Ask(string question, bool isShown)
    {
        Out.ErrorText(question);
        Termios? before = Terminal.TryGetModes(0, out var modes) == Errno.None ? modes : null;
        if (!isShown && before is not null)
        {
            modes.LocalFlags &= ~Termios.ECHO;
            Terminal.TrySetModes(0, modes);
        }

        try
        {
            return ReadLine()?.TrimEnd('\r', '\n') ?? "";
        }
        finally
        {
            if (!isShown && before is not null)
            {
                Terminal.TrySetModes(0, before.Value);
                Out.ErrorText("\n");
            }
        }
    }

    private static string? ReadLine()
    {
        using var input = Fd.Borrowed(0);
        var bytes = new List<byte>();
        var one = new byte[1];
        while (Files.Read(input, one) > 0 && bytes.Count < 64 * 1024)
        {
            bytes.Add(one[0]);
            if (one[0] == '\n')
            {
                break;
            }
        }

        input.Release();
        return bytes.Count == 0 ? null : System.Text.Encoding.UTF8.GetString([.. bytes]);
    }
}
