using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Options;

/// <summary>
/// --security-opt, as one of "seccomp=unconfined", "seccomp=/absolute/path", "no-new-privileges=true", "no-new-privileges=false",
/// "systempaths=unconfined". What asks for less confinement than there is ("apparmor=unconfined", "label=disable") is what holds.
/// </summary>
public static class SecurityOption
{
    private const string Allowed = "use seccomp=unconfined, seccomp=FILE, systempaths=unconfined, or no-new-privileges[:true|:false]";

    public static string Parse(string option, string text)
    {
        // docker takes ':' for '=', too.
        var split = text.AsSpan().IndexOfAny('=', ':');
        var (name, value) = split < 0 ? (text, "") : (text[..split], text[(split + 1)..]);
        switch (name)
        {
            case "no-new-privileges":
                return value is "" or "true" ? "no-new-privileges=true"
                    : value == "false" ? "no-new-privileges=false"
                    : throw new OptionException(option, text, "must be true or false");
            case "seccomp" when value == "unconfined":
                return "seccomp=unconfined";
            case "seccomp" when value.Length > 0:
                var errno = Files.TryStat(value, out var stat);
                return errno != Errno.None ? throw new OptionException(option, text, $"cannot find the profile {value}: {errno.Describe()}")
                    : !stat.IsRegular ? throw new OptionException(option, text, $"{value} is not a file")
                    : $"seccomp={Path.GetFullPath(value)}";
            case "systempaths" when value == "unconfined":
            case "apparmor" when value == "unconfined":
            case "label" when value == "disable":
                return $"{name}={value}";
            case "apparmor" or "label" or "systempaths":
                throw new OptionException(option, text, $"{name} is not supported yet; {Allowed}");
            default:
                throw new OptionException(option, text, Allowed);
        }
    }
}
