using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>Two commands at once on one container: one comes first, the other finds what it left.</summary>
[Collection("alone")]
public sealed class ConcurrencyTests
{
    private static readonly string[] s_start = ["start", "ID"];
    private static readonly string[] s_delete = ["delete", "--force", "ID"];
    private static readonly string[] s_kill = ["kill", "ID", "KILL"];

    public static TheoryData<string[], string[]> Pairs => new()
    {
        { s_start, s_start },
        { s_start, s_delete },
        { s_start, s_kill },
        { s_delete, s_delete },
        { s_delete, s_kill },
        { s_kill, s_kill },
        { s_delete, ["exec", "ID", "true"] },
        { s_delete, ["pause", "ID"] },
        { s_delete, ["update", "--pids-limit", "10", "ID"] },
        { s_delete, ["state", "ID"] },
        { s_start, ["update", "--pids-limit", "10", "ID"] },
        { s_start, ["list"] },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Both_end_and_leave_a_container_that_can_be_used_or_is_gone(string[] first, string[] second)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        for (var round = 0; round < 5; round++)
        {
            var id = bundle.Create("sleep", "1000");
            if (first[0] != "start")
            {
                bundle.Command("start", id).Is(0);
            }

            var processes = new[] { first, second }.Select(command => bundle.Begin([.. command.Select(word => word == "ID" ? id : word)])).ToArray();
            var codes = processes.Select(process => process.End()).ToArray();
            if (first == s_start && second == s_start)
            {
                Assert.Equal([0, 1], codes.Order()); // one has started it, the other is told so
            }

            if (first == s_delete || second == s_delete)
            {
                Assert.Equal(0, codes[first == s_delete ? 0 : 1]);
                Assert.DoesNotContain(id, bundle.Command("list", "-q").Is(0).Lines);
            }
            else
            {
                Assert.Contains(bundle.Status(id), (string[])["created", "running", "stopped"]);
                bundle.Command("delete", "--force", id).Is(0);
            }

            var said = File.ReadAllText(Path.Combine(bundle.Directory, "begun"));
            Assert.DoesNotContain("internal error", said);
            Assert.DoesNotContain("damaged", said);
            Assert.Empty(Directory.EnumerateFileSystemEntries(bundle.Root()));
        }
    }

    [Fact]
    public void A_foreground_run_can_be_paused_and_deleted_from_elsewhere()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["sleep", "1000"];
        bundle.Save();
        var id = bundle.NextId();
        var run = bundle.Begin("run", id);
        Lifecycle.Until(() => bundle.Command("state", id).Out.Contains("\"running\"", StringComparison.Ordinal), "the container to run");
        bundle.Command("pause", id).Is(0);
        bundle.Command("resume", id).Is(0);
        bundle.Command("delete", "--force", id).Is(0);
        Assert.Equal(137, run.End());
        Assert.Empty(Directory.EnumerateFileSystemEntries(bundle.Root()));
    }

    [Fact]
    public void One_id_is_given_once()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["sleep", "1000"];
        bundle.Save();
        var id = bundle.NextId();
        var processes = Enumerable.Range(0, 6).Select(_ => bundle.Begin("run", "-d", id)).ToArray();
        Assert.Equal(1, processes.Count(process => process.End() == 0));
        Assert.Equal("running", bundle.Status(id));
    }

    [Fact]
    public void Many_containers_live_side_by_side()
    {
        const int Many = 20;
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["sh", "-c", "exit 7"];
        bundle.Save();
        var processes = Enumerable.Range(0, Many).Select(_ => bundle.Begin("run", bundle.NextId())).ToArray();
        Assert.All(processes, process => Assert.Equal(7, process.End()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(bundle.Root()));
    }

    [Fact]
    public void What_a_killed_create_left_is_deleted()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Process.Args = ["sleep", "1000"];
        bundle.Save();
        Directory.CreateDirectory(bundle.Root());
        for (var delay = 0; delay < 40; delay += 4)
        {
            var id = bundle.NextId();
            var create = bundle.Begin("create", id);
            Thread.Sleep(delay);
            create.Kill();
            create.WaitForExit();
            bundle.Command("list", "-f", "json").Is(0);
            bundle.Command("delete", "--force", id).Is(0);
            Assert.Empty(Directory.EnumerateFileSystemEntries(bundle.Root()));
            Assert.Empty(Directory.EnumerateDirectories("/sys/fs/cgroup", id, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 5, IgnoreInaccessible = true }));
        }

    }
}
