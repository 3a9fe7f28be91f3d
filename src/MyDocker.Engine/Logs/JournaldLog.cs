using System.Buffers;
using System.Text;
using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Logs;

/// <summary>
/// --log-driver journald: each line is an entry of the journal, in its native protocol (systemd's JOURNAL_NATIVE_PROTOCOL), with
/// docker's fields. A journal that is behind or gone costs lines, never the container's time.
/// </summary>
internal sealed class JournaldLog : IDisposable
{
    public const string SocketPath = "/run/systemd/journal/socket";

    private const int MaxLine = 16 * 1024;

    private readonly DatagramSocket _socket;
    private readonly byte[] _fields;
    private readonly ArrayBufferWriter<byte>[] _partial = [new(256), new(256)];
    private readonly ArrayBufferWriter<byte> _entry = new(1024);

    public JournaldLog(ContainerRecord record, string path = SocketPath)
    {
        _socket = new DatagramSocket(path);
        var tag = record.Options.Log.Given.GetValueOrDefault("tag", record.Id[..12]);
        _fields = Encoding.UTF8.GetBytes($"CONTAINER_ID={record.Id[..12]}\nCONTAINER_ID_FULL={record.Id}\nCONTAINER_NAME={record.Name}\nCONTAINER_TAG={OneLine(tag)}\nSYSLOG_IDENTIFIER={OneLine(tag)}\nIMAGE_NAME={OneLine(record.Image)}\n");
    }

    /// <summary>Whether this host has a journal.</summary>
    public static bool IsThere => Files.Exists(SocketPath);

    public void Write(OutputStream stream, ReadOnlySpan<byte> chunk)
    {
        var partial = _partial[stream == OutputStream.Stdout ? 0 : 1];
        if (chunk.IsEmpty && partial.WrittenCount > 0)
        {
            Send(stream, partial);
        }

        while (!chunk.IsEmpty)
        {
            var end = chunk.IndexOf((byte)'\n');
            var length = Math.Min(end < 0 ? chunk.Length : end, MaxLine - partial.WrittenCount);
            partial.Write(chunk[..length]);
            var isWhole = length == end;
            if (isWhole || partial.WrittenCount == MaxLine)
            {
                Send(stream, partial);
            }

            chunk = chunk[(length + (isWhole ? 1 : 0))..];
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Send(OutputStream stream, ArrayBufferWriter<byte> line)
    {
        _entry.ResetWrittenCount();
        _entry.Write(stream == OutputStream.Stdout ? "PRIORITY=6\n"u8 : "PRIORITY=3\n"u8);
        _entry.Write(_fields);
        _entry.Write("MESSAGE="u8);
        _entry.Write(line.WrittenSpan);
        _entry.Write("\n"u8);
        line.ResetWrittenCount();
        _socket.TrySend(_entry.WrittenSpan);
    }

    private static string OneLine(string text) => text.Replace('\n', ' ');
}
