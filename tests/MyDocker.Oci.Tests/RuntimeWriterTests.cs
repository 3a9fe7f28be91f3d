using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using MyDocker.Oci.Json;
using MyDocker.Oci.Runtime;
using MyDocker.Oci.Runtime.Reading;

namespace MyDocker.Oci.Tests;

/// <summary>What the writer of the start path writes is what the serializer writes, but for escapes that nobody needs.</summary>
public sealed class RuntimeWriterTests
{
    private static readonly Gen<string> s_text = Gen.OneOf(
        Gen.String,
        Gen.String[Gen.OneOf(Gen.Char['\0', '"'], Gen.Char['\u007e', '\u0900'], Gen.Char['\ud7f0', '\ue010'], Gen.Char['"', '"'], Gen.Char['\\', '\\'])]);

    private static readonly Gen<RuntimeState> s_state = Gen.Select(s_text, s_text, Gen.Int, Gen.Dictionary(s_text, s_text)[0, 5], s_text.Null(), Gen.Bool).Select(
        (id, bundle, pid, annotations, created, isRoot) => new RuntimeState
        {
            Id = id,
            Status = RuntimeStatus.Created,
            Pid = isRoot ? pid : 0,
            Bundle = bundle,
            Annotations = annotations.Count == 0 && isRoot ? null : annotations,
            Rootfs = isRoot ? null : "/r",
            Created = created,
            Owner = isRoot ? "" : null,
        });

    [Fact]
    public void States_are_written_as_by_the_serializer()
        => s_state.Sample(state => AssertSame(JsonSerializer.Serialize(state, RuntimeJson.Default.RuntimeState), RuntimeWriter.State(state)));

    [Fact]
    public void Process_states_are_written_as_by_the_serializer()
        => Gen.Select(s_state.Null(), s_text.List[0, 3].Null(), s_text.Null(), Gen.Int).Sample((state, fds, metadata, pid) =>
        {
            var process = new ContainerProcessState { Fds = fds, Pid = pid, Metadata = metadata, State = state };
            AssertSame(JsonSerializer.Serialize(process, RuntimeJson.Default.ContainerProcessState), RuntimeWriter.ProcessState(process));
        });

    [Fact]
    public void Numbers_are_written_to_their_last_digit()
        => AssertSame(
            """{"a":-9223372036854775808,"b":9223372036854775807,"c":18446744073709551615,"d":0,"e":true,"f":false}""",
            new JsonText().Open().Field("a", long.MinValue).Field("b", long.MaxValue).Field("c", ulong.MaxValue).Field("d", 0).Field("e", true).Field("f", false).Close().ToArray());

    private static void AssertSame(string expected, byte[] actual)
        => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"expected {expected}\nactual {System.Text.Encoding.UTF8.GetString(actual)}");
}
