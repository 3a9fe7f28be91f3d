using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Events;

/// <summary>Which events are wanted.</summary>
public sealed record EventQuery
{
    /// <summary>null: from now on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>null: for ever.</summary>
    public DateTimeOffset? Until { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Filters { get; init; } = [];
}

/// <summary><c>mydocker events</c>: what happened, and what happens, in the order in which it was written down.</summary>
public static class EventReader
{
    private static readonly string[] s_keys = ["type", "event", "container", "image", "label", "volume"];

    /// <param name="take">gets each event; false ends it.</param>
    public static unsafe void Read(EngineRoots roots, EventQuery query, Func<EngineEvent, bool> take)
    {
        roots.Create();
        var journal = new EventJournal(roots);
        using var changes = new Inotify();
        changes.Watch(journal.Directory, Inotify.IN_CREATE | Inotify.IN_MOVED_TO | Inotify.IN_MODIFY);
        var since = query.Since ?? DateTimeOffset.UtcNow;
        var filter = FilterOf(query.Filters);
        using var file = new Tail(journal);
        var poll = new PollFd { Descriptor = changes.Fd.Number, Events = PollFd.POLLIN };
        while (true)
        {
            foreach (var line in file.Lines())
            {
                if (line.Time >= since && query.Until is { } until && line.Time > until)
                {
                    return;
                }

                if (line.Time >= since && filter(line) && !take(line))
                {
                    return;
                }
            }

            var patience = -1;
            if (query.Until is { } end && (patience = (int)Math.Clamp((end - DateTimeOffset.UtcNow).TotalMilliseconds, 0, int.MaxValue)) == 0)
            {
                return;
            }

            Descriptors.Poll(&poll, 1, patience);
            changes.Drain();
        }
    }

    public static KeyValuePair<string, string> ParseFilter(string option, string text)
    {
        var equals = text.IndexOf('=');
        return equals > 0 && s_keys.Contains(text[..equals]) ? new(text[..equals], text[(equals + 1)..])
            : throw new OptionException(option, text, $"use KEY=VALUE with a key of {string.Join(", ", s_keys)}");
    }

    private static Predicate<EngineEvent> FilterOf(IReadOnlyList<KeyValuePair<string, string>> filters)
    {
        var groups = filters.GroupBy(f => f.Key, f => f.Value).ToList();
        return one => groups.TrueForAll(group => group.Any(value => group.Key switch
        {
            "type" => one.Type == value,
            "event" => one.Action == value || one.Action.StartsWith(value + ":", StringComparison.Ordinal),
            "container" => one.Type == "container" && value.Length > 0 && (one.Id.StartsWith(value, StringComparison.Ordinal) || one.Attributes.GetValueOrDefault("name") == value),
            "image" => one.Attributes.GetValueOrDefault("image") is { } image && (image == value || image.Split(':')[0] == value),
            "label" => Commands.PsFilter.HasLabel(one.Attributes, value),
            _ => one.Type == "volume" && one.Id == value,
        }));
    }

    /// <summary>The older file, then the newer one, then what is appended to it, whatever it is called by then.</summary>
    private sealed class Tail(EventJournal journal) : IDisposable
    {
        private Fd? _file;
        private ulong _inode;
        private bool _begun;
        private string _rest = "";

        public IEnumerable<EngineEvent> Lines()
        {
            if (!_begun)
            {
                _begun = true;
                TryOpen(journal.OlderPath);
            }

            while (_file is not null || TryOpen(journal.FilePath))
            {
                foreach (var line in ReadFile())
                {
                    yield return line;
                }

                if (Files.TryStat(journal.FilePath, out var newest) != Errno.None || newest.Inode == _inode)
                {
                    yield break;
                }

                // Ours was put away; what was written to it until then has to be read first.
                foreach (var line in ReadFile())
                {
                    yield return line;
                }

                TryOpen(journal.FilePath);
            }
        }

        public void Dispose() => _file?.Dispose();

        private List<EngineEvent> ReadFile()
        {
            var found = new List<EngineEvent>();
            var buffer = new byte[64 * 1024];
            var bytes = new MemoryStream();
            int count;
            while ((count = Files.Read(_file!, buffer)) > 0)
            {
                bytes.Write(buffer, 0, count);
            }

            _rest += System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
            int end;
            var start = 0;
            for (; (end = _rest.IndexOf('\n', start)) >= 0; start = end + 1)
            {
                if (Parse(_rest[start..end]) is { } one)
                {
                    found.Add(one);
                }
            }

            _rest = _rest[start..];
            return found;
        }

        /// <summary>Null: a line that a full disk has cut short.</summary>
        private static EngineEvent? Parse(string line) => RecordShapes.Event.TryRead(System.Text.Encoding.UTF8.GetBytes(line));

        private bool TryOpen(string path)
        {
            if (Files.TryOpen(path, O_RDONLY, out var file) != Errno.None)
            {
                return false;
            }

            _file?.Dispose();
            _file = file;
            _inode = Files.StatOf(file!).Inode;
            _rest = "";
            return true;
        }
    }
}
