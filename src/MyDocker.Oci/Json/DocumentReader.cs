using System.Text.Json;

namespace MyDocker.Oci.Json;

/// <summary>Reads JSON of any shape, to be shown: the values that <see cref="Document"/> has.</summary>
public static class DocumentReader
{
    /// <exception cref="JsonException">it is not JSON.</exception>
    public static object? Parse(ReadOnlySpan<byte> text)
    {
        var json = new Utf8JsonReader(text);
        json.Read();
        var value = Value(ref json);
        json.Read(); // what follows is an error of the reader's
        return value;
    }

    private static object? Value(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.StartObject:
                var document = new Document();
                while (json.Read() && json.TokenType != JsonTokenType.EndObject)
                {
                    var name = json.GetString()!;
                    json.Read();
                    document[name] = Value(ref json);
                }

                return document;
            case JsonTokenType.StartArray:
                var list = new List<object?>();
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    list.Add(Value(ref json));
                }

                return list;
            case JsonTokenType.Number:
                return json.TryGetInt64(out var number) ? (object)number : json.GetDouble();
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return json.GetString();
            default:
                return json.GetBoolean();
        }
    }
}
