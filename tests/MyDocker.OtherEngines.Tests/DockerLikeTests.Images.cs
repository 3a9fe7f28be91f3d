using MyDocker.Containers.Tests.Harness;

namespace MyDocker.OtherEngines.Tests;

/// <summary>Images that mydocker and the other engine make, in both directions.</summary>
public abstract partial class DockerLikeTests
{
    [Fact]
    public void ArchivesOfImagesGoBothWays()
    {
        var host = _engine.Host;
        _engine.Run("tag", "busybox", "theirs:1").Is(0);
        _engine.Run("save", "-o", $"{host.Directory}/theirs.tar", "theirs:1").Is(0);
        Assert.Contains("theirs:1", MyDocker("load", "-i", $"{host.Directory}/theirs.tar").Is(0).Out);
        var id = IdOf(_engine.Run("image", "inspect", "-f", "{{.Id}}", "theirs:1").Is(0).Out);
        var name = MyDocker("images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}").Is(0).Lines.Single(line => IdOf(line).StartsWith(id, StringComparison.Ordinal) && line.EndsWith("theirs:1", StringComparison.Ordinal)).Split(' ')[1];
        Assert.Equal("ok\n", MyDocker("run", "--rm", name, "/bin/sh", "-c", "echo ok").Is(0).Out);

        var ours = IdOf(MakeOurs("ours:1"));
        MyDocker("save", "-o", $"{host.Directory}/ours.tar", "ours:1").Is(0);
        _engine.Run("load", "-i", $"{host.Directory}/ours.tar").Is(0);
        AssertRunsAsOurs(ours);
        Assert.Equal(ours, IdOf(_engine.Run("image", "inspect", "-f", "{{.Id}}", ours).Is(0).Out));
    }

    [Fact]
    public void ARegistryCarriesImagesBothWays()
    {
        var host = _engine.Host;
        var directory = Directory.CreateDirectory($"{host.Directory}/registry").FullName;
        using var registry = new LocalRegistry(directory);
        var (theirs, ours) = ($"{registry.Host}/theirs:2", $"{registry.Host}/ours:2");
        _engine.Run("tag", "busybox", theirs).Is(0);
        _engine.Run(["push", .. _engine.Insecure, theirs]).Is(0);
        MyDocker("pull", theirs).Is(0);
        Assert.Equal(IdOf(_engine.Run("image", "inspect", "-f", "{{.Id}}", theirs).Is(0).Out), IdOf(MyDocker("image", "inspect", "-f", "{{.Id}}", theirs).Is(0).Out));
        Assert.Equal("ok\n", MyDocker("run", "--rm", theirs, "/bin/sh", "-c", "echo ok").Is(0).Out);

        MakeOurs(ours);
        MyDocker("push", ours).Is(0);
        _engine.Run(["pull", .. _engine.Insecure, ours]).Is(0);
        var id = IdOf(MyDocker("image", "inspect", "-f", "{{.Id}}", ours).Is(0).Out);
        Assert.Equal(id, IdOf(_engine.Run("image", "inspect", "-f", "{{.Id}}", ours).Is(0).Out));
        AssertRunsAsOurs(ours);
    }

    /// <summary>Two layers: an import, and a commit of a container that added, changed and removed something.</summary>
    private string MakeOurs(string name)
    {
        MyDocker("import", "-c", "ENV FROM=mydocker", _engine.Host.Tarball(), "base").Is(0);
        MyDocker("run", "--name", "maker", "base", "/bin/sh", "-c", "echo new > /new; echo changed:x:0:0::/:/bin/sh >> /etc/passwd; exec busybox rm /etc/group").Is(0);
        MyDocker("commit", "-c", "CMD [\"/bin/cat\", \"/new\"]", "maker", name).Is(0);
        MyDocker("rm", "maker").Is(0);
        return MyDocker("image", "inspect", "-f", "{{.Id}}", name).Is(0).Out;
    }

    private void AssertRunsAsOurs(string image)
    {
        Assert.Equal("new\n", _engine.Run(Run("--rm", image)).Is(0).Out);
        Assert.Equal("mydocker 1 no\n", _engine.Run(Run("--rm", image, "/bin/sh", "-c", "n=0; while read line; do case $line in changed:*) n=1;; esac; done < /etc/passwd; echo $FROM $n $([ -e /etc/group ] && echo yes || echo no)")).Is(0).Out);
    }

    private Result MyDocker(params string[] arguments)
    {
        using var running = Tool.Start(Path.Combine(Machine.Binaries, "mydocker"), ["--root", $"{_engine.Host.Directory}/mydocker", .. arguments]);
        return running.End(120);
    }

    // "sha256:" stands before it, or does not.
    private static string IdOf(string text) => text.Trim().Split(' ')[0].Replace("sha256:", "", StringComparison.Ordinal);
}
