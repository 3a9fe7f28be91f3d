using System.Text;
using MyDocker.Images.References;
using MyDocker.Images.Store;

namespace MyDocker.Images.Tests;

/// <summary>What we unpack is what GNU tar unpacks, and a directory becomes a layer that is the same tree.</summary>
public sealed class ExactnessTests : IDisposable
{
    private readonly TestDirectory _test = new();
    private readonly ImageStore _store;

    public ExactnessTests() => _store = new ImageStore(_test.Root);

    // Owners, modes with set-id bits, times to the nanosecond, attributes, capabilities that are not UTF-8, names that are not
    // UTF-8, long names and targets, hard links of files, links and devices, FIFOs, holes.
    private const string MakeTree = """
        import os, sys, struct
        t = os.fsencode(sys.argv[1]); os.makedirs(t); p = lambda n: os.path.join(t, n)
        def w(n, c=b'', mode=0o644, uid=0, gid=0, mt=1_600_000_000_123_456_789):
            with open(p(n), 'wb') as f: f.write(c)
            os.chown(p(n), uid, gid); os.chmod(p(n), mode); os.utime(p(n), ns=(mt, mt))
        for d, m in ((b'etc', 0o755), (b'tmp', 0o1777), (b'sgid', 0o2750), (b'secret', 0o000), (b'empty', 0o700)): os.mkdir(p(d)); os.chmod(p(d), m)
        w(b'etc/passwd', b'root:x:0:0:root:/root:/bin/sh\n'); w(b'etc/shadow', b's', 0o640, 0, 42); w(b'su', b'x' * 5000, 0o4755); w(b'wall', b'', 0o2755, 0, 5)
        w(b'big', os.urandom(3 << 20), 0o600, 1000, 100); w(b'owned', b'o', 0o644, 3_000_000_000, 4_000_000_000)
        w(b'old', b'', mt=-1_500_000_000); w(b'far', b'', mt=10_000_000_000_000_000_000 // 1000)
        w(b'caf\xe9', b'latin'); w('ünïcödé'.encode(), b'u'); w(b'new\nline', b'n'); w(b'.wh', b'no whiteout')
        long = b'/'.join([b'n' * 200] * 6); os.makedirs(p(long)); w(long + b'/' + b'f' * 250, b'deep')
        w(b'cap', b'c', 0o755); os.setxattr(p(b'cap'), 'security.capability', struct.pack('<5I', 0x02000001, 0x80, 0, 0x80, 0))
        w(b'attr', b'a'); os.setxattr(p(b'attr'), 'user.bin', bytes(range(256))); os.setxattr(p(b'attr'), 'user.eq=al', b'\n='); os.setxattr(p(b'etc'), 'user.dir', b'd'); os.setxattr(p(b'attr'), 'trusted.t', b't')
        os.symlink(b'etc/passwd', p(b'link')); os.symlink(b'/' + b'x' * 3000, p(b'longlink')); os.symlink(b'\xff\xfe', p(b'bytelink')); os.lchown(p(b'link'), 7, 8)
        os.link(p(b'big'), p(b'etc/big2')); os.link(p(b'big'), p(b'zbig')); os.link(p(b'link'), p(b'zlink'), follow_symlinks=False)
        os.mkfifo(p(b'fifo'), 0o620); os.mknod(p(b'null'), 0o20666, os.makedev(1, 3)); os.mknod(p(b'disk'), 0o60660, os.makedev(259, 70000))
        with open(p(b'sparse'), 'wb') as f:
            for o in (0, 1 << 20, (5 << 20) + 4096): f.seek(o); f.write(b'data')
            f.truncate(9 << 20)
        for i in range(60): w(b'tmp/%d' % i, b'z' * i * 37)
        for d in (b'etc', b'tmp', b'sgid', b'secret', b'empty', b''): os.utime(p(d), ns=(1, 1_500_000_000_000_000_001))
        """;

    [Theory]
    [InlineData("--format=pax", "")]
    [InlineData("--format=gnu", "")]
    [InlineData("--format=pax", "-S --sparse-version=1.0")]
    [InlineData("--format=pax", "-S --sparse-version=0.1")]
    [InlineData("--format=pax", "-S --sparse-version=0.0")]
    [InlineData("--format=gnu", "-S")]
    public void SameAsTar(string format, string sparse)
    {
        var tree = $"{_test.Path}/tree";
        TestDirectory.Run("python3", "-c", MakeTree, tree);
        var archive = $"{_test.Path}/a.tar";
        string[] attributes = format == "--format=pax" ? ["--xattrs", "--xattrs-include=*"] : [];
        TestDirectory.Run("tar", [format, .. sparse.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. attributes, "-C", tree, "-cf", archive, "."]);
        CompareWithTar(archive);
    }

    [Fact]
    public void SameAsTarOnAPublishedImage() => CompareWithTar(SharedImage());

    [Fact]
    public void ADirectoryIsCopiedExactlyAndTheSameWayEachTime()
    {
        var tree = $"{_test.Path}/tree";
        TestDirectory.Run("python3", "-c", MakeTree, tree);
        var before = TestDirectory.Snapshot(tree);
        var first = _store.Import(tree, ImageReference.Parse("one"));
        Assert.Empty(first.Notes);
        var one = _store.Resolve("one");
        Assert.Equal(before, TestDirectory.Snapshot(one.LowerDirectories[0]));
        Assert.Equal(before, TestDirectory.Snapshot(tree));

        // A copy made in another order has the same layer.
        TestDirectory.Run("cp", "-a", tree, $"{_test.Path}/copy");
        _store.Import($"{_test.Path}/copy", ImageReference.Parse("two"));
        Assert.Equal(one.LayerIds, _store.Resolve("two").LayerIds);
    }

    [Fact]
    public void TheCanonicalArchiveOfADirectoryIsTheLayersIdAndUnpacksToIt()
    {
        var tree = $"{_test.Path}/tree";
        TestDirectory.Run("python3", "-c", MakeTree, tree);
        using var source = Kernel.Syscalls.Files.Open(tree, Kernel.Syscalls.OpenFlags.O_RDONLY);
        Directory.CreateDirectory($"{_test.Path}/copy");
        using var target = Kernel.Syscalls.Files.Open($"{_test.Path}/copy", Kernel.Syscalls.OpenFlags.O_RDONLY);
        using (var archive = File.Create($"{_test.Path}/canonical.tar"))
        {
            new Layers.DirectoryCopier(source, target, new Archives.TarWriter(archive), default).Copy(null);
        }

        _store.Import(tree, ImageReference.Parse("tree"));
        var sum = TestDirectory.Run("sha256sum", $"{_test.Path}/canonical.tar")[..64];
        Assert.Equal([sum], _store.Resolve("tree").LayerIds);

        Directory.CreateDirectory($"{_test.Path}/untar");
        TestDirectory.Run("tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-p", "-C", $"{_test.Path}/untar", "-xf", $"{_test.Path}/canonical.tar");
        Assert.Equal(TestDirectory.Snapshot(tree), TestDirectory.Snapshot($"{_test.Path}/untar"));
    }

    [Fact]
    public void SocketsMountsAndTheDataRootAreLeftOut()
    {
        var tree = $"{_test.Path}/tree";
        Directory.CreateDirectory($"{tree}/mnt");
        Directory.CreateDirectory($"{tree}/proc");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint($"{tree}/socket"));
        TestDirectory.Run("mount", "-t", "tmpfs", "none", $"{tree}/mnt");
        try
        {
            File.WriteAllText($"{tree}/mnt/other", "");
            var store = new ImageStore($"{tree}/var");
            var notes = store.Import(tree, ImageReference.Parse("x")).Notes;
            Assert.Equal(3, notes.Count);
            Assert.Equal(["mnt", "proc"], Directory.GetFileSystemEntries(store.Resolve("x").LowerDirectories[0], "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order());
        }
        finally
        {
            TestDirectory.Run("umount", $"{tree}/mnt");
        }
    }

    [Fact]
    public void AHundredThousandFilesAreUnpackedInReasonableTime()
    {
        using var archive = new MemoryStream();
        var writer = new Archives.TarWriter(archive);
        for (var i = 0; i < 100_000; i++)
        {
            writer.WriteHeader(new Archives.TarEntry { Name = Encoding.ASCII.GetBytes($"d{i / 100}/f{i}"), LinkName = [], Type = Archives.TarType.File, Mode = 0x1A4, Uid = 0, Gid = 0, Size = 5, Seconds = i, Nanoseconds = 0 });
            writer.WriteData("hello"u8);
            writer.Pad(5);
        }

        writer.Finish();
        archive.Position = 0;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(100_000, _store.Import(archive, "many", ImageReference.Parse("many")).Entries);
        TestContext.Current.TestOutputHelper!.WriteLine($"{watch.ElapsedMilliseconds} ms");
        // Nearly all of it is the kernel's: GNU tar takes longer on the same machine. The bound is for what grows with the square.
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(5), $"{watch.Elapsed}");
    }

    internal static string SharedImage()
    {
        const string Name = "alpine-minirootfs-3.20.3-x86_64.tar.gz";
        var given = Environment.GetEnvironmentVariable("MYDOCKER_TEST_IMAGES");
        if (given is not null && File.Exists($"{given}/{Name}"))
        {
            return $"{given}/{Name}";
        }

        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists($"{directory}/shared/images/{Name}"))
            {
                return $"{directory}/shared/images/{Name}";
            }
        }

        Assert.Skip($"{Name} is not here; set MYDOCKER_TEST_IMAGES to its directory");
        return "";
    }

    private void CompareWithTar(string archive)
    {
        var expected = $"{_test.Path}/expected";
        Directory.CreateDirectory(expected);
        TestDirectory.Run("tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-p", "-C", expected, "-xf", archive);
        Assert.Empty(_store.Import(archive, ImageReference.Parse("image")).Notes);
        Assert.Equal(TestDirectory.Snapshot(expected), TestDirectory.Snapshot(_store.Resolve("image").LowerDirectories[0]));
    }

    public void Dispose() => _test.Dispose();
}
