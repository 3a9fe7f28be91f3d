using System.Text;
using System.Text.Json;
using MyDocker.Engine.Attach;
using MyDocker.Engine.Logs;

namespace MyDocker.Engine.Tests;

/// <summary>The log as docker's json-file driver would have written it, read back.</summary>
public sealed class JsonFileLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-log").FullName;

    private string FilePath => Path.Combine(_directory, "x-json.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private List<LogRecord> Read(long? tail = null)
    {
        var records = new List<LogRecord>();
        using var reader = new LogReader(FilePath);
        reader.Open(tail);
        reader.Read(record =>
        {
            records.Add(record);
            return true;
        });
        return records;
    }

    [Fact]
    public void EachLineIsARecordWhateverTheChunks()
    {
        using (var log = new JsonFileLog(FilePath, 1 << 20, 3))
        {
            log.Write(OutputStream.Stdout, "on"u8);
            log.Write(OutputStream.Stderr, "err 1\ner"u8);
            log.Write(OutputStream.Stdout, "e\ntwo\nthr"u8);
            log.Write(OutputStream.Stderr, "r 2\n"u8);
            log.Write(OutputStream.Stdout, []);
        }

        Assert.Equal(["err 1\n", "one\n", "two\n", "err 2\n", "thr"], Read().Select(record => record.Text));
        foreach (var line in File.ReadAllLines(FilePath))
        {
            using var record = JsonDocument.Parse(line);
            Assert.Equal(["log", "stream", "time"], record.RootElement.EnumerateObject().Select(property => property.Name));
        }
    }

    [Fact]
    public void EveryByteSurvivesOrIsReplacedAsDockerDoes()
    {
        var text = "tab\t quote\" back\\ bell\u0007 delete\u007f ümlaut 漢字 😀 </script>\r\n";
        using (var log = new JsonFileLog(FilePath, -1, 1))
        {
            log.Write(OutputStream.Stdout, Bytes(text));
            log.Write(OutputStream.Stdout, [0xff, (byte)'x', 0xc3, (byte)'\n']);
        }

        Assert.Equal([text, "\uFFFDx\uFFFD\n"], Read().Select(record => record.Text));
    }

    [Fact]
    public void LongLinesAreKeptInPieces()
    {
        var line = string.Concat(Enumerable.Repeat("é", 20_000)) + "\n";
        using (var log = new JsonFileLog(FilePath, -1, 1))
        {
            log.Write(OutputStream.Stdout, Bytes("x"));
            foreach (var chunk in Bytes(line).Chunk(5000))
            {
                log.Write(OutputStream.Stdout, chunk);
            }
        }

        var records = Read();
        Assert.True(records.Count > 1);
        Assert.Equal("x" + line, string.Concat(records.Select(record => record.Text)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void FilesAreBounded(int files)
    {
        using (var log = new JsonFileLog(FilePath, 10_000, files))
        {
            for (var i = 0; i < 2000; i++)
            {
                log.Write(OutputStream.Stdout, Bytes($"line {i}\n"));
            }
        }

        Assert.Equal(files, Directory.GetFiles(_directory).Length);
        Assert.All(Directory.GetFiles(_directory), file => Assert.InRange(new FileInfo(file).Length, 1, 10_000));
        var texts = Read().Select(record => record.Text).ToList();
        Assert.Equal("line 1999\n", texts[^1]);
        Assert.Equal(Enumerable.Range(2000 - texts.Count, texts.Count).Select(i => $"line {i}\n"), texts);
        for (var tail = 0; tail <= texts.Count; tail += 7)
        {
            Assert.Equal(texts.TakeLast(tail), Read(tail).Select(record => record.Text));
        }
    }

    [Fact]
    public void HalfARecordIsSkippedAndTheNextOneIsWhole()
    {
        using (var log = new JsonFileLog(FilePath, -1, 1))
        {
            log.Write(OutputStream.Stdout, "first\nsecond\n"u8);
        }

        var whole = File.ReadAllBytes(FilePath);
        for (var length = 1; length < whole.Length; length++)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            using (var log = new JsonFileLog(FilePath, -1, 1))
            {
                log.Write(OutputStream.Stdout, "after\n"u8);
            }

            Assert.Equal("after\n", Read()[^1].Text);
        }
    }

    [Fact]
    public void AReaderFollowsThroughRotations()
    {
        using var log = new JsonFileLog(FilePath, 5_000, 3);
        log.Write(OutputStream.Stdout, "start\n"u8);
        using var reader = new LogReader(FilePath);
        reader.Open(null);
        var read = new List<string>();
        for (var i = 0; i < 1000; i++)
        {
            log.Write(OutputStream.Stdout, Bytes($"{i}\n"));
            if (i % 90 == 0)
            {
                reader.Read(record =>
                {
                    read.Add(record.Text);
                    return true;
                });
            }
        }

        reader.Read(record =>
        {
            read.Add(record.Text);
            return true;
        });
        Assert.Equal(["start\n", .. Enumerable.Range(0, 1000).Select(i => $"{i}\n")], read);
    }
}
