using System.Diagnostics;
using System.Globalization;

namespace MyDocker.RuntimeCommand.Tests.Harness;

/// <summary>A process in namespaces of its own, for containers to join them.</summary>
public sealed class NamespaceHolder : IDisposable
{
    private readonly Process _process;

    /// <param name="flags">of unshare(1): "--pid --user --map-root-user …".</param>
    public NamespaceHolder(params IEnumerable<string> flags)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/unshare"), "no unshare: install util-linux");
        var info = new ProcessStartInfo("/usr/bin/unshare", [.. flags, "--fork", "--kill-child", "/bin/sh", "-c", "echo ready; exec sleep 1000"]) { RedirectStandardOutput = true };
        _process = Process.Start(info)!;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
        Pid = int.Parse(File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Trim(), CultureInfo.InvariantCulture);
    }

    public int Pid { get; }

    /// <summary>The path of one of its namespaces, by the name of the file: "net", "mnt".</summary>
    public string PathOf(string file) => $"/proc/{Pid}/ns/{file}";

    /// <summary>"net:[4026532000]"</summary>
    public string IdOf(string file) => new FileInfo(PathOf(file)).LinkTarget!;

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
