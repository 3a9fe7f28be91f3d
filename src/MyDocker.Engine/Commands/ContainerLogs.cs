using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Logs;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Commands;

/// <summary>What part of a log is wanted.</summary>
public sealed record LogQuery
{
    public bool Follow { get; init; }

    /// <summary>The last so many records; null: all.</summary>
    public long? Tail { get; init; }
    public DateTimeOffset? Since { get; init; }
    public DateTimeOffset? Until { get; init; }
}

/// <summary><c>mydocker logs</c>: reads files only, so that no container and no monitor can hold it up, nor it them.</summary>
public static class ContainerLogs
{
    /// <summary>The labels and variables that --log-opt labels=… and env=… name, as docker writes them: "A=b,c=d".</summary>
    public static string Details(EngineRoots roots, string container)
    {
        var record = new ContainerStore(roots).Find(container);
        var given = record.Options.Log.Given;
        var labels = given.GetValueOrDefault("labels", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        var names = given.GetValueOrDefault("env", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        var details = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in (record.ImageConfig?.Labels ?? []).Concat(record.Options.Labels).Where(label => labels.Contains(label.Key)))
        {
            details[key] = value;
        }

        foreach (var entry in (record.ImageConfig?.Env ?? []).Concat(record.Options.Environment))
        {
            var equals = entry.IndexOf('=');
            if (equals > 0 && names.Contains(entry[..equals]))
            {
                details[entry[..equals]] = entry[(equals + 1)..];
            }
        }

        return string.Join(',', details.Select(detail => $"{Uri.EscapeDataString(detail.Key)}={Uri.EscapeDataString(detail.Value)}"));
    }

    /// <param name="take">gets each record; false ends it.</param>
    /// <param name="idle">called when there is nothing more for now; false ends it.</param>
    public static unsafe void Read(EngineRoots roots, string container, LogQuery query, Func<LogRecord, bool> take, Func<bool> idle)
    {
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        if (record.Options.Log.Driver != LogOptions.JsonFile)
        {
            throw new EngineException($"container {record.Name} was made with --log-driver {record.Options.Log.Driver}, whose output cannot be read here{(record.Options.Log.Driver == LogOptions.Journald ? $"; try 'journalctl CONTAINER_NAME={record.Name}'" : "")}", exitCode: 1);
        }

        using var reader = new LogReader(LogFiles.Current(roots, record.Id));
        reader.Open(query.Tail);
        bool Take(LogRecord line)
            => query.Since is { } since && line.Time < since || (!(query.Until is { } until && line.Time > until) && take(line));

        if (!query.Follow)
        {
            reader.Read(Take);
            return;
        }

        using var changes = new Inotify();
        changes.Watch(roots.ContainerDirectory(record.Id), Inotify.IN_MODIFY | Inotify.IN_CREATE | Inotify.IN_MOVED_TO);
        var polls = stackalloc PollFd[2];
        while (true)
        {
            // First who may still write, then what there is: so nothing is missed.
            using var writer = Writer(store.LoadState(record.Id));
            if (!reader.Read(Take) || !idle() || writer is null)
            {
                return;
            }

            polls[0] = new PollFd { Descriptor = changes.Fd.Number, Events = PollFd.POLLIN };
            polls[1] = new PollFd { Descriptor = writer.Fd.Number, Events = PollFd.POLLIN };
            var patience = query.Until is { } end ? (int)Math.Clamp((end - DateTimeOffset.UtcNow).TotalMilliseconds, 0, int.MaxValue) : -1;
            if (Descriptors.Poll(polls, 2, patience) == 0 && query.Until is { } over && over <= DateTimeOffset.UtcNow)
            {
                return;
            }

            changes.Drain();
        }
    }

    /// <summary>The process that writes the log: the monitor. One that was killed writes no more, though its container may run.</summary>
    private static PidFd? Writer(ContainerState state) => state.Monitor.TryOpen();
}
