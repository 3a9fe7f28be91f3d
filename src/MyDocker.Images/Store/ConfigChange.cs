using System.Text;
using System.Text.Json;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Store;

/// <summary>One instruction as a Dockerfile has it, applied to a configuration: --change of "import" and "commit".</summary>
public static class ConfigChange
{
    private const string Known = "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR";

    /// <exception cref="ImageException">what is wrong with it.</exception>
    public static void Apply(ContainerConfig config, string change)
    {
        var text = change.Trim();
        var space = text.IndexOfAny([' ', '\t']);
        var (word, rest) = space < 0 ? (text, "") : (text[..space], text[space..].Trim());
        if (rest.Length == 0)
        {
            throw Bad(change, $"expected an instruction and its value; instructions are {Known}");
        }

        switch (word.ToUpperInvariant())
        {
            case "CMD":
                config.Cmd = Command(rest, change);
                break;
            case "ENTRYPOINT":
                config.Entrypoint = Command(rest, change);
                break;
            case "ENV":
                foreach (var (key, value) in Pairs(rest, change))
                {
                    config.Env ??= [];
                    config.Env.RemoveAll(old => old.StartsWith(key + "=", StringComparison.Ordinal));
                    config.Env.Add($"{key}={value}");
                }

                break;
            case "LABEL":
                config.Labels ??= [];
                foreach (var (key, value) in Pairs(rest, change))
                {
                    config.Labels[key] = value;
                }

                break;
            case "EXPOSE":
                config.ExposedPorts ??= [];
                foreach (var port in Words(rest, change))
                {
                    config.ExposedPorts[Port(port, change)] = new EmptyObject();
                }

                break;
            case "VOLUME":
                config.Volumes ??= [];
                foreach (var path in rest.StartsWith('[') ? Json(rest, change) : Words(rest, change))
                {
                    config.Volumes[path] = new EmptyObject();
                }

                break;
            case "USER":
                config.User = rest;
                break;
            case "WORKDIR":
                config.WorkingDir = rest.StartsWith('/') ? rest : $"{(config.WorkingDir ?? "").TrimEnd('/')}/{rest}";
                break;
            case "STOPSIGNAL":
                config.StopSignal = rest;
                break;
            case "ONBUILD":
                (config.OnBuild ??= []).Add(rest);
                break;
            default:
                throw Bad(change, $"there is no such instruction; there are {Known}");
        }
    }

    private static List<string> Command(string text, string change) => text.StartsWith('[') ? Json(text, change) : ["/bin/sh", "-c", text];

    private static List<string> Json(string text, string change)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return [.. json.RootElement.EnumerateArray().Select(item => item.GetString() ?? throw new JsonException("null"))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Bad(change, "expected a JSON list of texts, such as [\"/bin/sh\", \"-c\", \"true\"]");
        }
    }

    private static List<(string Key, string Value)> Pairs(string text, string change)
    {
        var words = Words(text, change);
        if (!words[0].Contains('='))
        {
            // the old form: ENV NAME value with spaces
            var space = text.IndexOfAny([' ', '\t']);
            return space < 0 ? throw Bad(change, "expected NAME=VALUE") : [(text[..space], text[space..].Trim())];
        }

        return words.ConvertAll(word => word.IndexOf('=') is var at and > 0 ? (word[..at], word[(at + 1)..]) : throw Bad(change, $"expected NAME=VALUE, got {Printable.Name(word)}"));
    }

    // Words as a Dockerfile has them: quotes and backslashes.
    private static List<string> Words(string text, string change)
    {
        var (words, word, quote, isOpen) = (new List<string>(), new StringBuilder(), '\0', false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length)
            {
                word.Append(text[++i]);
                isOpen = true;
            }
            else if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                (quote, isOpen) = (quote == '\0' ? c : '\0', true);
            }
            else if (quote == '\0' && (c is ' ' or '\t'))
            {
                if (isOpen)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                isOpen = false;
            }
            else
            {
                word.Append(c);
                isOpen = true;
            }
        }

        if (quote != '\0')
        {
            throw Bad(change, $"the quote {quote} is not closed");
        }

        if (isOpen)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    private static string Port(string text, string change)
    {
        var slash = text.IndexOf('/');
        var (port, protocol) = slash < 0 ? (text, "tcp") : (text[..slash], text[(slash + 1)..].ToLowerInvariant());
        return ushort.TryParse(port, out _) && protocol is "tcp" or "udp" or "sctp" ? $"{port}/{protocol}" : throw Bad(change, $"{Printable.Name(text)} is not PORT or PORT/PROTOCOL");
    }

    private static ImageException Bad(string change, string reason) => new($"change {Printable.Name(change)}: {reason}");
}
