using MyDocker.Images.Registry;

namespace MyDocker.Images.Tests.Registry;

/// <summary>Registries behind a proxy, by registries.json and by the environment. "registry.test" has no address but the proxy's.</summary>
public sealed class ProxyTests : RegistryTest
{
    [Fact]
    public void TlsGoesThroughATunnel()
    {
        using var server = new RegistryServer(tls: true);
        using var proxy = new ForwardProxy();
        PushBySkopeo($"{server.Host}/a:1", Layers());
        var name = $"registry.test:{server.Port}";
        Pull($"{name}/a:1", Behind(name, new RegistryEntry { Ca = server.Authority }, new ProxySettings { Https = $"http://{proxy.Host}" }));
        Assert.Equal(3, Store.Resolve($"{name}/a:1").LayerIds.Count);
        Assert.All(proxy.Requests, line => Assert.StartsWith($"CONNECT {name} ", line));

        // The proxy does not vouch for anybody.
        var distrusted = Assert.Throws<ImageException>(() => Pull($"{name}/a:1", Behind(name, new RegistryEntry(), new ProxySettings { Https = proxy.Host })));
        Assert.Contains("certificate", distrusted.Message);
    }

    [Fact]
    public void PlainHttpIsAskedOfTheProxy()
    {
        using var server = new RegistryServer();
        using var proxy = new ForwardProxy();
        PushBySkopeo($"{server.Host}/a:1", Layers());
        var name = $"registry.test:{server.Port}";
        Pull($"{name}/a:1", Behind(name, new RegistryEntry { Insecure = true }, new ProxySettings { Http = proxy.Host, Https = proxy.Host }));
        Assert.Contains(proxy.Requests, line => line.StartsWith($"GET http://{name}/v2/", StringComparison.Ordinal));
    }

    [Fact]
    public void AMirrorIsReachedThroughTheProxyToo()
    {
        using var mirror = new RegistryServer();
        using var proxy = new ForwardProxy();
        PushBySkopeo($"{mirror.Host}/library/a:1", Layers());
        var settings = Behind("docker.io", new RegistryEntry { Mirrors = [$"http://registry.test:{mirror.Port}"] }, new ProxySettings { Http = proxy.Host });
        Pull("a:1", settings);
        Assert.Contains(proxy.Requests, line => line.StartsWith($"GET http://registry.test:{mirror.Port}/v2/library/a/manifests/1", StringComparison.Ordinal));
    }

    [Fact]
    public void AProxyGetsThePasswordOfItsUrlAndNobodyElseDoes()
    {
        using var server = new RegistryServer(tls: true);
        using var proxy = new ForwardProxy("me:se%cret");
        PushBySkopeo($"{server.Host}/a:1", Layers());
        var name = $"registry.test:{server.Port}";
        var entry = new RegistryEntry { Ca = server.Authority };
        Assert.Contains("407", Assert.Throws<ImageException>(() => Pull($"{name}/a:1", Behind(name, entry, new ProxySettings { Https = $"http://me:wrong@{proxy.Host}" }))).Message);
        Pull($"{name}/a:1", Behind(name, entry, new ProxySettings { Https = $"http://me:se%25cret@{proxy.Host}" }));
    }

    [Theory]
    [InlineData("registry.test")]
    [InlineData(".test")]
    [InlineData("other, REGISTRY.test")]
    [InlineData("*")]
    public void WhatNeedsNoProxyIsReachedWithoutOne(string none)
    {
        using var proxy = new ForwardProxy();
        var name = "registry.test:5000";
        var message = Assert.Throws<ImageException>(() => Pull($"{name}/a:1", Behind(name, new RegistryEntry(), new ProxySettings { Https = proxy.Host, Http = proxy.Host, None = none }))).Message;
        Assert.Contains("cannot reach https://registry.test:5000", message);
        Assert.Empty(proxy.Requests);
    }

    [Theory]
    [InlineData("HTTPS_PROXY")]
    [InlineData("https_proxy")]
    public void TheEnvironmentNamesAProxy(string variable)
    {
        using var server = new RegistryServer(tls: true);
        using var proxy = new ForwardProxy();
        PushBySkopeo($"{server.Host}/a:1", Layers());
        var name = $"registry.test:{server.Port}";
        File.WriteAllText($"{Test.Path}/registries.json", $$"""{ "registries": { "{{name}}": { "ca": "{{server.Authority}}" } } }""");
        var settings = (RegistrySettings.Variable, $"{Test.Path}/registries.json");
        using (var pull = StartPull(Test.Root, $"{name}/a:1", settings, (variable, $"http://{proxy.Host}"), ("NO_PROXY", "")))
        {
            Assert.Equal("", pull.StandardError.ReadToEnd());
            pull.WaitForExit();
            Assert.Equal(0, pull.ExitCode);
        }

        var asked = proxy.Requests.Count;
        Assert.True(asked > 0);
        using var direct = StartPull($"{Test.Path}/other", $"{name}/a:1", settings, (variable, $"http://{proxy.Host}"), ("NO_PROXY", "registry.test"));
        Assert.Contains("cannot reach", direct.StandardError.ReadToEnd());
        direct.WaitForExit();
        Assert.Equal(asked, proxy.Requests.Count);
    }

    private static RegistrySettings Behind(string host, RegistryEntry entry, ProxySettings proxies)
        => Settings(host, entry) with { Proxies = proxies };
}
