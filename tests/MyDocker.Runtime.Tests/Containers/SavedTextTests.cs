using System.Text.Json;
using MyDocker.Runtime.Containers;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Tests.Containers;

public sealed class SavedTextTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-text-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_saved_container_is_read_as_it_was_written_and_as_the_serializer_reads_it()
    {
        var container = Example();
        var text = SavedContainerText.Write(container);
        var (read, deserialized) = (SavedContainerText.Read(text), JsonSerializer.Deserialize(text, SavedContainerJson.Default.SavedContainer)!);
        foreach (var property in typeof(SavedContainer).GetProperties().Where(property => property.Name != nameof(SavedContainer.CgroupPaths)))
        {
            Assert.NotEqual(property.GetValue(new SavedContainer()), property.GetValue(read)); // the example has something everywhere
            Assert.Equal(property.GetValue(container), property.GetValue(read));
            Assert.Equal(property.GetValue(container), property.GetValue(deserialized));
        }

        Assert.Equal(container.CgroupPaths, read.CgroupPaths);
        Assert.Equal(container.CgroupPaths, deserialized.CgroupPaths);
    }

    [Fact]
    public void What_a_container_does_not_have_is_not_written()
    {
        var container = new SavedContainer { Id = "c" };
        Assert.Equal(JsonSerializer.Serialize(container, SavedContainerJson.Default.SavedContainer), System.Text.Encoding.UTF8.GetString(SavedContainerText.Write(container)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"id\":\"c\"")]
    [InlineData("{\"init_process_pid\":\"1\"}")]
    public void A_damaged_state_is_refused(string text)
        => Assert.ThrowsAny<JsonException>(() => SavedContainerText.Read(System.Text.Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("""{"mounts":[{"destination":"/a"},{"destination":7}]}""", "mounts[1].destination: The JSON value could not be converted to System.String (line 1 of FILE)")]
    [InlineData("""{"process":{"user":{"uid":-1}}}""", "process.user.uid: The JSON value could not be converted to System.UInt32 (line 1 of FILE)")]
    [InlineData("{\n\"linux\":{\"sysctl\":{\"kernel.domainname\":1}}}", "linux.sysctl['kernel.domainname']: The JSON value could not be converted to System.String (line 2 of FILE)")]
    [InlineData("""{"hooks":{"poststop":{}}}""", "hooks.poststop: The JSON value could not be converted to System.Collections.Generic.List`1[MyDocker.Oci.Runtime.Hook] (line 1 of FILE)")]
    [InlineData("""{"root":{"path":null}}""", "root.path: The property or field 'path' on type 'MyDocker.Oci.Runtime.RootSpec' doesn't allow setting null values. Consider updating its nullability annotation (line 1 of FILE)")]
    [InlineData("", "FILE: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true (line 1 of FILE)")]
    [InlineData("{} x", "FILE: 'x' is invalid after a single JSON value. Expected end of data (line 1 of FILE)")]
    public void A_wrong_field_of_a_bundle_is_named(string config, string message)
    {
        var file = Path.Combine(_directory, "config.json");
        File.WriteAllText(file, config);
        Assert.Equal(message.Replace("FILE", file), Assert.Throws<SpecException>(() => Bundle.Load(_directory)).Message);
    }

    [Fact]
    public void A_null_for_a_bundle_is_no_configuration()
    {
        File.WriteAllText(Path.Combine(_directory, "config.json"), "null");
        Assert.Throws<ContainerException>(() => Bundle.Load(_directory));
    }

    private static SavedContainer Example() => new()
    {
        Id = "some \"id\"",
        InitProcessPid = int.MaxValue,
        InitProcessStart = ulong.MaxValue,
        Created = "2026-01-02T03:04:05.6789012Z",
        Bundle = "/tmp/b\u00fcndel\\x\n",
        Rootfs = "/tmp/\ud83d\ude00",
        Owner = uint.MaxValue,
        CgroupPath = "/a/b",
        SystemdUnit = "a-b.scope",
        NotifySocket = "/run/notify",
        CgroupPaths = new() { [""] = "/sys/fs/cgroup/a/b", ["name=systemd"] = "/x" },
        IntelRdtPath = "/sys/fs/resctrl/c",
        IntelRdtMonPath = "/sys/fs/resctrl/c/mon_groups/c",
        OwnsIntelRdt = true,
        SharesPids = true,
        KeepsKeyring = true,
    };
}
