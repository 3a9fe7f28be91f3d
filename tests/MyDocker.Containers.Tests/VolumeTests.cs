using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Volumes: named, anonymous, of the image, of other containers.</summary>
public sealed class VolumeTests : ContainerTest
{
    private string Import(string name, string script, params string[] changes)
    {
        var root = NewDirectory("image-" + name);
        Tool.Shell($"cp -a '{Image}/.' '{root}/' && cd '{root}' && {script}");
        Engine.Run(["import", .. changes.SelectMany(change => (string[])["-c", change]), root, name]).Is(0);
        return name;
    }

    private string Data(string volume) => Engine.Run("volume", "inspect", "-f", "{{.Mountpoint}}", volume).Is(0).Out.Trim();

    [Fact]
    public void ANamedVolumeOutlivesItsContainers()
    {
        Engine.Run("run", "--rm", "-v", "data:/srv", Image, "/bin/sh", "-c", "echo kept > /srv/file; chown 1000:1001 /srv/file").Is(0);
        Assert.Equal("kept\n1000 1001\n", Engine.Run("run", "--rm", "--mount", "type=volume,source=data,target=/other", Image, "/bin/sh", "-c", "cat /other/file; stat -c '%u %g' /other/file").Is(0).Out);
        Assert.Equal("1000 1001\n", Tool.Shell($"stat -c '%u %g' '{Data("data")}/file'")); // on disk the container's own ids
        Assert.Contains("EROFS", "EROFS" + Engine.Run("run", "--rm", "-v", "data:/srv:ro", Image, "/bin/touch", "/srv/x").Is(1).Err);
        Assert.Equal("data\n", Engine.Run("volume", "ls", "-q").Is(0).Out);
        Engine.Run("volume", "rm", "data").Is(0);
        Assert.Contains("no such volume", Engine.Run("volume", "inspect", "data").Is(1).Err);
    }

    [Fact]
    public void ANewVolumeGetsWhatTheImageHasThere()
    {
        var image = Import("filled:1", "mkdir -p srv/deep && echo a > srv/a && echo b > srv/deep/b && ln -s a srv/link && chown 5:6 srv srv/a && chmod 750 srv");
        Engine.Run("run", "--rm", "-v", "copied:/srv", image, "/bin/sh", "-c", "cat /srv/a /srv/deep/b /srv/link; stat -c '%u %g %a' /srv; stat -c '%u %g' /srv/a; rm /srv/a").Is(0);
        var again = Engine.Run("run", "--rm", "-v", "copied:/srv", image, "/bin/ls", "/srv").Is(0).Out;
        Assert.Equal("deep\nlink\n", again); // once filled, it is not filled again
        Assert.Equal("a\nb\na\n5 6 750\n5 6\n", Engine.Run("run", "--rm", "-v", "second:/srv", image, "/bin/sh", "-c", "cat /srv/a /srv/deep/b /srv/link; stat -c '%u %g %a' /srv; stat -c '%u %g' /srv/a").Is(0).Out);
        Assert.Equal("", Engine.Run("run", "--rm", "-v", "empty:/srv:nocopy", image, "/bin/ls", "/srv").Is(0).Out);
        Engine.Run("volume", "rm", "copied", "second", "empty").Is(0);
    }

    [Fact]
    public void AnonymousVolumesGoWithTheirContainer()
    {
        Engine.Run("run", "--rm", "-v", "/scratch", Image, "/bin/touch", "/scratch/x").Is(0);
        Assert.Equal("", Engine.Run("volume", "ls", "-q").Is(0).Out);
        Engine.Run("run", "--name", "keeps", "-v", "/scratch", Image, "/bin/touch", "/scratch/x").Is(0);
        Assert.Single(Engine.Run("volume", "ls", "-q").Is(0).Lines);
        Assert.Contains("in use by keeps", Engine.Run("volume", "rm", Engine.Run("volume", "ls", "-q").Lines[0]).Is(1).Err);
        Engine.Run("rm", "-v", "keeps").Is(0);
        Assert.Equal("", Engine.Run("volume", "ls", "-q").Is(0).Out);
        Engine.Run("run", "--name", "leaves", "-v", "/scratch", Image, "/bin/true").Is(0);
        Engine.Run("rm", "leaves").Is(0);
        Assert.Single(Engine.Run("volume", "ls", "-q", "-f", "dangling=true").Is(0).Lines);
        Assert.Contains("Total reclaimed space", Engine.Run("volume", "prune", "-f").Is(0).Out);
        Assert.Equal("", Engine.Run("volume", "ls", "-q").Is(0).Out);
    }

    [Fact]
    public void VolumesOfAnotherContainerAndOfTheImage()
    {
        var image = Import("declares:1", "mkdir -p declared && echo d > declared/d", "VOLUME /declared");
        Engine.Run("run", "--name", "first", "-v", "shared:/a", image, "/bin/sh", "-c", "echo x > /a/x; echo y > /declared/y").Is(0);
        Assert.Equal("x\nd\ny\n", Engine.Run("run", "--rm", "--volumes-from", "first", Image, "/bin/sh", "-c", "cat /a/x /declared/d /declared/y").Is(0).Out);
        Engine.Run("run", "--rm", "--volumes-from", "first:ro", Image, "/bin/touch", "/a/z").Is(1);
        Assert.Equal("volume shared true;", Engine.Inspect("first", "{{range .Mounts}}{{if eq .Destination \"/a\"}}{{.Type}} {{.Name}} {{.RW}};{{end}}{{end}}"));
        Assert.Equal("first", Engine.Run("ps", "-a", "-f", "volume=shared", "--format", "{{.Names}}").Out.Trim());
        Engine.Run("rm", "-v", "first").Is(0);
        Assert.Equal("shared\n", Engine.Run("volume", "ls", "-q").Out);
    }

    [Fact]
    public void AVolumeInUseStaysAndLabelsAreKept()
    {
        Engine.Run("volume", "create", "--label", "tier=db", "db").Is(0);
        Engine.Detached("exec sleep 1000", "--name", "user", "-v", "db:/db");
        Assert.Contains("in use by user", Engine.Run("volume", "rm", "db").Is(1).Err);
        Assert.Equal("db\n", Engine.Run("volume", "ls", "-q", "-f", "label=tier=db").Out);
        Assert.Equal("", Engine.Run("volume", "ls", "-q", "-f", "dangling=true").Out);
        Engine.Run("rm", "-f", "user").Is(0);
        Engine.Run("volume", "prune", "-f", "-a").Is(0);
        Assert.Equal("", Engine.Run("volume", "ls", "-q").Out);
        Engine.Run("volume", "rm", "-f", "db").Is(0);
        Engine.Run("volume", "rm", "db").Is(1);
    }
}
