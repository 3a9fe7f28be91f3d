using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Logs;

/// <summary>
/// Reads a container's log while it is being written and rotated: a file that was opened is read to its end under whatever name
/// it has by then, and the next younger one follows.
/// </summary>
internal sealed class LogReader(string current) : IDisposable
{
    private const int BlockSize = 64 * 1024;

    private readonly byte[] _block = new byte[BlockSize];
    private byte[] _line = new byte[4096];
    private int _lineLength;
    private Fd? _file;
    private ulong _inode;

    /// <summary>Stands at the oldest record, or at the first of the last <paramref name="tail"/>.</summary>
    public void Open(long? tail)
    {
        var number = 0;
        while (Files.Exists(LogFiles.Rotated(current, number + 1)))
        {
            number++;
        }

        if (tail is { } wanted)
        {
            var left = wanted;
            for (var i = 0; i <= number; i++)
            {
                if (!TryOpen(LogFiles.Rotated(current, i)))
                {
                    continue;
                }

                var (start, found) = Back(left);
                left -= found;
                if (left <= 0 || i == number)
                {
                    Seek(start);
                    return;
                }
            }
        }
        else
        {
            while (number >= 0 && !TryOpen(LogFiles.Rotated(current, number)))
            {
                number--;
            }
        }
    }

    /// <summary>Gives each record that is there now; false from <paramref name="take"/> ends it.</summary>
    public bool Read(Func<LogRecord, bool> take)
    {
        while (_file is not null || TryOpen(current))
        {
            if (!ReadFile(take))
            {
                return false;
            }

            if (!NextFile(take, out var more))
            {
                return false;
            }

            if (!more)
            {
                return true;
            }
        }

        return true;
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>At the end of a file: is it an older one by now, with a younger one to go on with?</summary>
    private bool NextFile(Func<LogRecord, bool> take, out bool more)
    {
        more = false;
        var number = 0;
        for (; ; number++)
        {
            if (Files.TryStat(LogFiles.Rotated(current, number), out var stat) != Errno.None)
            {
                // Rotated away altogether; the oldest that is left follows. Number 0 may just be missing between two renames.
                number = number <= 1 ? 1 : number;
                break;
            }

            if (stat.Inode == _inode)
            {
                break;
            }
        }

        if (number == 0)
        {
            return true;
        }

        if (!ReadFile(take)) // what was written between our last look and the rotation
        {
            return false;
        }

        var next = LogFiles.Rotated(current, number - 1);
        if (Files.TryStat(next, out var younger) == Errno.None && younger.Inode != _inode)
        {
            more = TryOpen(next);
        }

        return true;
    }

    private bool ReadFile(Func<LogRecord, bool> take)
    {
        int count;
        while ((count = Files.Read(_file!, _block)) > 0)
        {
            var bytes = _block.AsSpan(0, count);
            for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
            {
                Keep(bytes[..end]);
                var record = LogRecord.TryParse(_line.AsSpan(0, _lineLength));
                _lineLength = 0;
                if (record is { } found && !take(found))
                {
                    return false;
                }
            }

            Keep(bytes);
        }

        return true;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_lineLength + bytes.Length > _line.Length)
        {
            Array.Resize(ref _line, Math.Max(_line.Length * 2, _lineLength + bytes.Length));
        }

        bytes.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += bytes.Length;
    }

    private bool TryOpen(string path)
    {
        if (Files.TryOpen(path, O_RDONLY, out var file) != Errno.None)
        {
            return false;
        }

        _file?.Dispose();
        _file = file;
        _inode = Files.StatOf(file!).Inode;
        _lineLength = 0;
        return true;
    }

    private void Seek(long offset) => Syscall.Invoke(Nr.lseek, _file!.Number, (nint)offset, 0);

    /// <summary>Where the last <paramref name="lines"/> lines of the open file begin, and how many there are.</summary>
    private (long Start, long Found) Back(long lines)
    {
        var end = (long)Files.StatOf(_file!).Size;
        if (lines <= 0)
        {
            return (end, 0);
        }

        long found = 0;
        for (var position = end; position > 0;)
        {
            var size = (int)Math.Min(BlockSize, position);
            position -= size;
            Seek(position);
            var read = 0;
            for (int count; read < size && (count = Files.Read(_file!, _block.AsSpan(read, size - read))) > 0;)
            {
                read += count;
            }

            for (var i = read - 1; i >= 0; i--)
            {
                // A line feed ends a line; the one at the very end is that of the last.
                if (_block[i] == '\n' && position + i < end - 1 && ++found == lines)
                {
                    return (position + i + 1, found);
                }
            }
        }

        return (0, end > 0 ? found + 1 : 0);
    }
}
