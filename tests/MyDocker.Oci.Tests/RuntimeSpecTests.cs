using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MyDocker.Oci.Runtime;

namespace MyDocker.Oci.Tests;

public sealed class RuntimeSpecTests
{
    private static string FullConfig => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "full-config.json"));

    [Fact]
    public void A_config_with_every_field_round_trips()
    {
        var spec = Read(FullConfig);
        Assert.Empty(FilledIn.EmptyProperties(spec, "config"));
        AssertSameJson(FullConfig, JsonSerializer.Serialize(spec, RuntimeJson.Default.RuntimeSpec));
    }

    [Fact]
    public void Values_land_where_they_belong()
    {
        var spec = Read(FullConfig);
        Assert.Equal(ulong.MaxValue, spec.Process!.Rlimits![0].Hard);
        Assert.Equal(63u, spec.Process.User.Umask);
        Assert.Equal("1", spec.Process.ExecCPUAffinity!.Final);
        Assert.Equal(100000u, spec.Linux!.UidMappings![0].HostID);
        Assert.False(spec.Linux.Resources!.Memory!.DisableOOMKiller);
        Assert.Equal(603ul, spec.Linux.Resources.BlockIO!.ThrottleWriteIOPSDevice![0].Rate);
        Assert.Equal(ulong.MaxValue, spec.Linux.Seccomp!.Syscalls![0].Args![0].Value);
        Assert.Equal(-3600, spec.Linux.TimeOffsets!["monotonic"].Secs);
    }

    [Fact]
    public void What_is_absent_stays_absent()
    {
        const string minimal = """{"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"cwd":"/"},"linux":{}}""";
        Assert.Equal(minimal, JsonSerializer.Serialize(Read(minimal), RuntimeJson.Default.RuntimeSpec));
    }

    [Fact]
    public void Unknown_fields_and_other_platforms_are_ignored()
    {
        var spec = Read("""{"ociVersion":"9.9.9","windows":{"layerFolders":["x"]},"future":[1,{"a":null}],"hostname":"h"}""");
        Assert.Equal("h", spec.Hostname);
    }

    [Fact]
    public void A_null_for_a_required_value_is_an_error_that_names_its_path()
    {
        var error = Assert.Throws<JsonException>(() => Read("""{"mounts":[{"destination":null}]}"""));
        Assert.Equal("$.mounts[0].destination", error.Path);
    }

    [Fact]
    public void The_output_of_runc_spec_round_trips()
    {
        var directory = Directory.CreateTempSubdirectory("mydocker-oci-");
        try
        {
            AssertSameJson(RuncSpec(directory.FullName), s => JsonSerializer.Serialize(Read(s), RuntimeJson.Default.RuntimeSpec));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_output_of_runc_features_round_trips()
    {
        AssertSameJson(
            Runc("features"),
            text => JsonSerializer.Serialize(
                JsonSerializer.Deserialize(text, RuntimeJson.Default.Features), RuntimeJson.Default.Features));
    }

    [Fact]
    public void State_is_what_the_specification_shows()
    {
        var state = new RuntimeState
        {
            OciVersion = "0.2.0",
            Id = "oci-container1",
            Status = RuntimeStatus.Running,
            Pid = 4422,
            Bundle = "/containers/redis",
            Annotations = new() { ["myKey"] = "myValue" },
        };
        AssertSameJson(
            """
            {"ociVersion":"0.2.0","id":"oci-container1","status":"running","pid":4422,"bundle":"/containers/redis",
             "annotations":{"myKey":"myValue"}}
            """,
            JsonSerializer.Serialize(state, RuntimeJson.Default.RuntimeState));
        state.Pid = 0;
        Assert.DoesNotContain("pid", JsonSerializer.Serialize(state, RuntimeJson.Default.RuntimeState), StringComparison.Ordinal);
    }

    private static RuntimeSpec Read(string json) => JsonSerializer.Deserialize(json, RuntimeJson.Default.RuntimeSpec)!;

    private static void AssertSameJson(string expected, Func<string, string> roundTrip)
        => AssertSameJson(expected, roundTrip(expected));

    private static void AssertSameJson(string expected, string actual)
        => Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"expected {expected}\nactual {actual}");

    private static string RuncSpec(string directory)
    {
        Runc("spec", "--bundle", directory);
        return File.ReadAllText(Path.Combine(directory, "config.json"));
    }

    private static string Runc(params string[] arguments)
    {
        var start = new ProcessStartInfo("runc", arguments) { RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("runc is not installed");
            throw;
        }
    }
}
