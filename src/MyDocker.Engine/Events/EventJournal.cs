using MyDocker.Engine.Containers;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Events;

/// <summary>
/// What happened since the machine started: a line of JSON for each event, in one file that every process of ours appends to
/// with one write (which the kernel keeps whole and in order). When the file is full it becomes "events.1", and its
/// predecessor goes. An event that cannot be written is lost: no container waits for its own biography.
/// </summary>
public sealed class EventJournal(EngineRoots roots)
{
    private const long MaxSize = 4 << 20;
    private const int OwnersOnly = 0x180;

    internal string Directory => roots.State;

    internal string FilePath => $"{roots.State}/events";

    internal string OlderPath => $"{roots.State}/events.1";

    public void Write(params ReadOnlySpan<EngineEvent> events)
    {
        var lines = new MemoryStream();
        foreach (var one in events)
        {
            one.TimeNano = one.TimeNano == 0 ? EngineEvent.Nano(DateTimeOffset.UtcNow) : one.TimeNano;
            lines.Write(RecordShapes.Event.ToBytes(one));
            lines.WriteByte((byte)'\n');
        }

        Append(lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }

    private void Append(ReadOnlySpan<byte> lines)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            if (Files.TryOpen(FilePath, O_WRONLY | O_CREAT | O_APPEND, out var file, OwnersOnly) != Errno.None)
            {
                return;
            }

            using (file)
            {
                // Shared among writers, exclusive for the one that renames: nobody writes into a file that is being put away.
                Files.TryLock(file!, wait: true, shared: true);
                var stat = Files.StatOf(file!);
                if (stat.Size <= MaxSize)
                {
                    Files.TryWrite(file!, lines);
                    return;
                }

                if (!Files.TryLock(file!))
                {
                    Files.TryWrite(file!, lines); // somebody else is in it; the next one puts it away
                    return;
                }

                if (Files.TryStat(FilePath, out var named) == Errno.None && named.Inode == stat.Inode)
                {
                    Files.TryRename(FilePath, OlderPath);
                }
            }
        }
    }
}
