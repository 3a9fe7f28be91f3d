using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Oci.Image;

namespace MyDocker.Oci.Tests;

public sealed class ImageTests
{
    private const string Digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    private const string FullDescriptor = $$$"""
        {"mediaType":"application/vnd.oci.empty.v1+json","digest":"{{{Digest}}}","size":2,
         "urls":["https://example.test/blob"],"annotations":{"a":"b"},"data":"e30=",
         "platform":{"architecture":"arm64","os":"linux","os.version":"1","os.features":["f"],"variant":"v8"},
         "artifactType":"application/x"}
        """;

    [Fact]
    public void A_descriptor_with_every_field_round_trips()
    {
        var descriptor = RoundTrips(FullDescriptor, ImageJson.Default.Descriptor);
        Assert.Equal("{}"u8.ToArray(), descriptor.Data);
        Assert.Equal("v8", descriptor.Platform!.Variant);
    }

    [Fact]
    public void A_manifest_with_every_field_round_trips()
        => RoundTrips(
            $$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.Manifest}}}","artifactType":"application/x",
             "config":{{{FullDescriptor}}},"layers":[{{{FullDescriptor}}}],"subject":{{{FullDescriptor}}},
             "annotations":{"k":"v"}}
            """,
            ImageJson.Default.Manifest);

    [Fact]
    public void An_index_with_every_field_round_trips()
        => RoundTrips(
            $$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.Index}}}","artifactType":"application/x",
             "manifests":[{{{FullDescriptor}}}],"subject":{{{FullDescriptor}}},"annotations":{"k":"v"}}
            """,
            ImageJson.Default.ImageIndex);

    [Fact]
    public void A_layout_file_round_trips()
        => RoundTrips("""{"imageLayoutVersion":"1.0.0"}""", ImageJson.Default.ImageLayout);

    [Fact]
    public void An_image_configuration_with_every_field_round_trips()
    {
        var config = RoundTrips(
            $$$"""
            {"created":"2026-01-02T03:04:05.123456789Z","author":"a","architecture":"amd64","os":"linux",
             "os.version":"1","os.features":["f"],"variant":"v2",
             "config":{"User":"1:2","ExposedPorts":{"80/tcp":{}},"Env":["A=B"],"Entrypoint":["/e"],"Cmd":["c"],
              "Volumes":{"/data":{}},"WorkingDir":"/w","Labels":{"l":"m"},"StopSignal":"SIGINT","ArgsEscaped":true,
              "Healthcheck":{"Test":["CMD","true"],"Interval":1000000000,"Timeout":2,"StartPeriod":3,"StartInterval":4,
               "Retries":5},
              "OnBuild":["RUN x"],"Shell":["/bin/sh","-c"],"StopTimeout":7},
             "rootfs":{"type":"layers","diff_ids":["{{{Digest}}}"]},
             "history":[{"created":"2026-01-02T03:04:05Z","created_by":"RUN","author":"a","comment":"c","empty_layer":true}]}
            """,
            ImageJson.Default.ImageConfig);
        Assert.Equal("2026-01-02T03:04:05.123456789Z", config.Created);
        Assert.True(config.Config!.ExposedPorts!.ContainsKey("80/tcp"));
        Assert.Equal(Digest, config.Rootfs!.DiffIds![0]);
    }

    [Fact]
    public void Dockers_nulls_and_extra_fields_are_read()
    {
        var config = JsonSerializer.Deserialize(
            """
            {"architecture":"amd64","os":"linux","docker_version":"29","container_config":{"Hostname":"x"},
             "config":{"Hostname":"","Tty":false,"Env":null,"Cmd":null,"Volumes":{"/v":null},"Labels":null},
             "rootfs":{"type":"layers","diff_ids":null}}
            """,
            ImageJson.Default.ImageConfig)!;
        Assert.Null(config.Config!.Env);
        Assert.True(config.Config.Volumes!.ContainsKey("/v"));
        Assert.Null(config.Rootfs!.DiffIds);
    }

    private static T RoundTrips<T>(string json, JsonTypeInfo<T> type)
        where T : class
    {
        var value = JsonSerializer.Deserialize(json, type)!;
        Assert.Empty(FilledIn.EmptyProperties(value, typeof(T).Name));
        var written = JsonSerializer.Serialize(value, type);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(written)), $"expected {json}\nactual {written}");
        return value;
    }
}
