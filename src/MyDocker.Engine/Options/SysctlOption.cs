namespace MyDocker.Engine.Options;

/// <summary>--sysctl NAME=VALUE, of those that the kernel keeps per namespace; all others would change the host.</summary>
public static class SysctlOption
{
    private static readonly string[] s_ipc =
    [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
    ];

    public static KeyValuePair<string, string> Parse(string option, string text)
    {
        var equals = text.IndexOf('=');
        if (equals <= 0)
        {
            throw new OptionException(option, text, "use NAME=VALUE, such as net.ipv4.ip_forward=1");
        }

        var name = text[..equals];
        if (!IsName(name))
        {
            throw new OptionException(option, text, "not a name of sysctl(8); use one such as net.ipv4.ip_forward");
        }

        if (text.AsSpan().ContainsAny('\n', '\0'))
        {
            throw new OptionException(option, text, "the value must be one line");
        }

        return IsNamespaced(name)
            ? new(name, text[(equals + 1)..])
            : throw new OptionException(option, text, $"{name} is not kept per container; allowed are net.*, fs.mqueue.* and {string.Join(", ", s_ipc)}");
    }

    // Becomes a path below /proc/sys: no "..", no slash that leads out of it.
    private static bool IsName(string name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or '/' or ':'))
            {
                return false;
            }
        }

        return !name.Contains("..", StringComparison.Ordinal) && !name.Contains("//", StringComparison.Ordinal) && name[0] is not ('.' or '/') && name[^1] is not ('.' or '/');
    }

    private static bool IsNamespaced(string name)
        => name.StartsWith("net.", StringComparison.Ordinal) || name.StartsWith("fs.mqueue.", StringComparison.Ordinal) || Array.IndexOf(s_ipc, name) >= 0;
}
