using System.Globalization;
using MyDocker.Engine.Containers;

namespace MyDocker.Engine.Events;

/// <summary>Events of containers, with what docker says about the container in each.</summary>
internal static class ContainerEvents
{
    public static EngineEvent New(ContainerRecord record, string action, params ReadOnlySpan<(string Key, object Value)> details)
    {
        var attributes = new Dictionary<string, string>(record.Options.Labels) { ["image"] = record.Image, ["name"] = record.Name };
        foreach (var (key, value) in details)
        {
            attributes[key] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        return new EngineEvent { Action = action, Id = record.Id, Attributes = attributes, TimeNano = EngineEvent.Nano(DateTimeOffset.UtcNow) };
    }

    public static void Write(EngineRoots roots, ContainerRecord record, string action, params ReadOnlySpan<(string Key, object Value)> details)
        => new EventJournal(roots).Write(New(record, action, details));
}
