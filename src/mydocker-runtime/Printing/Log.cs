using System.Globalization;
using System.Text;
using System.Text.Json;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>The least that is worth a line.</summary>
internal enum LogLevel
{
    Debug,
    Warning,
    Error,
}

/// <summary>
/// Messages, to standard error or to the file of --log, as text or a JSON object a line, in the form of logrus that podman,
/// containerd and docker parse. Errors go to standard error in any case.
/// </summary>
internal sealed class Log(Fd? file, bool json, LogLevel least)
{
    public static Log ToStandardError { get; } = new(null, json: false, LogLevel.Warning);

    /// <summary>Errors say where they come from.</summary>
    public bool Debug { get; } = least == LogLevel.Debug;

    public static Log Open(GlobalOptions options)
    {
        var file = options.Log is { } path ? Files.Open(path, O_WRONLY | O_CREAT | O_APPEND, 0x180) : null;
        var log = new Log(file, options.LogFormat == "json", options.LogLevel);
        RuntimeLog.Sink = log.Write;
        RuntimeLog.IsDebug = log.Debug;
        return log;
    }

    /// <param name="message">for the log.</param>
    /// <param name="shown">for standard error.</param>
    public void Error(string message, string shown, Exception? details)
    {
        if (file is not null || json)
        {
            Write("error", message);
        }

        if (file is not null || !json)
        {
            Files.TryWrite(Fd.Borrowed(2), Encoding.UTF8.GetBytes(shown + "\n"));
        }

        if (details is not null)
        {
            Files.TryWrite(Fd.Borrowed(2), Encoding.UTF8.GetBytes(details + "\n"));
        }
    }

    private void Write(string level, string message)
    {
        if ((level == "debug" && least > LogLevel.Debug) || (level == "warning" && least > LogLevel.Warning))
        {
            return;
        }

        var time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var line = json ? Json(level, message, time) : $"time=\"{time}\" level={level} msg=\"{Escape(message)}\"\n";
        Files.TryWrite(file ?? Fd.Borrowed(2), Encoding.UTF8.GetBytes(line));
    }

    private static string Json(string level, string message, string time)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("level", level);
            writer.WriteString("msg", message);
            writer.WriteString("time", time);
            writer.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}
