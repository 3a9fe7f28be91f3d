namespace MyDocker.Cli.Tests;

public sealed class ProcessOptionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void WhatFollowsTheImageIsTheCommands()
    {
        var options = Parsed.Run("-it", "--rm", "-h", "web", "centos:7", "ls", "-la", "--help", "-m", "1");
        Assert.Equal("centos:7", options.Image);
        Assert.Equal(["ls", "-la", "--help", "-m", "1"], options.Command);
        Assert.True(options is { Interactive: true, Terminal: true, AutoRemove: true, Hostname: "web", Memory: null });
    }

    [Fact]
    public void VariablesComeFromFilesAndWordsAndTheCaller()
    {
        File.WriteAllText($"{_directory}/env", "\uFEFF# note\nA=1\n\n  B=two words \r\nPATH\nMYDOCKER_TEST_UNSET\nEMPTY=\n");
        var options = Parsed.With("-e", "A=2", "--env-file", $"{_directory}/env", "-e", "HOME", "-e", "MYDOCKER_TEST_UNSET", "-e", "X=a=b");
        Assert.Equal(
            ["A=1", "B=two words ", $"PATH={Environment.GetEnvironmentVariable("PATH")}", "EMPTY=", "A=2", $"HOME={Environment.GetEnvironmentVariable("HOME")}", "X=a=b"],
            options.Environment);
    }

    [Theory]
    [InlineData("=x\n", "line 1 has no name before the \"=\"")]
    [InlineData("A=1\nB C=2\n", "line 2: the name \"B C\" contains white space; use NAME=VALUE")]
    public void BadLinesOfAFileAreNamed(string text, string reason)
    {
        File.WriteAllText($"{_directory}/env", text);
        Assert.Equal($"invalid value \"{_directory}/env\" for --env-file: {reason}", Parsed.Refused("--env-file", $"{_directory}/env"));
    }

    [Theory]
    [InlineData("-e", "=1", "the name is missing")]
    [InlineData("-e", "", "the name is missing")]
    [InlineData("--env-file", "/nonexistent/env", "ENOENT")]
    [InlineData("-w", "srv", "absolute path")]
    [InlineData("-u", "", "name or id of a user")]
    [InlineData("-u", "a:b:c", "name or id of a user")]
    [InlineData("-h", "", "1 to 64 characters")]
    [InlineData("-h", "a b", "not a host name")]
    [InlineData("-h", "-a", "not a host name")]
    [InlineData("--name", "x", "two or more letters")]
    [InlineData("--name", "a/b", "two or more letters")]
    [InlineData("--name", ".web", "two or more letters")]
    [InlineData("--label", "=x", "the key is missing")]
    [InlineData("--cap-add", "FLY", "no such capability")]
    [InlineData("--security-opt", "seccomp", "use seccomp=unconfined")]
    [InlineData("--security-opt", "seccomp=/nonexistent", "cannot find the profile")]
    [InlineData("--security-opt", "no-new-privileges:maybe", "true or false")]
    [InlineData("--security-opt", "apparmor=x", "not supported")]
    [InlineData("--stop-signal", "HELLO", "no such signal")]
    [InlineData("--stop-signal", "65", "no such signal")]
    [InlineData("--stop-signal", "0", "no such signal")]
    [InlineData("--network", "bridge", "use none, host or container:NAME")]
    [InlineData("--userns", "private", "use host")]
    [InlineData("--add-host", "db", "use HOST:IP")]
    [InlineData("--add-host", "db:1", "not an IP address")]
    [InlineData("--dns", "example.org", "not an IP address")]
    [InlineData("--sysctl", "kernel.panic=1", "not kept per container")]
    [InlineData("--sysctl", "net/../kernel.panic=1", "not a name")]
    [InlineData("--sysctl", "net.ipv4.ip_forward", "use NAME=VALUE")]
    [InlineData("--shm-size", "0", "more than zero")]
    [InlineData("--cidfile", "", "must be the path")]
    [InlineData("--cidfile", "/proc/version", "exists already")]
    [InlineData("-b", "a-name-that-is-too-long", "1 to 15 characters")]
    public void BadValuesAreRefused(string option, string value, string reason)
    {
        var message = Parsed.Refused(option, value);
        Assert.StartsWith($"invalid value \"{value}\" for ", message);
        Assert.Contains(reason, message);
        Assert.Contains(option, message);
    }

    [Fact]
    public void GoodValuesHaveOneForm()
    {
        var options = Parsed.With(
            "--cap-add", "net_raw", "--cap-drop", "all", "--stop-signal", "term", "--add-host", "db=192.168.2.4", "--add-host", "six:[::1]", "--add-host", "host:host-gateway",
            "--security-opt", "no-new-privileges", "--security-opt", "seccomp:unconfined", "--label", "a", "--label", "b=c=d", "--sysctl", "net.core.somaxconn=5", "--entrypoint", "", "--shm-size", "1m");
        Assert.Equal(["CAP_NET_RAW"], options.CapabilitiesAdded);
        Assert.Equal(["ALL"], options.CapabilitiesDropped);
        Assert.Equal("SIGTERM", options.StopSignal);
        Assert.Equal(["db:192.168.2.4", "six:::1", "host:host-gateway"], options.ExtraHosts);
        Assert.Equal(["no-new-privileges=true", "seccomp=unconfined"], options.SecurityOptions);
        Assert.Equal(("", "c=d"), (options.Labels["a"], options.Labels["b"]));
        Assert.Equal("5", options.Sysctls["net.core.somaxconn"]);
        Assert.Equal("", options.Entrypoint);
        Assert.Equal(1 << 20, options.ShmSize);
        Assert.Null(options.Network);
    }

    [Theory]
    [InlineData("-b br0", "-b, --bridge needs an address")]
    [InlineData("--host-ip 192.168.1.1", "--host-ip needs an address")]
    [InlineData("--host-ip 192.168.1.1 -a 192.168.2.2/24 -b br0", "cannot be used with -b, --bridge")]
    [InlineData("-a 192.168.2.2/24 --network host", "cannot be used with --network host")]
    [InlineData("-a 192.168.2.2/24 --network none", "cannot be used with --network none")]
    [InlineData("--network host --sysctl net.core.somaxconn=5", "would change the host's own network")]
    public void OptionsThatDoNotGoTogetherAreRefused(string options, string reason) => Assert.Contains(reason, Parsed.Refused(options.Split(' ')));
}
