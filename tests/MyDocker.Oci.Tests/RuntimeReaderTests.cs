using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using MyDocker.Oci.Runtime;
using MyDocker.Oci.Runtime.Reading;

namespace MyDocker.Oci.Tests;

/// <summary>The reader of the start path takes what the serializer takes, makes the same of it, and refuses what that refuses.</summary>
public sealed class RuntimeReaderTests
{
    /// <summary>What a field may hold by mistake: each kind of value, at the edges of each kind of number.</summary>
    private static readonly string[] s_values =
    [
        "null", "true", "false", "0", "-1", "7", "1.5", "1e2", "2147483648", "-2147483649", "4294967295", "4294967296", "65536",
        "9223372036854775808", "18446744073709551616", "\"\"", "\"text\"", "\"1\"", "\"\\u00fc\\ud83d\\ude00\"", "[]", "[null]", "[\"a\",\"b\"]", "[1]", "[{}]",
        "[[]]", "{}", "{\"a\":null}", "{\"a\":\"b\"}", "{\"a\":{}}", "{\"path\":\"p\",\"type\":\"t\"}",
    ];

    private static string FullConfig => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "full-config.json"));

    [Fact]
    public void A_config_with_every_field_is_read_to_the_last_field()
    {
        var spec = RuntimeReader.TrySpec(Encoding.UTF8.GetBytes(FullConfig));
        Assert.NotNull(spec);
        Assert.Empty(FilledIn.EmptyProperties(spec, "config"));
        AssertSame(FullConfig);
    }

    /// <summary>As for Go's decoder. What is data, such as the names of annotations, stays as it is.</summary>
    [Fact]
    public void Names_of_fields_may_be_written_in_another_case()
    {
        var original = RuntimeReader.TrySpec(Encoding.UTF8.GetBytes(FullConfig))!;
        var text = InAnotherCase(JsonSerializer.Serialize(original, RuntimeJson.Default.RuntimeSpec));

        AssertSame(text);
        Assert.Empty(FilledIn.EmptyProperties(RuntimeReader.TrySpec(Encoding.UTF8.GetBytes(text))!, "config"));
        AssertSame("""{"linux":{"resources":{"CPU":{"Shares":7},"cpu":{"mems":"0"}}},"Root":{"path":"a"},"root":{"PATH":"b"}}""");
        AssertSame("""{"ARGS":1,"PROCESS":{"Cwd":"/","ARGS":["a"]}}""");

        static string InAnotherCase(string json)
            => System.Text.RegularExpressions.Regex.Replace(json, "\"([A-Za-z0-9]+)\":", found => $"\"{found.Groups[1].Value.ToUpperInvariant()}\":");
    }

    [Fact]
    public void Any_field_may_be_missing()
    {
        foreach (var place in Places(JsonNode.Parse(FullConfig)!))
        {
            AssertSame(Changed(place, (parent, at) => Remove(parent, at)));
        }
    }

    [Fact]
    public void Any_value_in_any_field_is_taken_or_refused_as_by_the_serializer()
    {
        var root = JsonNode.Parse(FullConfig)!;
        foreach (var place in Places(root))
        {
            var parent = Find(root, place)!;
            var original = Value(parent, place[^1])?.DeepClone();
            foreach (var value in s_values)
            {
                Replace(parent, place[^1], JsonNode.Parse(value));
                AssertSame(root.ToJsonString());
            }

            Replace(parent, place[^1], original);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData(" { } \n")]
    [InlineData("{} {}")]
    [InlineData("{}x")]
    [InlineData("{")]
    [InlineData("{\"hostname\"")]
    [InlineData("{\"hostname\":")]
    [InlineData("{\"hostname\":\"h\"")]
    [InlineData("{\"hostname\":\"h\",}")]
    [InlineData("{\"hostname\":\"h\" /* no */}")]
    [InlineData("{'hostname':'h'}")]
    [InlineData("\uFEFF{}")]
    [InlineData("{\"hostname\":\"a\",\"hostname\":\"b\"}")]
    [InlineData("{\"hostname\":\"a\",\"hostname\":null}")]
    [InlineData("{\"hostname\":7,\"hostname\":\"b\"}")]
    [InlineData("{\"root\":{\"path\":\"a\",\"readonly\":true},\"root\":{\"path\":\"b\"}}")]
    [InlineData("{\"annotations\":{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"},\"mounts\":[{\"destination\":\"/a\"},{\"destination\":\"/b\"}],\"mounts\":[]}")]
    [InlineData("{\"\\u0068ostname\":\"h\",\"do\\u006Dainname\":\"d\"}")]
    [InlineData("{\"\\u0068\\u006f\\u0073\\u0074\\u006e\\u0061\\u006d\\u0065\":\"h\"}")]
    [InlineData("{\"Hostname\":\"h\",\"HOSTNAME\":\"h\",\"hostname \":\"h\",\"\":\"h\"}")]
    [InlineData("{\"hostname\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1,\"hostname\":\"h\"}")]
    [InlineData("{\"unknown\":[1,{\"a\":null,\"b\":[[],{}]}],\"hostname\":\"h\"}")]
    [InlineData("{\"unknown\":[1,{\"a\":nul}],\"hostname\":\"h\"}")]
    [InlineData("{\"unknown\":01}")]
    [InlineData("{\"$id\":\"1\",\"$ref\":\"2\",\"$type\":\"x\",\"hostname\":\"h\"}")]
    public void Documents_at_the_edge_of_JSON_are_taken_or_refused_as_by_the_serializer(string text) => AssertSame(text);

    [Theory]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    public void Nesting_ends_where_that_of_the_serializer_ends(int depth)
        => AssertSame($$"""{"unknown":{{new string('[', depth)}}{{new string(']', depth)}},"hostname":"h"}""");

    [Fact]
    public void A_name_that_is_longer_than_any_of_ours_is_unknown()
        => AssertSame($$"""{"{{new string('n', 5000)}}":1,"hostname":"h"}""");

    [Fact]
    public void A_process_is_read_alone()
    {
        var text = Encoding.UTF8.GetBytes(JsonNode.Parse(FullConfig)!["process"]!.ToJsonString());
        Assert.Equal(
            JsonSerializer.Serialize(JsonSerializer.Deserialize(text, RuntimeJson.Default.ProcessSpec), RuntimeJson.Default.ProcessSpec),
            JsonSerializer.Serialize(RuntimeReader.TryProcess(text), RuntimeJson.Default.ProcessSpec));
        Assert.Null(RuntimeReader.TryProcess("""{"user":null}"""u8));
    }

    [Fact]
    public void Documents_with_several_changes_are_read_as_by_the_serializer()
    {
        var places = Places(JsonNode.Parse(FullConfig)!);
        var change = Gen.Select(Gen.Int[0, places.Count - 1], Gen.Int[-1, s_values.Length - 1]);
        change.Array[1, 6].Sample(
            changes =>
            {
                var root = JsonNode.Parse(FullConfig)!;
                foreach (var (place, value) in changes)
                {
                    if (Find(root, places[place]) is { } parent)
                    {
                        if (value < 0)
                        {
                            Remove(parent, places[place][^1]);
                        }
                        else
                        {
                            Replace(parent, places[place][^1], JsonNode.Parse(s_values[value]));
                        }
                    }
                }

                AssertSame(root.ToJsonString());
            },
            iter: 500);
    }

    [Fact]
    public void Damaged_documents_are_never_read_as_something_else()
    {
        var original = Encoding.UTF8.GetBytes(FullConfig);
        Gen.Select(Gen.Int[0, original.Length - 1], Gen.Byte).Array[1, 3].Sample(
            damages =>
            {
                var text = original.ToArray();
                foreach (var (at, value) in damages)
                {
                    text[at] = value;
                }

                // Taking less is allowed here: a name that is no UTF-8 makes the reader ask the serializer.
                if (RuntimeReader.TrySpec(text) is { } spec)
                {
                    Assert.Equal(Expected(text), JsonSerializer.Serialize(spec, RuntimeJson.Default.RuntimeSpec));
                }
            },
            iter: 1500);
    }

    private static void AssertSame(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var expected = Expected(bytes);
        var spec = RuntimeReader.TrySpec(bytes);
        var actual = spec is null ? null : JsonSerializer.Serialize(spec, RuntimeJson.Default.RuntimeSpec);
        Assert.True(expected == actual, $"of {text}\nthe serializer makes {expected ?? "nothing"}\nthe reader {actual ?? "nothing"}");
    }

    /// <summary>Null: it refuses the document.</summary>
    private static string? Expected(byte[] text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, RuntimeJson.Default.RuntimeSpec) is { } spec ? JsonSerializer.Serialize(spec, RuntimeJson.Default.RuntimeSpec) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Every field and element of a document, as the names and indexes that lead to it.</summary>
    private static List<object[]> Places(JsonNode node)
    {
        var places = new List<object[]>();
        Walk(node, []);
        return places;

        void Walk(JsonNode? at, object[] path)
        {
            if (path.Length > 0)
            {
                places.Add(path);
            }

            foreach (var (key, child) in Children(at))
            {
                Walk(child, [.. path, key]);
            }
        }
    }

    private static IEnumerable<(object Key, JsonNode? Child)> Children(JsonNode? node) => node switch
    {
        JsonObject map => map.Select(entry => ((object)entry.Key, entry.Value)),
        JsonArray list => list.Select((child, i) => ((object)i, child)),
        _ => [],
    };

    private static string Changed(object[] place, Action<JsonNode, object> change)
    {
        var root = JsonNode.Parse(FullConfig)!;
        change(Find(root, place)!, place[^1]);
        return root.ToJsonString();
    }

    /// <summary>The parent of a place; null if an earlier change has removed it.</summary>
    private static JsonNode? Find(JsonNode root, object[] place)
    {
        JsonNode? node = root;
        foreach (var key in place)
        {
            var next = node switch
            {
                JsonObject map when key is string name && map.ContainsKey(name) => (true, map[name]),
                JsonArray list when key is int i && i < list.Count => (true, list[i]),
                _ => (false, null),
            };
            if (!next.Item1)
            {
                return null;
            }

            if (ReferenceEquals(key, place[^1]))
            {
                return node;
            }

            node = next.Item2;
        }

        return null;
    }

    private static JsonNode? Value(JsonNode parent, object at) => at is int i ? parent[i] : parent[(string)at];

    private static void Remove(JsonNode parent, object at)
    {
        if (parent is JsonArray list)
        {
            list.RemoveAt((int)at);
        }
        else
        {
            parent.AsObject().Remove((string)at);
        }
    }

    private static void Replace(JsonNode parent, object at, JsonNode? value)
    {
        if (parent is JsonArray list)
        {
            list[(int)at] = value;
        }
        else
        {
            parent[(string)at] = value;
        }
    }
}
