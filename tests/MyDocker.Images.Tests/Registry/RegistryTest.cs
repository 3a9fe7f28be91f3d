using System.Diagnostics;
using System.Security.Cryptography;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Images.Store;

namespace MyDocker.Images.Tests.Registry;

/// <summary>What tests with registries share: a store of their own, credentials of their own, images with something in them.</summary>
public abstract class RegistryTest : IDisposable
{
    protected TestDirectory Test { get; } = new();
    protected ImageStore Store => new(Test.Root);
    protected List<string> Log { get; } = [];

    internal Credentials Logins => new($"{Test.Path}/docker/config.json");

    internal RegistryImages Images(RegistrySettings? settings = null, string? root = null) => new(root ?? Test.Root, settings ?? new RegistrySettings(), Logins);

    internal PulledImage Pull(string name, RegistrySettings? settings = null, string? root = null)
        => Images(settings, root).Pull(new PullRequest(ImageReference.Parse(name)) { Log = text => { lock (Log) { Log.Add(text); } } });

    protected string Fails(string name) => Assert.Throws<ImageException>(() => Pull(name)).Message;

    internal static RegistrySettings Settings(string host, RegistryEntry entry) => new() { Registries = new() { [host] = entry } };

    /// <summary>Three layers of files that do not compress to nothing, with a whiteout, an opaque directory, links and owners.</summary>
    protected static byte[][] Layers(int size = 200_000)
    {
        var random = new Random(1);
        string Noise() => Convert.ToBase64String(Enumerable.Range(0, size).Select(_ => (byte)random.Next()).ToArray());
        return
        [
            new TarBuilder().Dir("etc").File("etc/passwd", "root:x:0:0::/:/bin/sh\n").File("etc/gone", "x").Dir("old").File("old/f", Noise()).Bytes(),
            new TarBuilder().Dir("etc").File("etc/.wh.gone").Dir("old").File("old/.wh..wh..opq").File("big", Noise(), 0x9ED, 5, 6).HardLink("link", "big").Bytes(),
            new TarBuilder().Symlink("s", "/etc/passwd").Pax("SCHILY.xattr.user.a", "b").File("x", Noise()).Bytes(),
        ];
    }

    /// <summary>An OCI image layout with an image of these layers, put into a registry by skopeo.</summary>
    protected void PushBySkopeo(string name, byte[][] layers, string compressor = "gzip -nc", string arguments = "")
    {
        Assert.SkipUnless(File.Exists("/usr/bin/skopeo"), "skopeo is not installed");
        var layout = MakeLayout(layers, compressor);
        TestDirectory.Run("sh", "-c", $"skopeo copy -q --dest-tls-verify=false {arguments} oci:{layout}:latest docker://{name}");
    }

    protected string MakeLayout(byte[][] layers, string compressor)
    {
        var layout = Directory.CreateDirectory($"{Test.Path}/layout-{Guid.NewGuid():n}").FullName;
        Directory.CreateDirectory($"{layout}/blobs/sha256");
        string Put(byte[] bytes)
        {
            var hex = Hex(bytes);
            File.WriteAllBytes($"{layout}/blobs/sha256/{hex}", bytes);
            return hex;
        }

        var type = compressor.StartsWith("zstd", StringComparison.Ordinal) ? "+zstd" : compressor == "cat" ? "" : "+gzip";
        var blobs = layers.Select(layer => Compress(layer, compressor)).ToList();
        var descriptors = blobs.Select(blob => $$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar{{type}}","digest":"sha256:{{Put(blob)}}","size":{{blob.Length}}}""");
        var config = System.Text.Encoding.UTF8.GetBytes($$$"""{"created":"2026-01-02T03:04:05Z","architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["A=b"]},"rootfs":{"type":"layers","diff_ids":[{{{string.Join(',', layers.Select(layer => $"\"sha256:{Hex(layer)}\""))}}}]}}""");
        var manifest = System.Text.Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{{Put(config)}}","size":{{config.Length}}},"layers":[{{string.Join(',', descriptors)}}]}""");
        File.WriteAllText($"{layout}/index.json", $$$"""{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{{Put(manifest)}}}","size":{{{manifest.Length}}},"annotations":{"org.opencontainers.image.ref.name":"latest"}}]}""");
        File.WriteAllText($"{layout}/oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
        return layout;
    }

    protected static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    protected static byte[] Compress(byte[] bytes, string compressor)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", compressor]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var output = new MemoryStream();
        var copy = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(bytes);
        process.StandardInput.Close();
        copy.Wait();
        process.WaitForExit();
        return output.ToArray();
    }

    /// <summary>A process that pulls, to be waited for or killed.</summary>
    protected Process StartPull(string root, string name, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(RegistryTest).Assembly.Location] : [])
        {
            Environment = { ["MYDOCKER_TEST_PULL"] = $"{root} {name}", ["DOCKER_CONFIG"] = $"{Test.Path}/docker" },
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in variables)
        {
            start.Environment[variable] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>What is in the store that is no whole blob or layer.</summary>
    protected string[] Leftovers(string? root = null) =>
    [
        .. Directory.GetFileSystemEntries($"{root ?? Test.Root}/layers", ".tmp-*"),
        .. Directory.GetFiles($"{root ?? Test.Root}/blobs/partial"),
        .. Directory.GetFiles($"{root ?? Test.Root}/images/leases"),
        .. Directory.GetFiles($"{root ?? Test.Root}/layers", "pending", SearchOption.AllDirectories),
    ];

    public void Dispose()
    {
        Test.AssertCanaryUntouched();
        Test.Dispose();
        GC.SuppressFinalize(this);
    }
}
