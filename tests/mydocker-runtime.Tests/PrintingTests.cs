using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using MyDocker.Runtime.Launch;
using MyDocker.RuntimeCli.Commands;
using MyDocker.RuntimeCli.Printing;
using MyDocker.RuntimeCli.Starter;

namespace MyDocker.RuntimeCli.Tests;

/// <summary>What is printed, beside what runc prints.</summary>
public sealed class PrintingTests
{
    private static JsonObject Features => (JsonObject)JsonNode.Parse(JsonSerializer.Serialize(RuntimeFeatures.Describe("1.2.3", "abc"), RuntimeJson.Default.Features))!;

    private static string Spec(bool rootless)
    {
        using var json = Output.Serialize(StarterSpec.Create(rootless), RuntimeJson.Default.RuntimeSpec,
            new JsonWriterOptions { Indented = true, IndentCharacter = '\t', IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        return Encoding.UTF8.GetString(json.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheStarterIsRuncsByteForByte(bool rootless)
    {
        var directory = Directory.CreateTempSubdirectory("mydocker-runtime-spec-");
        try
        {
            Process process;
            try
            {
                process = Process.Start(new ProcessStartInfo("runc", ["spec", "--bundle", directory.FullName, .. rootless ? (string[])["--rootless"] : []]) { RedirectStandardError = true })!;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                Assert.Skip("no runc to compare with");
                return;
            }

            process.WaitForExit();
            var theirs = File.ReadAllText(Path.Combine(directory.FullName, "config.json"));

            // Version and host name are everybody's own; runc before 1.2 set ambient capabilities.
            var lines = theirs.Split('\n').ToList();
            var ambient = lines.FindIndex(line => line.Contains("\"ambient\"", StringComparison.Ordinal));
            if (ambient >= 0)
            {
                lines.RemoveRange(ambient - 1, lines.FindIndex(ambient, line => line.Trim() is "]" or "],") - ambient + 1);
            }

            static string Neutral(IEnumerable<string> lines)
                => string.Join('\n', lines.Where(line => !line.Contains("\"ociVersion\"", StringComparison.Ordinal) && !line.Contains("\"hostname\"", StringComparison.Ordinal)));
            Assert.Equal(Neutral(lines), Neutral(Spec(rootless).Split('\n')));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void TheStarterIsAConfigurationOfItsVersion()
    {
        var spec = JsonSerializer.Deserialize(Spec(rootless: false), RuntimeJson.Default.RuntimeSpec)!;
        Assert.Equal(RuntimeSpec.CurrentVersion, spec.OciVersion);
        Assert.Equal(["sh"], spec.Process!.Args!);
    }

    [Fact]
    public void FeaturesAreThoseOfTheSpecification()
    {
        var features = Features;
        Assert.Equal("1.0.0", (string?)features["ociVersionMin"]);
        Assert.Equal(RuntimeSpec.CurrentVersion, (string?)features["ociVersionMax"]);
        Assert.Equal(6, features["hooks"]!.AsArray().Count);
        Assert.Equal(8, features["linux"]!["namespaces"]!.AsArray().Count);
        Assert.Equal(41, features["linux"]!["capabilities"]!.AsArray().Count);
        Assert.Superset(new HashSet<string> { "bind", "rbind", "ro", "rro", "nosuid", "noexec", "nodev", "relatime", "strictatime", "idmap", "ridmap", "tmpcopyup", "rshared", "unbindable" }, Words(features, "mountOptions"));
        foreach (var name in (string[])["apparmor", "selinux", "netDevices"])
        {
            Assert.True((bool?)features["linux"]![name]!["enabled"], name);
        }

        Assert.Contains("MPOL_BIND", Words(features["linux"]!["memoryPolicy"]!, "modes"));
        Assert.True((bool?)features["linux"]!["mountExtensions"]!["idmap"]!["enabled"]);
        Assert.All(new[] { "v1", "v2", "systemd", "systemdUser", "rdma" }, name => Assert.True((bool?)features["linux"]!["cgroup"]![name], name));
        Assert.Equal("1.2.3", (string?)features["annotations"]!["mydocker.runtime.version"]);
    }

    [Fact]
    public void EveryNameOfSeccompThatIsListedIsRead()
    {
        var seccomp = Features["linux"]!["seccomp"]!;
        Assert.SkipWhen((bool?)seccomp["enabled"] == false, "no libseccomp here");
        Assert.Equal(9, seccomp["actions"]!.AsArray().Count);
        Assert.Equal(7, seccomp["operators"]!.AsArray().Count);
        var profile = new LinuxSeccomp { DefaultAction = "SCMP_ACT_ALLOW", Architectures = [.. Words(seccomp, "archs")], Flags = [.. Words(seccomp, "knownFlags")], ListenerPath = "/x", Syscalls = [] };
        foreach (var action in Words(seccomp, "actions"))
        {
            profile.Syscalls.Add(new LinuxSyscall { Names = ["getcwd"], Action = action, Args = [.. Words(seccomp, "operators").Select(op => new LinuxSeccompArg { Op = op })] });
        }

        var read = MyDocker.Runtime.Seccomp.SeccompConversion.ToDescription(profile);
        Assert.Equal(profile.Architectures.Count, read.Architectures.Count);
        Assert.Subset(Words(seccomp, "knownFlags"), Words(seccomp, "supportedFlags"));
    }

    [Theory]
    [InlineData("mydocker-runtime")]
    [InlineData("runc")]
    public void TheVersionIsWhatDockerParses(string name)
    {
        // docker: the line with "version", what stands before and after it; then "commit: ".
        var lines = CommandList.Version(name).Split('\n');
        Assert.Matches($"^{name} version [0-9]+[.][0-9]+[.][0-9]+$", lines[0]);
        Assert.Equal(name != "mydocker-runtime", lines.Contains("implementation: mydocker-runtime"));
        Assert.Contains($"spec: {RuntimeSpec.CurrentVersion}", lines);
        Assert.DoesNotContain(lines.Skip(1), line => line.Contains("version", StringComparison.Ordinal));
    }

    [Fact]
    public void AStateHasAllFieldsOfRuncInItsOrder()
    {
        var view = ContainerView.Of(new RuntimeState { Id = "x", Status = RuntimeStatus.Stopped, Bundle = "/b", Rootfs = "/b/rootfs", Created = "2026-01-01T00:00:00Z" }, "root");
        var json = (JsonObject)JsonNode.Parse(JsonSerializer.Serialize(view, ViewJson.Default.ContainerView))!;
        Assert.Equal(["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "owner"], json.Select(entry => entry.Key));
        Assert.Equal(0, (int?)json["pid"]);
    }

    private static HashSet<string> Words(JsonNode node, string name) => [.. node[name]!.AsArray().Select(word => (string)word!)];

    [Theory]
    [InlineData("/usr/sbin/runc", "runc")]
    [InlineData("crun", "crun")]
    [InlineData("/opt/a b", "mydocker-runtime")]
    [InlineData("/opt/line\nfeed", "mydocker-runtime")]
    [InlineData("", "mydocker-runtime")]
    public void TheNameIsTheLastPartOfThePath(string path, string name) => Assert.Equal(name, ProgramName.Of(path));

    [Fact]
    public void AFailedStartIsToldInRuncsWords()
    {
        const string Unable = "unable to start container process: ", Init = "error during container init: ";
        var (run, exec, text) = (CommandList.Find("run"), CommandList.Find("exec"), new StepText("mount", "proc on /proc"));
        Assert.Equal($"{Unable}{Init}error mounting: step 3: mount proc on /proc: EPERM (operation not permitted)", FailureText.Of(new LaunchException(3, text, Errno.EPERM, isCommand: false, isMount: true, hint: null), run));
        Assert.Equal($"{Unable}{Init}step 3: mount proc on /proc: EPERM (operation not permitted)", FailureText.Of(new LaunchException(3, text, Errno.EPERM, isCommand: false, isMount: false, hint: null), run));
        Assert.Equal($"{Unable}step 3: mount proc on /proc: no", FailureText.Of(new LaunchException(3, text, new InvalidOperationException("no")), run));
        Assert.Equal($"{Unable}exec: \"x\": no", FailureText.Of(new ContainerException("exec: \"x\": no") { Stage = CommandStage.LookedUp }, exec));
        Assert.Equal("no", FailureText.Of(new ContainerException("no"), run));
    }
}
