using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>The executables beside a real registry on this host: run pulls, push and pull go round, archives carry images.</summary>
public sealed class RegistryTests : ContainerTest
{
    [Fact]
    public void RunPullsWhatIsMissingAndOnlyThat()
    {
        using var registry = new LocalRegistry(NewDirectory("registry"));
        var name = $"{registry.Host}/team/box:1";
        Engine.Run("import", "-c", "ENV FROM=registry", TestRoots.Instance.BusyBox, name).Is(0);
        Assert.Contains("1: digest: sha256:", Engine.Run("push", name).Is(0).Out);
        Engine.Run("rmi", name).Is(0);

        Assert.Contains("no such", Engine.Run("run", "--rm", "--pull=never", name, "/bin/true").Is(125).Err);
        var first = Engine.Run("run", "--rm", name, "/bin/sh", "-c", "echo $FROM; stat -c %u:%g /etc/owned").Is(0);
        Assert.Equal("registry\n5:6\n", first.Out); // the pull's lines are on standard error
        Assert.Contains($"Unable to find image '{name}' locally", first.Err);
        Assert.Contains("Status: Downloaded newer image", first.Err);

        var second = Engine.Run("run", "--rm", name, "/bin/sh", "-c", "echo $FROM").Is(0);
        Assert.Equal("", second.Err);
        Assert.Contains("Image is up to date", Engine.Run("run", "--rm", "--pull=always", name, "/bin/true").Is(0).Err);
        Assert.Contains("manifest unknown", Engine.Run("run", "--rm", $"{registry.Host}/team/box:2", "/bin/true").Is(125).Err);
    }

    [Fact]
    public void AForeignArchitectureIsRefusedByName()
    {
        Engine.Run("import", "--platform", "linux/s390x", TestRoots.Instance.BusyBox, "foreign").Is(0);
        Assert.SkipWhen(Directory.Exists("/proc/sys/fs/binfmt_misc") && Directory.GetFiles("/proc/sys/fs/binfmt_misc", "*s390x*").Length > 0, "this host runs s390x programs");
        var message = Engine.Run("run", "--rm", "foreign", "/bin/true").Is(125).Err;
        Assert.Contains("the image is for linux/s390x", message);
        Assert.Contains("no interpreter for it is registered", message);
    }

    [Fact]
    public void AnImageGoesToAnotherHostInAFile()
    {
        Engine.Run("import", "-c", "CMD [\"/bin/sh\", \"-c\", \"echo carried\"]", TestRoots.Instance.BusyBox, "box").Is(0);
        var file = Path.Combine(NewDirectory("file"), "box.tar");
        Engine.Run("save", "-o", file, "box").Is(0);
        using var other = new Engine();
        Assert.Equal("Loaded image: box:latest\n", other.Run("load", "-i", file).Is(0).Out);
        Assert.Equal("carried\n", other.Run("run", "--rm", "box").Is(0).Out);
        Assert.Contains("import", other.Run("history", "box").Is(0).Out);
        Assert.Contains("\"box:latest\"", other.Run("image", "inspect", "box").Is(0).Out);
        Assert.Contains("untagged: box:latest", other.Run("image", "prune", "-a", "-f").Is(0).Out);
        Assert.DoesNotContain("box", other.Run("images").Is(0).Out);
    }

    [Fact]
    public void MoreLayersThanOnePageOfMountOptionsHolds()
    {
        Machine.RequireTool("tar", "tar");
        var directory = NewDirectory("layers");
        Tool.Shell($$$"""
            set -e
            cd '{{{directory}}}'
            mkdir archive
            tar -C '{{{TestRoots.Instance.BusyBox}}}' -cf archive/0.tar .
            ids="\"sha256:$(sha256sum < archive/0.tar | cut -c 1-64)\"" names='"0.tar"'
            for i in $(seq 1 119); do
                mkdir -p l/layers && rm -f l/layers/* && echo $i > l/layers/$i && tar -C l -cf archive/$i.tar layers
                ids="$ids,\"sha256:$(sha256sum < archive/$i.tar | cut -c 1-64)\"" names="$names,\"$i.tar\""
            done
            echo '{"architecture":"{{{(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64")}}}","os":"linux","rootfs":{"type":"layers","diff_ids":['"$ids"']}}' > archive/c.json
            echo '[{"Config":"c.json","RepoTags":["many:1"],"Layers":['"$names"']}]' > archive/manifest.json
            tar -C archive -cf many.tar .
            """);
        Engine.Run("load", "-i", Path.Combine(directory, "many.tar")).Is(0);
        Assert.Equal("119\n", Engine.Run("run", "--rm", "many:1", "/bin/sh", "-c", "cat /layers/119; ls /layers | wc -l >/dev/null").Is(0).Out);
        Assert.Equal("119\n", Engine.Run("run", "--rm", "many:1", "/bin/sh", "-c", "ls /layers | wc -l").Is(0).Out);
    }
}
