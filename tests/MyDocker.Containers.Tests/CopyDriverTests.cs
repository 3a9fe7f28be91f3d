using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Where overlayfs is missing or refuses the data root: containers copy their image (storage driver vfs).</summary>
public sealed class CopyDriverTests : ContainerTest
{
    private const string Change = "echo new > /new; echo more >> /etc/passwd; busybox rm /etc/owned; busybox rm -r /gone; mkdir /gone; echo x > /gone/x; chmod 700 /tmp";

    [Theory]
    [InlineData("")]
    [InlineData("host")]
    public void ContainersRunAreComparedCommittedAndExported(string users)
    {
        MakeImage();
        Engine.Environment["MYDOCKER_STORAGE_DRIVER"] = "vfs";
        string[] userns = users.Length > 0 ? [$"--userns={users}"] : [];
        var run = Engine.Run(["run", "--name", "copied", .. userns, "two", "/bin/sh", "-c", $"[ ! -e /lower ] && cat /upper && stat -c %u:%g /etc/owned && {Change}"]).Is(0);
        Assert.Equal("upper\n5:6\n", run.Out);
        Assert.Contains("overlayfs cannot be used", run.Err);
        Engine.Environment.Remove("MYDOCKER_STORAGE_DRIVER");
        Engine.Run(["run", "--name", "union", .. userns, "two", "/bin/sh", "-c", Change]).Is(0);
        Assert.Equal("vfs overlay2\n", Engine.Run("inspect", "-f", "{{.Driver}}", "copied").Is(0).Out.Trim() + " " + Engine.Run("inspect", "-f", "{{.Driver}}", "union").Is(0).Out);

        // As the union has it, which the kernel knows; but of a directory made anew the union does not say what was in the old one.
        Assert.Equal(Engine.Run("diff", "union").Is(0).Lines, Engine.Run("diff", "copied").Is(0).Lines.Where(line => line != "D /gone/2"));
        Engine.Run("commit", "union", "from-union").Is(0);
        Engine.Run("commit", "copied", "from-copy").Is(0);
        const string Look = "cat /new /upper /gone/x; ls -a / /etc /gone; stat -c '%a %u:%g' /tmp /new /etc/passwd /gone";
        Assert.Equal(Engine.Run("run", "--rm", "from-union", "/bin/sh", "-c", Look).Is(0).Out, Engine.Run("run", "--rm", "from-copy", "/bin/sh", "-c", Look).Is(0).Out);
        Assert.Equal(Names("union"), Names("copied"));

        File.WriteAllText($"{Engine.Directory}/file", "carried");
        Engine.Run("cp", $"{Engine.Directory}/file", "copied:/carried").Is(0);
        Engine.Run("cp", "copied:/carried", $"{Engine.Directory}/back").Is(0);
        Assert.Equal("carried", File.ReadAllText($"{Engine.Directory}/back"));

        // It keeps its files and its driver, whatever new containers get.
        Engine.Run("start", "-a", "copied");
        Engine.Run("wait", "copied").Is(0);
        Engine.Run("rm", "copied", "union").Is(0);
    }

    [Fact]
    public void ADataRootThatOverlayfsRefusesIsFoundOut()
    {
        // Below an overlay, as inside other engines' containers.
        var directory = NewDirectory("nested");
        Tool.Shell($"cd {directory} && mkdir lower upper work data && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work data");
        try
        {
            using var nested = new Engine(data: $"{directory}/data/root");
            nested.Run("import", TestRoots.Instance.BusyBox, "box").Is(0);
            var run = nested.Run("run", "--name", "in", "box", "/bin/sh", "-c", "id -u; stat -c %u:%g /etc/owned; echo new > /new; busybox rm /etc/owned").Is(0);
            Assert.Equal("0\n5:6\n", run.Out);
            Assert.Contains("overlayfs cannot be used", run.Err);
            Assert.Contains("vfs", nested.Run("info").Is(0).Out);
            Assert.Equal("C /etc\nD /etc/owned\nA /new\n", nested.Run("diff", "in").Is(0).Out);
            nested.Run("commit", "in", "changed").Is(0);
            Assert.Equal("new\n0:0\nno\n", nested.Run("run", "--rm", "changed", "/bin/sh", "-c", "cat /new; stat -c %u:%g /new; [ -e /etc/owned ] && echo yes || echo no").Is(0).Out);
            nested.Run("rm", "in").Is(0);
        }
        finally
        {
            // The last monitor removes the container's files after its command has returned.
            Wait.Until(() => Tool.Run("umount", $"{directory}/data").ExitCode == 0, "the data root to be free");
        }
    }

    /// <summary>Two layers, the upper one with a whiteout and an opaque directory.</summary>
    private void MakeImage()
    {
        Engine.Run("import", TestRoots.Instance.BusyBox, "box").Is(0);
        Engine.Run("run", "--name", "one", "box", "/bin/sh", "-c", "echo lower > /lower; echo lower > /upper; mkdir /gone; echo 1 > /gone/1").Is(0);
        Engine.Run("commit", "one", "one").Is(0);
        Engine.Run("run", "--name", "two", "one", "/bin/sh", "-c", "busybox rm /lower; echo upper > /upper; busybox rm -r /gone; mkdir /gone; echo 2 > /gone/2").Is(0);
        Engine.Run("commit", "two", "two").Is(0);
        Engine.Run("rm", "one", "two").Is(0);
    }

    private string Names(string container)
    {
        var file = Path.Combine(NewDirectory(container), "files.tar");
        Tool.Run("/bin/sh", "-c", $"'{string.Join("' '", [Engine.Program, .. Engine.CommandLine("export", container)])}' > '{file}'").Is(0);
        return Tool.Run("/bin/sh", "-c", $"tar -tvf '{file}' --numeric-owner | sed 's/ [0-9-]* [0-9:]* / /' | sort").Is(0).Out;
    }
}
