using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>The options of checkpoint and restore for what a process may hold, and for memory that goes elsewhere: without them CRIU refuses.</summary>
public sealed partial class CheckpointTests
{
    private static string Hold(Bundle bundle, params string[] what)
    {
        bundle.Install("holder");
        bundle.Process.Args = ["/holder", .. what];
        var id = bundle.NextId();
        Begin(bundle, "run", "-d", id);
        Count(bundle, id);
        return id;
    }

    /// <summary>The counter, which shows that the process goes on, has passed a number.</summary>
    private static void Passes(Bundle bundle, string id, int number) => Lifecycle.Until(() => Count(bundle, id) > number, $"{id} to go on");

    /// <summary>A program of the host, CRIU's own, beside the test.</summary>
    private static Process Criu(Bundle bundle, params string[] arguments)
        => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec criu \"$@\" </dev/null >>criu.out 2>&1", "sh", .. arguments]) { WorkingDirectory = bundle.Directory })!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Log(Bundle bundle, string file) => Path.Combine(bundle.Directory, file) is var path && File.Exists(path) ? File.ReadAllText(path) : "";

    [Fact]
    public void A_lock_of_a_file_is_held_again()
    {
        RequireCriu();
        using var bundle = NewBundle();
        var id = Hold(bundle, "lock", "/tmp/lock");
        bundle.Command("checkpoint", id).FailsWith("criu failed");
        Assert.Equal("running", bundle.Status(id));

        bundle.Command("checkpoint", "--file-locks", id).Is(0);
        Begin(bundle, "restore", "-d", "--file-locks", id);
        Passes(bundle, id, Count(bundle, id));
        bundle.Command("exec", id, "/holder", "try", "/tmp/lock").Is(1);
        bundle.Command("exec", id, "/holder", "try", "/tmp/other").Is(0);
    }

    /// <summary>Over the loopback interface, which is up again before the connection is made.</summary>
    [Fact]
    public void A_TCP_connection_goes_on()
    {
        RequireCriu();
        using var bundle = NewBundle();
        var id = Hold(bundle, "tcp");
        bundle.Command("checkpoint", id).FailsWith("criu failed");
        Assert.Equal("running", bundle.Status(id));

        var before = Count(bundle, id);
        bundle.Command("checkpoint", "--tcp-established", id).Is(0);
        Begin(bundle, "restore", "-d", "--tcp-established", id);
        Passes(bundle, id, before + 5);
    }

    [Fact]
    public void A_restored_container_has_its_loopback_interface_up()
    {
        RequireCriu();
        using var bundle = NewBundle();
        var id = Start(bundle);
        bundle.Command("checkpoint", id).Is(0);
        Begin(bundle, "restore", "-d", id);
        Assert.Contains("UP,LOWER_UP", bundle.Command("exec", id, "ip", "link", "show", "lo").Is(0).Out);
    }

    /// <summary>By the path by which the host has bound it; CRIU sees sockets of the container's network namespace alone, so that is the host's.</summary>
    [Fact]
    public void A_socket_of_the_host_is_connected_to_again()
    {
        RequireCriu();
        using var bundle = NewBundle();
        var directory = Directory.CreateDirectory(Path.Combine(bundle.Directory, "host")).FullName;
        using var host = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        host.Bind(new UnixDomainSocketEndPoint($"{directory}/socket"));
        int Receive()
        {
            var number = new byte[4];
            Assert.Equal(4, host.Receive(number));
            return BitConverter.ToInt32(number);
        }

        bundle.SetNamespace("network", null);
        bundle.Spec.Mounts!.Add(new() { Destination = directory, Source = directory, Options = ["bind"] });
        var id = Hold(bundle, "unix", $"{directory}/socket");
        bundle.Command("checkpoint", id).FailsWith("criu failed");
        Assert.Equal("running", bundle.Status(id));

        bundle.Command("checkpoint", "--ext-unix-sk", id).Is(0);
        var last = Receive();
        while (host.Available > 0)
        {
            last = Receive();
        }

        Begin(bundle, "restore", "-d", "--ext-unix-sk", id);
        Assert.Equal(last + 1, Receive());
    }

    [Fact]
    public void Memory_goes_to_a_page_server()
    {
        RequireCriu();
        using var bundle = NewBundle();
        var id = Start(bundle);
        var before = Count(bundle, id);
        var (port, pages) = (FreePort(), Directory.CreateDirectory(Path.Combine(bundle.Directory, "pages")).FullName);
        using (var server = Criu(bundle, "page-server", "--images-dir", pages, "--address", "127.0.0.1", "--port", $"{port}"))
        {
            Lifecycle.Until(() => File.ReadLines("/proc/net/tcp").Any(line => line.Contains($"0100007F:{port:X4} 00000000:0000 0A", StringComparison.Ordinal)), "the page server");
            bundle.Command("checkpoint", "--page-server", $"127.0.0.1:{port}", id).Is(0);
            Assert.Equal(0, server.End());
        }

        var images = Path.Combine(bundle.Directory, "checkpoint");
        Assert.Empty(Directory.GetFiles(images, "pages-*.img"));
        Assert.NotEmpty(Directory.GetFiles(pages, "pages-*.img"));
        foreach (var file in Directory.GetFiles(pages, "*.img"))
        {
            File.Copy(file, Path.Combine(images, Path.GetFileName(file)));
        }

        Begin(bundle, "restore", "-d", id);
        Assert.InRange(Count(bundle, id), before, before + 1000);
        Passes(bundle, id, before + 5);
    }

    /// <summary>
    /// The container is restored beside the one that was written down, and asks it for its memory. Whatever CRIU makes of it: the
    /// byte says when it listens, and a container whose transfer fails runs on.
    /// </summary>
    [Fact]
    public void Memory_may_follow_later()
    {
        RequireCriu("uffd-noncoop");
        using var bundle = NewBundle();
        var id = Start(bundle);
        var before = Count(bundle, id);
        var port = FreePort();
        using var checkpoint = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", "exec \"$@\" 9>ready </dev/null >>begun 2>&1", "bash", OciRuntime.PathOf(OciRuntime.Ours), "--root", bundle.Root(),
            "checkpoint", "--lazy-pages", "--page-server", $"127.0.0.1:{port}", "--status-fd", "9", "--manage-cgroups-mode", "ignore", "--work-path", "work", id]) { WorkingDirectory = bundle.Directory })!;
        Lifecycle.Until(() => Log(bundle, "ready").Length > 0 || checkpoint.HasExited, "the page server to be ready");
        Assert.Equal("\0", Log(bundle, "ready"));
        using var lazy = Criu(bundle, "lazy-pages", "--page-server", "--address", "127.0.0.1", "--port", $"{port}", "--images-dir", "checkpoint", "-v4", "-o", "lazy.log");
        Lifecycle.Until(() => Path.Exists(Path.Combine(bundle.Directory, "checkpoint/lazy-pages.socket")) || lazy.HasExited, "criu lazy-pages");

        var other = bundle.NextId();
        bundle.Linux.CgroupsPath = $"/{other}";
        bundle.Save();
        using var restore = bundle.Begin("restore", "-d", "--lazy-pages", "--manage-cgroups-mode", "ignore", "--work-path", "checkpoint", other);
        var code = checkpoint.End();
        if (code != 0)
        {
            restore.Kill(entireProcessTree: true); // it may wait for a page that never comes
            lazy.Kill();
            restore.End();
            lazy.End();
            Assert.Contains("page-pipe: splice: -1: Bad file descriptor", Log(bundle, "work/dump.log"));
            Assert.Equal("running", bundle.Status(id));
            Passes(bundle, id, before);
            Assert.Skip("this CRIU cannot send lazy pages (page-pipe: splice: Bad file descriptor); that what was written down runs on was checked");
        }

        Assert.Equal((0, 0, 0), (code, restore.End(), lazy.End()));
        Passes(bundle, other, before + 5);
        bundle.Command("state", id).FailsWith("does not exist");
    }

    /// <summary>The name of another profile reaches CRIU, which knows what the kernel has.</summary>
    [Fact]
    public void Another_security_profile_is_CRIUs_to_set()
    {
        RequireCriu();
        Assert.SkipWhen(Directory.Exists("/sys/kernel/security/apparmor"), "this host has AppArmor");
        using var bundle = NewBundle();
        var id = Start(bundle);
        bundle.Command("checkpoint", id).Is(0);
        bundle.Command("restore", "-d", "--lsm-profile", "apparmor:other", id).FailsWith("apparmor not supported by kernel");
        bundle.Command("state", id).FailsWith("does not exist");
        Begin(bundle, "restore", "-d", id);
    }

    /// <summary>Settings for CRIU: of the annotation; else those of the name by which the runtime goes, else runc's.</summary>
    [Fact]
    public void Settings_of_the_annotation_are_CRIUs()
    {
        RequireCriu();
        using var bundle = NewBundle();
        var file = Path.Combine(bundle.Directory, "criu.conf");
        File.WriteAllText(file, "log-file=other.log\n");
        bundle.Spec.Annotations = new() { ["org.criu.config"] = file };
        var id = Start(bundle);
        bundle.Command("checkpoint", "--work-path", "work", id).Is(0);
        Assert.NotEqual("", Log(bundle, "work/other.log"));
        Assert.Equal("", Log(bundle, "work/dump.log"));
    }
}
