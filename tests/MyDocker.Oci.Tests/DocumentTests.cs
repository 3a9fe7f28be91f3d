using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MyDocker.Oci.Json;

namespace MyDocker.Oci.Tests;

/// <summary>Documents against what .NET's own JSON makes of the same.</summary>
public sealed class DocumentTests
{
    private const string Everything = """
        {"a":null,"b":true,"c":false,"d":0,"e":-9223372036854775808,"f":1.5,"g":1E+300,"h":"","i":[],"j":{},"k":[1,[2,{"x":[null]}],"3"],
         "l":{"m":{"n":"o"}},"p q":"a\"b\\c/d\b\f\n\r\t\u0001\u001f\u007f\u0085","r":"ä€<&>'+`","s":"\u2028\u2029"}
        """;

    [Theory]
    [InlineData(Everything)]
    [InlineData("[]")]
    [InlineData("[{\"a\":1}]")]
    [InlineData("\"text\"")]
    [InlineData("12")]
    [InlineData("null")]
    public void The_text_is_the_same_on_one_line_and_indented(string json)
    {
        var value = DocumentReader.Parse(Encoding.UTF8.GetBytes(json));
        var node = JsonNode.Parse(json);
        foreach (var indented in new[] { false, true })
        {
            var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = indented, IndentSize = 4, NewLine = "\n" };
            Assert.Equal(node?.ToJsonString(options) ?? "null", DocumentText.Of(value, indented), ignoreCase: true); // \u001F
        }
    }

    [Fact]
    public void Pairs_are_one_character_and_half_a_pair_is_none()
        => Assert.Equal("\"😀 \uFFFD \uFFFD\"", DocumentText.Of("😀 \uD83D \uDE00"));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("[1,]")]
    [InlineData("{\"a\"}")]
    public void What_is_no_JSON_is_an_error(string json)
        => Assert.ThrowsAny<JsonException>(() => DocumentReader.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_field_keeps_its_place_when_it_is_set_again_and_numbers_become_long()
    {
        var document = new Document { ["a"] = 1, ["b"] = (ushort)2, ["c"] = ulong.MaxValue, ["d"] = 3ul };
        document["a"] = "x";
        Assert.Equal(["a", "b", "c", "d"], document.Names);
        Assert.Equal(["x", 2L, 18446744073709551615d, 3L], document.Values);
        Assert.Null(document["e"]);
        Assert.False(document.TryGet("e", out _));
        Assert.Throws<ArgumentException>(() => document["e"] = DateTime.UnixEpoch);
    }
}
