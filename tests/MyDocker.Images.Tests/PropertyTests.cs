using System.Diagnostics;
using System.Text;
using CsCheck;
using MyDocker.Images.Archives;
using MyDocker.Images.Layers;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Tests;

/// <summary>What holds for any name, any tree and any bytes.</summary>
public sealed class PropertyTests : IDisposable
{
    private readonly TestDirectory _test = new();

    private static readonly Gen<string> s_part = Gen.String[Gen.Char["abcz019"], 1, 6];
    private static readonly Gen<string> s_path = s_part.Array[1, 4].Select(parts => string.Join('/', parts));
    private static readonly Gen<string> s_host = Gen.OneOf(Gen.Const(""), Gen.Const("localhost/"), Gen.Const("registry.example:5000/"), Gen.Const("[::1]:80/"), Gen.Const("docker.io/"));
    private static readonly Gen<string> s_tag = Gen.OneOf(Gen.Const(""), Gen.String[Gen.Char["aZ09_"], 1, 8].Select(tag => $":{tag}"));
    private static readonly Gen<string> s_digest = Gen.OneOf(Gen.Const(""), Gen.String[Gen.Char["0123456789abcdef"], 64, 64].Select(hex => $"@sha256:{hex}"));

    [Fact]
    public void AReferenceReadsBackFromEachOfItsForms()
        => Gen.Select(s_host, s_path, s_tag, s_digest).Sample((host, path, tag, digest) =>
        {
            if (!ImageReference.TryParse(host + path + tag + digest, out var reference, out _))
            {
                return;
            }

            Assert.Equal(reference, ImageReference.Parse(reference!.Canonical));
            Assert.Equal(reference, ImageReference.Parse(reference.Familiar));
            var stored = reference with { Digest = reference.Tag is null ? reference.Digest : null };
            Assert.Equal(stored, ImageReference.Parse(StorePaths.Decode(StorePaths.Encode(stored))!));
        });

    [Fact]
    public void AnyTextIsAReferenceOrAnErrorThatSaysWhy()
        => Gen.String[Gen.Char[" -~é/:@"], 0, 40].Sample(text => Assert.True(ImageReference.TryParse(text, out var reference, out var reason) ? reference is not null : reason!.Length > 0));

    private static readonly Gen<(string Path, int Kind, string Content, int Mode, int Owner, long Time)> s_member =
        Gen.Select(Gen.String[Gen.Char["ab"], 1, 2].Array[1, 3].Select(parts => string.Join('/', parts)), Gen.Int[0, 4], Gen.String[0, 2000], Gen.Int[0, 0xFFF], Gen.Int[0, 70000], Gen.Long[-1000, 4_000_000_000]);

    /// <summary>Archive, unpacked, archived, unpacked: trees and archives stay what they are after the first time.</summary>
    [Fact]
    public void AnArchiveOfAnUnpackedArchiveIsTheSame()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "owners: needs root");
        var run = 0;
        s_member.Array[0, 12].Sample(
            members =>
            {
                var tar = new TarBuilder();
                foreach (var (path, kind, content, mode, owner, time) in members)
                {
                    tar = kind switch
                    {
                        0 => tar.Dir(path, mode, owner, owner, Math.Abs(time)),
                        1 => tar.Symlink(path, content.Length > 0 && !content.Contains('\0') ? "x" : "y"),
                        2 => tar.File($"{path}.wh", content, mode, owner, owner, Math.Abs(time)),
                        3 => tar.File($"{(path.Contains('/') ? path[..(path.LastIndexOf('/') + 1)] : "")}.wh.z", ""),
                        _ => tar.File(path, content, mode, owner, owner, Math.Abs(time)),
                    };
                }

                if (Unpack(tar.Bytes(), ++run) is not { } first)
                {
                    return; // a file below a file, and the like
                }

                var second = Unpack(first.Archive, ++run)!.Value;
                Assert.Equal(Convert.ToHexString(first.Archive), Convert.ToHexString(second.Archive));
                Assert.Equal(first.Tree, second.Tree);
            },
            iter: 150,
            threads: 1);
    }

    /// <summary>A layer's whiteouts survive the way into overlayfs' form and back.</summary>
    [Fact]
    public void WhiteoutsGoInAndOut()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "whiteouts are devices: needs root");
        var run = 1000;
        Gen.Select(Gen.String[Gen.Char["abc"], 1, 3].HashSet[0, 5], Gen.Bool).Sample(
            (hidden, opaque) =>
            {
                var tar = new TarBuilder().Dir("d");
                tar = opaque ? tar.File("d/.wh..wh..opq") : tar;
                tar = hidden.Aggregate(tar, (all, name) => all.File($"d/.wh.{name}"));
                var archive = Unpack(tar.Bytes(), ++run)!.Value.Archive;
                var reader = new TarReader(new MemoryStream(archive));
                var names = new HashSet<string>();
                while (reader.Next() is { } entry)
                {
                    names.Add(Encoding.UTF8.GetString(entry.Name).TrimEnd('/'));
                }

                Assert.True(names.SetEquals(hidden.Select(name => $"d/.wh.{name}").Concat([".", "d"]).Concat(opaque ? ["d/.wh..wh..opq"] : [])), string.Join(' ', names));
            },
            iter: 60,
            threads: 1);
    }

    /// <summary>Bytes that were an archive, a manifest or an image's archive, and are damaged: an error for users, never another.</summary>
    [Fact]
    public void DamagedBytesAreErrorsForUsersFor()
    {
        var end = Stopwatch.StartNew();
        var limit = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("FUZZ_SECONDS"), out var seconds) ? seconds : 10);
        var random = new Random(Environment.GetEnvironmentVariable("FUZZ_SEED") is { } seed ? int.Parse(seed) : 1);
        var tar = new TarBuilder().Dir("etc").File("etc/f", "hello").HardLink("l", "etc/f").Symlink("s", "x").Pax("path", "long").File("x", "y").GnuLongName("name").File("z").File("etc/.wh.q").Bytes();
        var gzip = Registry.ScriptedRegistry.Gzip(tar);
        var manifest = Encoding.UTF8.GetBytes("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":2},"layers":[{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":7}]}""");
        var config = Encoding.UTF8.GetBytes("""{"architecture":"amd64","os":"linux","config":{"Env":["a=b"],"Labels":{"a":"b"}},"rootfs":{"type":"layers","diff_ids":["sha256:00"]},"history":[{"created_by":"x"}]}""");
        var rounds = 0;
        for (; end.Elapsed < limit; rounds++)
        {
            Try(() => ManifestDocument.Parse(Damage(manifest, random), null, "fuzz"), rounds);
            Try(() => ImageWriter.ReadConfig(Damage(config, random), "fuzz"), rounds);
            Try(() => ReadAll(new TarReader(new MemoryStream(Damage(tar, random)))), rounds);
            if (rounds % 10 == 0)
            {
                Try(() => Unpack(Damage(tar, random), 100_000 + rounds, mayFail: false), rounds);
                Try(() => new ImageStore(_test.Root).Load(new MemoryStream(Damage(gzip, random)), "fuzz"), rounds);
            }
        }

        Assert.True(rounds > 100, $"{rounds} rounds only");
        _test.AssertCanaryUntouched();
    }

    private static void Try(Action work, int round)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is ImageException or TarFormatException)
        {
        }
        catch (Exception e)
        {
            Assert.Fail($"round {round}: {e}");
        }
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        var copy = bytes.ToArray();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(copy.Length);
            switch (random.Next(5))
            {
                case 0: copy[at] = (byte)random.Next(256); break;
                case 1: copy[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: copy = copy[..Math.Max(1, at)]; break;
                case 3: copy = [.. copy[..at], .. copy[random.Next(copy.Length)..]]; break;
                default:
                    // a header whose checksum is right again gets further
                    var block = at / 512 * 512;
                    if (block + 512 <= copy.Length)
                    {
                        copy[block + random.Next(512)] = (byte)random.Next(256);
                        copy.AsSpan(block + 148, 8).Fill((byte)' ');
                        var sum = copy.AsSpan(block, 512).ToArray().Sum(b => b);
                        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(copy, block + 148);
                    }

                    break;
            }

            copy = copy.Length == 0 ? [0] : copy;
        }

        return copy;
    }

    private static void ReadAll(TarReader reader)
    {
        while (reader.Next() is not null)
        {
        }
    }

    private (byte[] Archive, string Tree)? Unpack(byte[] archive, int run, bool mayFail = true)
    {
        var directory = Directory.CreateDirectory($"{_test.Path}/run{run}").FullName;
        Directory.CreateDirectory($"{directory}/fs");
        Directory.CreateDirectory($"{directory}/trash");
        using var root = Files.Open($"{directory}/fs", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        using var trash = Files.Open($"{directory}/trash", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        using var unpacker = new LayerUnpacker(root, trash);
        try
        {
            unpacker.Unpack(new TarReader(new MemoryStream(archive)));
            var output = new MemoryStream();
            TreeArchive.WriteLayer(root, output);
            return (output.ToArray(), TestDirectory.Snapshot($"{directory}/fs"));
        }
        catch (Exception e) when (mayFail && e is ImageException or TarFormatException)
        {
            return null;
        }
        finally
        {
            using var parent = Files.Open(_test.Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            TreeRemover.TryRemove(parent, Encoding.UTF8.GetBytes($"run{run}"));
        }
    }

    public void Dispose() => _test.Dispose();
}
