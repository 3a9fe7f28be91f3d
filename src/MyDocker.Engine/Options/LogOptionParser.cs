using System.Globalization;
using MyDocker.Engine.Logs;

namespace MyDocker.Engine.Options;

/// <summary>--log-driver and --log-opt.</summary>
public static class LogOptionParser
{
    public static string ParseDriver(string option, string text)
        => text is LogOptions.JsonFile or LogOptions.None or LogOptions.Journald ? text
            : throw new OptionException(option, text, "use json-file, none or journald");

    public static KeyValuePair<string, string> ParseOption(string option, string text)
    {
        var equals = text.IndexOf('=');
        var key = equals < 0 ? text : text[..equals];
        return equals > 0 && key is "max-size" or "max-file" or "tag" or "labels" or "env" ? new(key, text[(equals + 1)..])
            : throw new OptionException(option, text, "use max-size=SIZE, max-file=NUMBER, labels=NAMES, env=NAMES or, with journald, tag=TEXT");
    }

    /// <summary>null where nothing is said: three files of 10 MiB.</summary>
    public static LogOptions? Combine(string? driver, IReadOnlyList<KeyValuePair<string, string>> options)
    {
        if (driver is null && options.Count == 0)
        {
            return null;
        }

        var log = new LogOptions { Driver = driver ?? LogOptions.JsonFile };
        foreach (var (key, value) in options)
        {
            var fits = key is "labels" or "env" ? log.Driver != LogOptions.None : key == "tag" ? log.Driver == LogOptions.Journald : log.Driver == LogOptions.JsonFile;
            if (!fits)
            {
                throw new OptionException("--log-opt", $"{key}={value}", $"it does not go with --log-driver {log.Driver}");
            }

            log.Given[key] = value;
            if (key == "max-size")
            {
                log.MaxSize = value == "-1" ? -1 : SizeOption.Parse("--log-opt", value);
            }
            else if (key == "max-file")
            {
                log.MaxFiles = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var files) && files is > 0 and <= 1000
                    ? files
                    : throw new OptionException("--log-opt", $"{key}={value}", "must be a number of files, 1 to 1000");
            }
        }

        return log;
    }
}
