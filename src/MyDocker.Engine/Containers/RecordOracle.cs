using System.Text;
using System.Text.Json;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>
/// Reads records that <see cref="RecordShapes"/> does not take, and says what is wrong with those that nobody can read. It takes the
/// serializer, whose knowledge of each record would be paid for at each start of a program that has it (docs/adr/0010): so the other program does it.
/// </summary>
public static class RecordOracle
{
    internal const string Remedy = "remove the container with 'mydocker rm -f' or restore the file";

    private const byte Right = 1, Wrong = 0;

    /// <summary>The file's content as <see cref="RecordShapes"/> writes it.</summary>
    /// <param name="isState">a state, not a record.</param>
    /// <exception cref="EngineException">it is damaged, and where.</exception>
    internal static byte[] Canonical(bool isState, string path)
    {
        if (!ImagesProgram.IsThere)
        {
            throw Damaged(path, "it is not as mydocker writes it");
        }

        var answer = ImagesProgram.Ask([ImagesProgram.ReadRecord, isState ? "state" : "record", path]);
        return answer.Length > 0 && answer[0] == Right ? answer[1..] : throw Damaged(path, Encoding.UTF8.GetString(answer.AsSpan(Math.Min(1, answer.Length))));
    }

    /// <summary>The other side: what <see cref="Canonical"/> asks for.</summary>
    /// <param name="kind">"state" or "record".</param>
    public static void Answer(string kind, string path)
    {
        var text = Files.TryReadBytes(path, out var errno) ?? throw new KernelException("read", path, errno);
        try
        {
            ImagesProgram.Answer([Right, .. kind == "state"
                ? RecordShapes.State.ToBytes(JsonSerializer.Deserialize(text, EngineJson.Default.ContainerState) ?? throw new JsonException("it says null"))
                : RecordShapes.Record.ToBytes(JsonSerializer.Deserialize(text, EngineJson.Default.ContainerRecord) ?? throw new JsonException("it says null"))]);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            ImagesProgram.Answer([Wrong, .. Encoding.UTF8.GetBytes(e.Message.Split('|')[0].Trim())]);
        }
    }

    private static EngineException Damaged(string path, string why) => new($"{path} is damaged: {why}; {Remedy}", exitCode: 1);
}
