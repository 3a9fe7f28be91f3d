using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MyDocker.Engine.Attach;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Logs;

/// <summary>
/// A container's output as docker's json-file driver keeps it: a record for each line, with stream and time, in files of a
/// bounded size. Never waits for a reader, and never fails: what a full disk does not take is counted, and a record says so
/// when there is room again. A line of more than 16 KiB is kept in pieces, as docker does.
/// </summary>
internal sealed unsafe class JsonFileLog(string path, long maxSize, int maxFiles) : IDisposable
{
    private const int MaxLine = 16 * 1024;

    /// <summary>Every byte as \u00XX, and what is around it.</summary>
    private const int MaxRecord = (6 * MaxLine) + 128;
    private const int BufferSize = MaxRecord + (32 * 1024);
    private const int OwnersOnly = 0x1A0; // 0640

    private static readonly SearchValues<byte> s_plain = SearchValues.Create(
        Enumerable.Range(0x20, 0x5f).Select(b => (byte)b).Where(b => b is not ((byte)'"' or (byte)'\\')).ToArray());

    private readonly byte*[] _partial = new byte*[2];
    private readonly int[] _partialLength = new int[2];
    private readonly byte[] _time = new byte[30];
    private readonly string[] _names = [.. Enumerable.Range(0, Math.Max(1, maxFiles)).Select(number => LogFiles.Rotated(path, number))];
    private int _rotations;
    private byte* _buffer;
    private int _used;
    private Fd? _file;
    private long _size;
    private long _lost;
    private Errno _lostBy;

    /// <summary>Takes a chunk of a stream; an empty one is the stream's end.</summary>
    public void Write(OutputStream stream, ReadOnlySpan<byte> chunk)
    {
        var slot = stream == OutputStream.Stdout ? 0 : 1;
        SetTime();
        if (chunk.IsEmpty && _partialLength[slot] > 0)
        {
            Append(slot, [], 0);
        }

        while (!chunk.IsEmpty)
        {
            var end = chunk.IndexOf((byte)'\n');
            var length = end < 0 ? chunk.Length : end + 1;
            var room = MaxLine - _partialLength[slot];
            if (end >= 0 && length <= room)
            {
                Append(slot, chunk[..length], length);
            }
            else if (length > room)
            {
                length = CharacterBoundary(chunk, room);
                Append(slot, chunk[..length], length);
            }
            else
            {
                Keep(slot, chunk);
            }

            chunk = chunk[length..];
        }

        Flush();
    }

    public void Dispose()
    {
        _file?.Dispose();
        NativeMemory.Free(_buffer);
        NativeMemory.Free(_partial[0]);
        NativeMemory.Free(_partial[1]);
    }

    /// <summary>A line of more than the most is not cut within a character.</summary>
    private static int CharacterBoundary(ReadOnlySpan<byte> chunk, int length)
    {
        for (var back = 0; back < 4 && length - back > 0; back++)
        {
            if ((chunk[length - back] & 0xC0) != 0x80)
            {
                return length - back;
            }
        }

        return Math.Max(length, 1);
    }

    private void Keep(int slot, ReadOnlySpan<byte> bytes)
    {
        if (_partial[slot] == null)
        {
            _partial[slot] = (byte*)NativeMemory.Alloc(MaxLine);
        }

        bytes.CopyTo(new Span<byte>(_partial[slot] + _partialLength[slot], MaxLine - _partialLength[slot]));
        _partialLength[slot] += bytes.Length;
    }

    /// <summary>One record into the buffer: what was kept of the line, and its end.</summary>
    private void Append(int slot, ReadOnlySpan<byte> rest, int length)
    {
        if (_lost > 0)
        {
            TellLoss();
        }

        Record(new ReadOnlySpan<byte>(_partial[slot], _partialLength[slot]), rest[..length], slot == 0 ? "stdout"u8 : "stderr"u8);
        _partialLength[slot] = 0;
    }

    private void Record(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> stream)
    {
        if (_buffer == null)
        {
            _buffer = (byte*)NativeMemory.Alloc(BufferSize);
        }

        if (BufferSize - _used < MaxRecord)
        {
            Flush();
        }

        var start = _used;
        Put("{\"log\":\""u8);
        Escape(first);
        Escape(second);
        Put("\",\"stream\":\""u8);
        Put(stream);
        Put("\",\"time\":\""u8);
        Put(_time);
        Put("\"}\n"u8);
        if (maxSize > 0 && _size + _used > maxSize && _size + start > 0)
        {
            var record = _used - start;
            _used = start;
            Flush();
            Rotate();
            Buffer.MemoryCopy(_buffer + start, _buffer, BufferSize, record);
            _used = record;
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(_buffer + _used, BufferSize - _used));
        _used += bytes.Length;
    }

    private void Escape(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var plain = bytes.IndexOfAnyExcept(s_plain);
            plain = plain < 0 ? bytes.Length : plain;
            Put(bytes[..plain]);
            bytes = bytes[plain..];
            if (!bytes.IsEmpty)
            {
                bytes = bytes[EscapeOne(bytes)..];
            }
        }
    }

    /// <summary>Returns how many bytes the character had. What is no UTF-8 becomes U+FFFD.</summary>
    private int EscapeOne(ReadOnlySpan<byte> bytes)
    {
        switch (bytes[0])
        {
            case (byte)'"':
                Put("\\\""u8);
                return 1;
            case (byte)'\\':
                Put("\\\\"u8);
                return 1;
            case (byte)'\n':
                Put("\\n"u8);
                return 1;
            case (byte)'\r':
                Put("\\r"u8);
                return 1;
            case (byte)'\t':
                Put("\\t"u8);
                return 1;
            case < 0x20:
                Put("\\u00"u8);
                Put([(byte)"0123456789abcdef"[bytes[0] >> 4], (byte)"0123456789abcdef"[bytes[0] & 15]]);
                return 1;
            case < 0x80:
                Put(bytes[..1]);
                return 1;
        }

        var valid = Rune.DecodeFromUtf8(bytes, out _, out var length) == OperationStatus.Done;
        Put(valid ? bytes[..length] : "\uFFFD"u8);
        return length;
    }

    /// <summary>RFC 3339 with nanoseconds, in UTC.</summary>
    private void SetTime()
        => DateTime.UtcNow.TryFormat(_time, out _, "yyyy-MM-ddTHH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    private void Flush()
    {
        if (_used == 0)
        {
            return;
        }

        var errno = Open();
        errno = errno == Errno.None ? Files.TryWrite(_file!, new ReadOnlySpan<byte>(_buffer, _used)) : errno;
        if (errno == Errno.None)
        {
            _size += _used;
        }
        else
        {
            _lost += _used;
            _lostBy = errno;
            CutHalfRecord();
        }

        _used = 0;
    }

    /// <summary>A file that somebody else has made shorter (truncate -s 0) is as long as it is.</summary>
    private void CutHalfRecord()
    {
        if (_file is null)
        {
            return;
        }

        if ((long)Files.StatOf(_file).Size > _size)
        {
            Syscall.Invoke(Nr.ftruncate, _file.Number, (nint)_size);
        }
        else
        {
            _file.Dispose(); // opened again, it is looked at again
            _file = null;
        }
    }

    private Errno Open()
    {
        if (_file is not null)
        {
            return Errno.None;
        }

        var errno = Files.TryOpen(path, O_WRONLY | O_CREAT | O_APPEND, out _file, OwnersOnly);
        if (errno == Errno.None)
        {
            _size = (long)Files.StatOf(_file!).Size;
            EndHalfRecord();
        }

        return errno;
    }

    /// <summary>A monitor that was killed in the middle of a write may have left half a record: it ends here, and readers skip it.</summary>
    private void EndHalfRecord()
    {
        if (_size == 0 || Files.TryOpen(path, O_RDONLY, out var reader) != Errno.None)
        {
            return;
        }

        using (reader)
        {
            byte last = 0;
            if (Syscall.Invoke(Nr.pread64, reader!.Number, (nint)(&last), 1, (nint)(_size - 1)) == 1 && last != '\n' && Files.TryWrite(_file!, "\n"u8) == Errno.None)
            {
                _size++;
            }
        }
    }

    private void Rotate()
    {
        _file?.Dispose();
        _file = null;
        if (maxFiles <= 1)
        {
            Files.TryUnlink(path);
        }

        for (var number = maxFiles - 1; number > 0; number--)
        {
            Files.TryRename(_names[number - 1], _names[number]);
        }

        // A descriptor's object now and then is all that a flood of output leaves on the heap; so that it does not add up to
        // megabytes before the collector finds it worth its while, it is collected here.
        const int Often = 64;
        if (++_rotations % Often == 0)
        {
            GC.Collect();
        }

        _size = 0;
    }

    /// <summary>Only once a write has worked again is the loss told for good.</summary>
    private void TellLoss()
    {
        var (lost, by) = (_lost, _lostBy);
        _lost = 0;
        Record(Encoding.UTF8.GetBytes($"mydocker: {lost} bytes of the log could not be written: {by.Describe()}\n"), [], "stderr"u8);
        Flush();
        _lost += _lost > 0 ? lost : 0;
    }
}
