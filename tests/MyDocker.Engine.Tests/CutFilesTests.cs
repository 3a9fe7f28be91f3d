using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;

namespace MyDocker.Engine.Tests;

/// <summary>What a power failure may leave of a container's files, byte for byte: a clear error, or what is still known.</summary>
public sealed class CutFilesTests : IDisposable
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly EngineRoots _roots = RootsAt(Path.Combine(Path.GetTempPath(), $"mydocker-cut-{Environment.ProcessId}-{Guid.NewGuid():N}"));

    private readonly ContainerStore _store;

    public CutFilesTests()
    {
        Directory.CreateDirectory(_roots.ContainerDirectory(Id));
        _store = new ContainerStore(_roots);
        _store.Save(new ContainerRecord
        {
            Id = Id,
            Name = "vic\"tim",
            Created = DateTimeOffset.UtcNow,
            Image = "centos:7",
            Layers = ["a/fs", "b/fs"],
            LayersParent = "/l",
            CommandLine = ["/bin/sh", "-c", "echo é\u0001"],
            Options = new RunOptions { Image = "centos:7", Memory = 1 << 20, Environment = ["A=b"], Labels = { ["k"] = "v" }, Mounts = [new MountOption("bind", "/s", "/d", ["ro"], CreateSource: true)] },
        });
        _store.SaveFinalState(Id, new ContainerState { Status = ContainerStatus.Exited, ExitCode = 3, Started = DateTimeOffset.UtcNow, Finished = DateTimeOffset.UtcNow, Reason = "because", Health = new HealthState { Log = [new HealthProbe(default, default, 1, "out")] } });
    }

    private static EngineRoots RootsAt(string directory) => new(directory, $"{directory}/run");

    public void Dispose() => Directory.Delete(_roots.Data, recursive: true);

    [Fact]
    public void ARecordCutAtEachLengthIsAnErrorThatNamesTheFile()
    {
        var path = $"{_roots.ContainerDirectory(Id)}/container.json";
        var whole = File.ReadAllBytes(path);
        Assert.Equal("vic\"tim", _store.TryLoad(Id)!.Name);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Contains(path, Assert.Throws<EngineException>(() => _store.TryLoad(Id)).Message);
        }
    }

    [Fact]
    public void AStateCutAtEachLengthIsAnEndThatIsNotKnown()
    {
        var path = $"{_roots.ContainerDirectory(Id)}/state.json";
        var whole = File.ReadAllBytes(path);
        Assert.Equal(3, _store.LoadState(Id).ExitCode);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            var state = _store.LoadState(Id);
            Assert.Equal((ContainerStatus.Exited, null), (state.Status, state.ExitCode));
            Assert.Contains(path, state.Reason);
        }
    }
}
