using System.Globalization;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>
/// Names of the host's users, read from /etc/passwd: asking NSS would load libraries for what is a column of a table.
/// </summary>
internal sealed class HostUsers
{
    private readonly Dictionary<string, string> _names = [];

    public HostUsers()
    {
        foreach (var line in (Files.TryReadText("/etc/passwd", out _, limit: 16 << 20) ?? "").Split('\n'))
        {
            var fields = line.Split(':');
            if (fields.Length > 2)
            {
                _names.TryAdd(fields[2], fields[0]);
            }
        }
    }

    /// <summary>"root"; "#1000" for a user without a name, as runc has it.</summary>
    public string NameOf(uint uid)
    {
        var number = uid.ToString(CultureInfo.InvariantCulture);
        return _names.GetValueOrDefault(number, "#" + number);
    }
}
