using System.Globalization;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class ExecCommand
{
    private static readonly Flag s_process = new("process", "FILE", "A file with the whole process, instead of a command") { Letter = 'p' };
    private static readonly Flag s_tty = new("tty", null, "Give it a terminal") { Letter = 't' };
    private static readonly Flag s_cwd = new("cwd", "DIR", "Working directory in the container");
    private static readonly Flag s_env = new("env", "NAME=VALUE", "Set a variable") { Letter = 'e', Repeats = true };
    private static readonly Flag s_user = new("user", "UID[:GID]", "Run as this user") { Letter = 'u' };
    private static readonly Flag s_gids = new("additional-gids", "GID", "One more group") { Letter = 'g', Repeats = true };
    private static readonly Flag s_cap = new("cap", "CAPABILITY", "Add a capability, such as CAP_NET_ADMIN") { Letter = 'c', Repeats = true };
    private static readonly Flag s_noNewPrivileges = new("no-new-privs", null, "Set no_new_privs");
    private static readonly Flag s_apparmor = new("apparmor", "PROFILE", "AppArmor profile");
    private static readonly Flag s_label = new("process-label", "LABEL", "SELinux label");
    private static readonly Flag s_cgroup = new("cgroup", "[CONTROLLER[,...]:]PATH", "Join a cgroup below the container's") { Repeats = true };
    private static readonly Flag s_detach = new("detach", null, "Leave once the command runs") { Letter = 'd' };
    private static readonly Flag s_pidFile = new("pid-file", "FILE", "Write the number of the process to FILE");
    private static readonly Flag s_consoleSocket = new("console-socket", "SOCKET", "A unix socket that takes the master end of the terminal");
    private static readonly Flag s_pidFdSocket = new("pidfd-socket", "SOCKET", "A unix socket that takes a pidfd of the process");
    private static readonly Flag s_preserve = new("preserve-fds", "N", "Keep N more descriptors, from 3 on") { Default = "0" };
    private static readonly Flag s_ignorePaused = new("ignore-paused", null, "Also in a paused container: the command runs once that is resumed");
    private static readonly Flag s_noSubreaper = new("no-subreaper", null, "Do not adopt orphaned processes of the command");

    public static Command Command => new()
    {
        Name = "exec",
        Usage = "CONTAINER cmd [ARG...]",
        Summary = "Run one more command in a container",
        Details = "The exit code is the command's; 128 + the signal that ended it; 255 if it could not be run. With --process there is\nno cmd: it is in the file.",
        Flags =
        [
            s_process, s_tty, s_cwd, s_env, s_user, s_gids, s_cap, s_noNewPrivileges, s_apparmor, s_label, s_cgroup, s_detach,
            s_pidFile, s_consoleSocket, s_pidFdSocket, s_preserve, s_ignorePaused, s_noSubreaper,
        ],
        MostWords = int.MaxValue,
        StopsAtFirstWord = true,
        FailureCode = 255,
        Run = invocation => ContainerExec.Exec(invocation.Root, Options(invocation)),
    };

    private static ExecOptions Options(Invocation invocation)
    {
        var arguments = invocation.Arguments;
        var (uid, gid) = User(arguments.Value(s_user));
        return new ExecOptions
        {
            Id = invocation.Id,
            Command = arguments.Words[1..],
            ProcessFile = arguments.Value(s_process),
            Terminal = arguments.Has(s_tty),
            Cwd = arguments.Value(s_cwd),
            Env = [.. arguments.Values(s_env)],
            Uid = uid,
            Gid = gid,
            AdditionalGids = [.. arguments.Values(s_gids).SelectMany(text => text.Split(',')).Select(text => Id(s_gids, text))],
            Capabilities = [.. arguments.Values(s_cap)],
            NoNewPrivileges = arguments.Has(s_noNewPrivileges),
            ApparmorProfile = arguments.Value(s_apparmor),
            SelinuxLabel = arguments.Value(s_label),
            SubCgroups = SubCgroups([.. arguments.Values(s_cgroup)]),
            Detach = arguments.Has(s_detach),
            PidFile = arguments.Value(s_pidFile),
            ConsoleSocket = arguments.Value(s_consoleSocket),
            PidFdSocket = arguments.Value(s_pidFdSocket),
            PreservedDescriptors = arguments.Number(s_preserve),
            IgnorePaused = arguments.Has(s_ignorePaused),
            NoSubreaper = arguments.Has(s_noSubreaper),
        };
    }

    /// <summary>Numbers only: a name would have to be looked up in the image, and a wrong one must not become root (CVE-2024-40635).</summary>
    private static (uint? Uid, uint? Gid) User(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return (null, null);
        }

        var parts = text.Split(':');
        return parts.Length > 2 ? throw new UsageException($"--user: \"{text}\" is not UID or UID:GID") : (Id(s_user, parts[0]), parts.Length == 2 ? Id(s_user, parts[1]) : null);
    }

    private static uint Id(Flag flag, string text)
        => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != uint.MaxValue ? id
            : throw new UsageException($"--{flag.Name}: \"{text}\" is not a number from 0 to {uint.MaxValue - 1}");

    private static Dictionary<string, string> SubCgroups(List<string> values)
    {
        var result = new Dictionary<string, string>();
        foreach (var value in values)
        {
            var colon = value.IndexOf(':');
            if (colon == 0 || (colon < 0 && values.Count > 1))
            {
                throw new UsageException($"invalid --cgroup argument: {value} (missing CONTROLLER: prefix)");
            }

            var path = value[(colon + 1)..];
            if (path.Split('/').Contains(".."))
            {
                throw new UsageException($"--cgroup: bad sub cgroup path: {path} is not below the container's cgroup");
            }

            foreach (var controller in colon < 0 ? [""] : value[..colon].Split(','))
            {
                if (!result.TryAdd(controller, path))
                {
                    throw new UsageException($"invalid --cgroup argument(s): controller {controller} specified multiple times");
                }
            }
        }

        return result;
    }
}
