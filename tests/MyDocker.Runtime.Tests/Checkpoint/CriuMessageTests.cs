using System.Text;
using MyDocker.Runtime.Checkpoint;

namespace MyDocker.Runtime.Tests.Checkpoint;

/// <summary>The messages to and from CRIU, byte by byte as protoc encodes rpc.proto.</summary>
public sealed class CriuMessageTests
{
    private static CriuRequestOptions Options(CriuOptions user) => new() { ImagesFd = 5, LogFile = "dump.log", Root = "/r", User = user };

    [Fact]
    public void NumbersTakeSevenBitsAByte()
    {
        Assert.Equal("08960118FFFFFFFFFFFFFFFFFF01", Convert.ToHexString(new ProtobufWriter().Number(1, 150).Number(3, -1).Bytes));
        Assert.Equal("120774657374696E67", Convert.ToHexString(new ProtobufWriter().Text(2, "testing").Text(3, null).Number(4, null).Bytes));
        Assert.Equal("1A03089601", Convert.ToHexString(new ProtobufWriter().Message(3, new ProtobufWriter().Number(1, 150)).Bytes));
        Assert.Equal("800301", Convert.ToHexString(new ProtobufWriter().Flag(48, true).Bytes));
    }

    [Fact]
    public void ARequestHasItsTypeAndOptions()
    {
        Assert.Equal("080A", Convert.ToHexString(CriuRequest.Of(CriuRequestType.Version).Bytes));
        Assert.Equal("08091A0408011001".Replace("1A04", "2A04", StringComparison.Ordinal), Convert.ToHexString(CriuRequest.FeatureCheck().Bytes));
        Assert.Equal("08061801", Convert.ToHexString(CriuRequest.Answer(true).Bytes));
        var message = CriuRequest.Of(CriuRequestType.Dump, Options(new CriuOptions { ImagePath = "/i", ParentPath = "../p", PageServer = ("::1", 99) })).Bytes;
        var reader = new ProtobufReader(message);
        Assert.True(reader.Next());
        Assert.Equal((1, 1), (reader.Field, reader.Number));
        Assert.True(reader.Next());
        Assert.Equal(2, reader.Field);
        var fields = new Dictionary<int, string>();
        for (var options = new ProtobufReader(reader.Block); options.Next();)
        {
            fields[options.Field] = options.Block.IsEmpty ? $"{(long)options.Value}" : Convert.ToHexString(options.Block);
        }

        Assert.Equal(("5", "6", "1"), (fields[1], fields[34], fields[12]));
        Assert.Equal((Hex("/r"), Hex("../p"), "1"), (fields[13], fields[14], fields[15]));
        Assert.Equal("0A033A3A311063", fields[11]);
        Assert.False(fields.ContainsKey(2) || fields.ContainsKey(17) || fields.ContainsKey(26));
    }

    [Fact]
    public void WhatComesFromOutsideIsNamed()
    {
        var options = Options(new CriuOptions { ImagePath = "/i" }) with { IsRestore = true, WorkFd = 6, Pid = 7 };
        options.Mounts.Add(("/a", "/b"));
        options.External.Add("net[4]:key");
        options.Inherited.Add(("pipe:[9]", 1));
        options.Joined.Add(("ipc", "/p"));
        options.CgroupRoots.Add(("cpu", "/c"));
        var text = Convert.ToHexString(options.ToMessage().Bytes);
        Assert.Contains($"BA0108{"0A022F6112022F62"}", text); // 23
        Assert.Contains($"CA010B0A036370751202{Hex("/c")}"[..4], text); // 25
        Assert.Contains($"DA010C0A08{Hex("pipe:[9]")}1001", text); // 27
        Assert.Contains($"AA020A{Hex("net[4]:key")}", text); // 37
        Assert.Contains($"BA02090A03{Hex("ipc")}1202{Hex("/p")}", text); // 39
        Assert.Contains("D00101", text); // 26
    }

    [Fact]
    public void AnAnswerIsRead()
    {
        var notification = new ProtobufWriter().Number(1, 6).Flag(2, true).Message(5, new ProtobufWriter().Text(1, "post-restore").Number(2, 1234));
        var read = CriuResponse.Read(notification.Bytes);
        Assert.Equal((CriuRequestType.Notify, true, "post-restore", 1234), (read.Type, read.Success, read.Script, read.ScriptPid));
        var version = new ProtobufWriter().Number(1, 10).Flag(2, true).Message(10, new ProtobufWriter().Number(1, 3).Number(2, 17).Text(3, "gitid").Number(4, 1));
        Assert.Equal(31701, CriuResponse.Read(version.Bytes).Version);
        Assert.Equal("3.17.1", CriuResponse.Describe(31701));
        var failure = new ProtobufWriter().Number(1, 2).Flag(2, false).Number(7, 17).Text(9, "words").Number(200, 1);
        var failed = CriuResponse.Read(failure.Bytes);
        Assert.Equal((false, 17, "words"), (failed.Success, failed.Errno, failed.Message));
        var features = new ProtobufWriter().Number(1, 9).Flag(2, true).Message(8, new ProtobufWriter().Flag(1, true).Flag(2, false));
        Assert.Equal((true, false), (CriuResponse.Read(features.Bytes).TracksMemory, CriuResponse.Read(features.Bytes).ServesPages));
    }

    [Theory]
    [InlineData("08")]
    [InlineData("0A05AA")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("0B")]
    public void ADamagedAnswerIsAnError(string hex) => Assert.Throws<FormatException>(() => CriuResponse.Read(Convert.FromHexString(hex)));

    [Fact]
    public void ErrorsOfALogComeWithTheLinesBefore()
    {
        string[] log = [.. Enumerable.Range(1, 20).Select(number => $"line {number}")];
        log[9] = "Error (a)";
        log[10] = "Error (b)";
        log[19] = "Error (c)";
        Assert.Equal(["5:line 5", "6:line 6", "7:line 7", "8:line 8", "9:line 9", "10:Error (a)", "11:Error (b)", "...",
            "15:line 15", "16:line 16", "17:line 17", "18:line 18", "19:line 19", "20:Error (c)"], CriuLog.Select(log)[..]);
        Assert.Empty(CriuLog.Select(["all is well"]));
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));
}
