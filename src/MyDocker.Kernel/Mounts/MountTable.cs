using System.Text;

namespace MyDocker.Kernel.Mounts;

/// <summary>The mount table as text (proc_pid_mountinfo(5)).</summary>
public static class MountTable
{
    /// <summary>Where procfs and sysfs are mounted with their root, in the table's order.</summary>
    public static IEnumerable<string> WholeProcAndSys(string mountInfo)
    {
        foreach (var line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // 36 35 98:0 /root /mount/point options optional… - type source options
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash > 4 && dash + 1 < fields.Length && fields[3] == "/" && fields[dash + 1] is "proc" or "sysfs")
            {
                yield return Unescape(fields[4]);
            }
        }
    }

    /// <summary>Space, tab, newline and backslash are written as \ and three octal digits, byte by byte.</summary>
    public static string Unescape(string field)
    {
        if (!field.Contains('\\'))
        {
            return field;
        }

        var bytes = new List<byte>();
        var text = Encoding.UTF8.GetBytes(field);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length)
            {
                bytes.Add((byte)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')));
                i += 3;
            }
            else
            {
                bytes.Add(text[i]);
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
