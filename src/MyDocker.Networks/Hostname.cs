namespace MyDocker.Networks;

/// <summary>The name of a container on its network.</summary>
public static class Hostname
{
    /// <summary>__NEW_UTS_LEN of the kernel: sethostname(2) takes no more.</summary>
    public const int Limit = 64;

    /// <summary>What docker gives a container that was not given a name: the first 12 digits of its id.</summary>
    public static string Default(string containerId) => containerId.Length <= 12 ? containerId : containerId[..12];

    /// <summary>Letters, digits, - and . (RFC 1123), also _ as docker allows; labels of 1 to 63 that neither begin nor end with -.</summary>
    /// <exception cref="NetworkException">says what is wrong with it.</exception>
    public static string Validate(string hostname)
    {
        if (hostname.Length is 0 or > Limit)
        {
            throw new NetworkException($"hostname {hostname}: must have 1 to {Limit} characters");
        }

        foreach (var range in hostname.AsSpan().Split('.'))
        {
            var label = hostname.AsSpan()[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
            {
                throw new NetworkException($"hostname {hostname}: the parts between dots must have 1 to 63 characters and not begin or end with -");
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                {
                    throw new NetworkException($"hostname {hostname}: only letters, digits, - and . can be in it");
                }
            }
        }

        return hostname;
    }

    /// <summary>The text of /etc/hostname.</summary>
    public static string File(string hostname) => hostname + "\n";
}
