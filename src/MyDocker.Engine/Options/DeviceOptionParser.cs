namespace MyDocker.Engine.Options;

public static class DeviceOptionParser
{
    private const string Grammar = "use HOST[:CONTAINER[:PERMISSIONS]], such as /dev/fuse or /dev/sda:/dev/xvda:r";

    /// <summary>--device HOST[:CONTAINER][:PERMISSIONS]; without a container path the same path, without permissions "rwm".</summary>
    public static DeviceOption Parse(string option, string text)
    {
        var parts = text.Split(':');
        if (parts.Length > 3)
        {
            throw new OptionException(option, text, Grammar);
        }

        // As docker has it: the second of two parts may be the permissions.
        var permissions = parts.Length == 3 ? parts[2] : parts.Length == 2 && IsPermissions(parts[1]) ? parts[1] : "rwm";
        if (!IsPermissions(permissions))
        {
            throw new OptionException(option, text, $"\"{permissions}\" are not permissions; use some of r (read), w (write) and m (make nodes)");
        }

        var inside = parts.Length == 3 || (parts.Length == 2 && !IsPermissions(parts[1])) ? parts[1] : parts[0];
        return parts[0].StartsWith('/') && inside.StartsWith('/')
            ? new DeviceOption(parts[0], inside, permissions)
            : throw new OptionException(option, text, $"device paths begin with a slash; {Grammar}");
    }

    private static bool IsPermissions(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('r' or 'w' or 'm') || text.IndexOf(text[i]) != i)
            {
                return false;
            }
        }

        return text.Length > 0;
    }
}
