using System.Net.Sockets;
using System.Text;
using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Logs;

namespace MyDocker.Engine.Tests;

/// <summary>What journald would receive.</summary>
public sealed class JournaldLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-journal").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void EachLineIsAnEntryWithDockersFields()
    {
        var path = Path.Combine(_directory, "socket");
        using var journal = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        journal.Bind(new UnixDomainSocketEndPoint(path));
        using var log = new JournaldLog(new ContainerRecord { Id = new string('a', 64), Name = "web", Image = "centos:7" }, path);
        log.Write(OutputStream.Stdout, "on"u8);
        log.Write(OutputStream.Stderr, "bad\n"u8);
        log.Write(OutputStream.Stdout, "e\ntail"u8);
        log.Write(OutputStream.Stdout, []);
        string Next()
        {
            var buffer = new byte[4096];
            return Encoding.UTF8.GetString(buffer, 0, journal.Receive(buffer));
        }

        var entries = new[] { Next(), Next(), Next() };
        Assert.Equal(["MESSAGE=bad", "MESSAGE=one", "MESSAGE=tail"], entries.Select(entry => entry.Split('\n')[^2]));
        Assert.StartsWith("PRIORITY=3\n", entries[0]);
        Assert.StartsWith("PRIORITY=6\n", entries[1]);
        Assert.All(entries, entry => Assert.Contains("\nCONTAINER_NAME=web\n", entry));
        Assert.All(entries, entry => Assert.Contains("\nCONTAINER_ID=aaaaaaaaaaaa\n", entry));
    }

    [Fact]
    public void AJournalThatIsGoneCostsLinesOnly()
    {
        using var log = new JournaldLog(new ContainerRecord { Id = new string('a', 64), Name = "web" }, Path.Combine(_directory, "nobody"));
        log.Write(OutputStream.Stdout, "lost\n"u8);
    }
}
