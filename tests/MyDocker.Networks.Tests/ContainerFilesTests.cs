using System.Net;

namespace MyDocker.Networks.Tests;

/// <summary>/etc/hosts, /etc/resolv.conf and /etc/hostname.</summary>
public sealed class ContainerFilesTests
{
    [Fact]
    public void HostsHasLocalhostThenWhatWasAddedThenTheContainer()
        => Assert.Equal(
            "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n"
            + "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n10.0.0.9\tdb\nfd00::9\tdb6\n10.0.0.2\tweb.example.org web\n",
            HostsFile.Build("web.example.org", IPAddress.Parse("10.0.0.2"), [Add("db:10.0.0.9"), Add("db6=fd00::9")]));

    [Fact]
    public void HostsWithoutAnInterfaceHasNoLineForTheContainer()
        => Assert.EndsWith("ip6-allrouters\n", HostsFile.Build("web", null, []), StringComparison.Ordinal);

    [Fact]
    public void HostsOfTheHostAreCopiedForTheHostsNetwork()
        => Assert.Equal("127.0.0.1 localhost\n10.0.0.9\tdb\n", HostsFile.Build("web", null, [Add("db:10.0.0.9")], "127.0.0.1 localhost"));

    [Theory]
    [InlineData("db:10.0.0.9", "db", "10.0.0.9")]
    [InlineData("db=10.0.0.9", "db", "10.0.0.9")]
    [InlineData("db:fd00::9", "db", "fd00::9")]
    [InlineData("db=[fd00::9]", "db", "fd00::9")]
    [InlineData("host.docker.internal:host-gateway", "host.docker.internal", "192.168.1.1")]
    public void AddHostIsRead(string option, string name, string address)
        => Assert.Equal(new HostEntry(name, IPAddress.Parse(address)), Add(option));

    [Theory]
    [InlineData("db", "write NAME:IP")]
    [InlineData(":10.0.0.9", "write NAME:IP")]
    [InlineData("db:web", "web is not an IP address")]
    [InlineData("db:10.0.0.9\n10.0.0.1 evil", "is not an IP address")]
    [InlineData("db\n:10.0.0.9", "is not a host name")]
    [InlineData("d b:10.0.0.9", "is not a host name")]
    public void AWrongAddHostIsRefused(string option, string message)
        => Assert.Contains(message, Assert.Throws<NetworkException>(() => Add(option)).Message, StringComparison.Ordinal);

    [Fact]
    public void HostGatewayNeedsAnAddressOfTheHost()
        => Assert.Throws<NetworkException>(() => HostsFile.ParseAddHost("h:host-gateway", null));

    [Theory]
    [InlineData("nameserver 127.0.0.1\nnameserver 10.0.0.53\n", "nameserver 10.0.0.53\n")]
    [InlineData("# note\nsearch a b\nnameserver ::1\n\tnameserver\t10.0.0.53\noptions ndots:2", "# note\nsearch a b\n\tnameserver\t10.0.0.53\noptions ndots:2\n")]
    [InlineData("nameserver 127.0.0.53\n", "")]
    [InlineData("nameserver fd00::53\nnameserver fe80::1%eth0\n", "")]
    [InlineData("nameserver\n", "")]
    [InlineData("", "")]
    public void LoopbackAndUnreachableServersAreLeftOut(string host, string expected)
        => Assert.Equal(expected, ResolvConf.Build(host, DnsRequest.Empty, hasIPv6: false));

    [Fact]
    public void WhatTheUserGivesReplacesLinesOfItsKind()
    {
        const string Host = "domain old\nnameserver 10.0.0.53\noptions rotate\nsortlist 10.0.0.0\n";
        var request = DnsRequest.Parse(["127.0.0.1", "fd00::53"], ["example.org", "example.com"], ["ndots:2"]);
        Assert.Equal(
            "sortlist 10.0.0.0\nsearch example.org example.com\nnameserver 127.0.0.1\nnameserver fd00::53\noptions ndots:2\n",
            ResolvConf.Build(Host, request, hasIPv6: false));
        Assert.Equal("nameserver 10.0.0.53\noptions rotate\nsortlist 10.0.0.0\n", ResolvConf.Build(Host, DnsRequest.Parse([], ["."], []), hasIPv6: false));
        Assert.Equal("nameserver 127.0.0.53\n", ResolvConf.Build("nameserver 127.0.0.53\n", DnsRequest.Empty, hasIPv6: false, sharesHost: true));
        Assert.Equal("nameserver fd00::53\n", ResolvConf.Build("nameserver fd00::53\n", DnsRequest.Empty, hasIPv6: true));
    }

    [Theory]
    [InlineData("dns.example.org", null, null, "--dns dns.example.org: not an IP address")]
    [InlineData(null, "a b", null, "--dns-search a b: must be one word")]
    [InlineData(null, null, "x\nnameserver 6.6.6.6", "must be one word")]
    public void WrongDnsOptionsAreRefused(string? dns, string? search, string? option, string message)
        => Assert.Contains(
            message,
            Assert.Throws<NetworkException>(() => DnsRequest.Parse(List(dns), List(search), List(option))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("nameserver 127.0.0.53\noptions edns0\n", true)]
    [InlineData("nameserver 127.0.0.53\nnameserver 10.0.0.53\n", false)]
    [InlineData("nameserver 127.0.0.1\n", false)]
    [InlineData("", false)]
    public void TheStubOfSystemdIsKnown(string text, bool stub) => Assert.Equal(stub, ResolvConf.IsSystemdStub(text));

    [Theory]
    [InlineData("web", true)]
    [InlineData("web_1.example.org", true)]
    [InlineData("", false)]
    [InlineData("-web", false)]
    [InlineData("web-", false)]
    [InlineData("a..b", false)]
    [InlineData("a\nb", false)]
    [InlineData("ab ", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", false)] // one label of 64
    [InlineData("012345678901234567890123456789.123456789012345678901234567890123", true)]
    [InlineData("012345678901234567890123456789.1234567890123456789012345678901234", false)]
    public void HostnamesAreChecked(string name, bool valid)
    {
        if (valid)
        {
            Assert.Equal(name + "\n", Hostname.File(Hostname.Validate(name)));
        }
        else
        {
            Assert.Throws<NetworkException>(() => Hostname.Validate(name));
        }
    }

    [Fact]
    public void TheDefaultHostnameIsTheShortId()
        => Assert.Equal("3fa2c19b0011", Hostname.Default("3fa2c19b00112233445566778899aabb"));

    private static HostEntry Add(string option) => HostsFile.ParseAddHost(option, IPAddress.Parse("192.168.1.1"));

    private static string[] List(string? item) => item is null ? [] : [item];
}
