using System.Text;
using System.Text.Json;
using MyDocker.Images.Store;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Tests;

public sealed class ConfigReaderTests
{
    private const string Full = """
        {"created":"2024-01-01T00:00:00Z","author":"a","architecture":"amd64","os":"linux","os.version":"v","os.features":["f"],"variant":"v8","unknown":{"a":[1,{"b":null}]},
        "config":{"User":"u:g","ExposedPorts":{"80/tcp":{},"53/udp":null},"Env":["A=b","C=d \u00e9\n"],"Entrypoint":["/e"],"Cmd":["c","d"],"Volumes":{"/v":{"x":1}},"WorkingDir":"/w",
        "Labels":{"l":"m","n":""},"StopSignal":"TERM","ArgsEscaped":true,"Healthcheck":{"Test":["CMD","x"],"Interval":1,"Timeout":2,"StartPeriod":3,"StartInterval":4,"Retries":5},"OnBuild":[],"Shell":["s"],"StopTimeout":7,"Other":[{}]},
        "rootfs":{"type":"layers","diff_ids":["sha256:a","sha256:b"]},"history":[{"created":"2024-01-01T00:00:00.123456789Z","created_by":"x \u0001","author":"y","comment":"z","empty_layer":true,"more":[1]},{}]}
        """;

    [Theory]
    [InlineData(Full)]
    [InlineData("{}")]
    [InlineData("""{"config":null,"rootfs":null,"os":"x","created":null}""")]
    [InlineData("""{"config":{},"rootfs":{},"history":[]}""")]
    [InlineData("""{"history":null}""")]
    [InlineData("""{"config":{"Env":null,"Cmd":null,"Labels":null,"Volumes":null,"ExposedPorts":null,"Healthcheck":null,"StopTimeout":null,"User":null}}""")]
    public void ReadsAsTheSerializerDoes(string json)
    {
        var expected = JsonSerializer.Deserialize(json, ImageJson.Default.ImageConfig)!;
        Assert.Equal(Write(expected), Write(ConfigReader.Read(Encoding.UTF8.GetBytes(json), withHistory: true)));
        Assert.Equal(Write(expected with { History = null }), Write(ConfigReader.Read(Encoding.UTF8.GetBytes(json))));
    }

    [Fact]
    public void EveryPropertyIsInTheTest()
    {
        foreach (var property in (string[])[.. Names(typeof(ImageConfig)), .. Names(typeof(ContainerConfig)), .. Names(typeof(Healthcheck)), .. Names(typeof(RootFs)), .. Names(typeof(History))])
        {
            Assert.Contains($"\"{property}\"", Full, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"os":null}""")]
    [InlineData("""{"os":1}""")]
    [InlineData("""{"config":[]}""")]
    [InlineData("""{"config":5}""")]
    [InlineData("""{"config":{"Env":{}}}""")]
    [InlineData("""{"config":{"Env":[1]}}""")]
    [InlineData("""{"config":{"Labels":[]}}""")]
    [InlineData("""{"config":{"Labels":{"a":{}}}}""")]
    [InlineData("""{"config":{"StopTimeout":"x"}}""")]
    [InlineData("""{"config":{"StopTimeout":3000000000}}""")]
    [InlineData("""{"config":{"Healthcheck":{"Interval":1.5}}}""")]
    [InlineData("""{"history":{}}""")]
    [InlineData("""{"history":[1]}""")]
    [InlineData("""{"history":[{"comment":2}]}""")]
    [InlineData("""{"history":[{"empty_layer":null}]}""")]
    public void WrongTypesAreErrors(string json) => Assert.ThrowsAny<JsonException>(() => ConfigReader.Read(Encoding.UTF8.GetBytes(json), withHistory: true));

    private static string Write(ImageConfig config) => JsonSerializer.Serialize(config, ImageJson.Default.ImageConfig);

    private static IEnumerable<string> Names(Type type)
        => ImageJson.Default.GetTypeInfo(type)!.Properties.Select(property => property.Name);
}
