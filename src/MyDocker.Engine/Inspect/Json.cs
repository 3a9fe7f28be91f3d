using MyDocker.Oci.Json;

namespace MyDocker.Engine.Inspect;

/// <summary>JSON as Docker's API has it: null where Go has a nil slice or map.</summary>
internal static class Json
{
    public static List<object?> Array(IEnumerable<object> items) => [.. items];

    public static List<object?>? ArrayOrNull(IReadOnlyCollection<string>? items) => items is { Count: > 0 } ? Array(items) : null;

    public static Document Map(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var map = new Document();
        foreach (var (key, value) in entries)
        {
            map[key] = value;
        }

        return map;
    }
}
