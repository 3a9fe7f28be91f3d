namespace MyDocker.Containers.Tests.Harness;

/// <summary>A test with an engine of its own, after which nothing may be left on the host.</summary>
public abstract class ContainerTest : IDisposable
{
    private readonly Lazy<Engine> _engine = new(() => new Engine());

    protected Engine Engine => _engine.Value;

    protected static string Image => Engine.Image;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (!_engine.IsValueCreated)
        {
            return;
        }

        try
        {
            foreach (var id in Engine.Run("ps", "-a", "-q", "--no-trunc").Is(0).Lines)
            {
                Engine.Run("rm", "-f", id);
            }

            Census.AssertNothingLeft(Engine);
        }
        finally
        {
            Engine.Dispose();
        }
    }

    /// <summary>A directory of this test on the host.</summary>
    protected string NewDirectory(string name)
    {
        var path = Path.Combine(Engine.Directory, name);
        Directory.CreateDirectory(path);
        return path;
    }
}

/// <summary>For tests that measure time or load the machine: they run one after the other, after all others.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
