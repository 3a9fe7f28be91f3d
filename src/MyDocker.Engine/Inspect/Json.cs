using System.Text.Json.Nodes;

namespace MyDocker.Engine.Inspect;

/// <summary>JSON as Docker's API has it: null where Go has a nil slice or map.</summary>
internal static class Json
{
    public static JsonArray Array(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode?)JsonValue.Create(item))]);

    public static JsonArray? ArrayOrNull(IReadOnlyCollection<string>? items) => items is { Count: > 0 } ? Array(items) : null;

    public static JsonObject Map(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var map = new JsonObject();
        foreach (var (key, value) in entries)
        {
            map[key] = value;
        }

        return map;
    }
}
