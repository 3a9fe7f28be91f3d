using CsCheck;
using MyDocker.Images.Archives;

namespace MyDocker.Images.Tests;

/// <summary>Frames of every kind, as zstd itself reads them; and what is damaged is an error.</summary>
public sealed class ParallelZstdTests : IDisposable
{
    private readonly TestDirectory _test = new();

    [Fact]
    public void AnyFramesInAnyOrderAreReadAsZstdReadsThem() => Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3_000_000], Gen.Int).List[1, 6].Sample(
        frames =>
        {
            var (compressed, plain) = (new MemoryStream(), new MemoryStream());
            foreach (var (kind, size, seed) in frames)
            {
                var content = Content(size, seed);
                compressed.Write(Frame(kind, content));
                plain.Write(kind == 0 ? [] : content);
            }

            Assert.Equal(plain.ToArray(), Read(compressed.ToArray()));
        },
        iter: 60);

    [Theory]
    [InlineData("zstd -qc")]
    [InlineData("zstd -qc --no-check --long=27")]
    [InlineData("zstd -qc -T0 -19")]
    [InlineData("pzstd -qc -p 4")]
    public void WhatProgramsWriteIsRead(string program)
    {
        Assert.SkipUnless(File.Exists($"/usr/bin/{program.Split(' ')[0]}"), $"no {program.Split(' ')[0]}: install zstd");
        var content = Content(30_000_000, 7);
        File.WriteAllBytes($"{_test.Path}/plain", content);
        foreach (var input in (string[])["< {0}", "{0}"]) // with its size in the frame, and without
        {
            TestDirectory.Run("sh", "-c", $"{program} {string.Format(input, $"{_test.Path}/plain")} > {_test.Path}/compressed");
            Assert.Equal(content, Read(File.ReadAllBytes($"{_test.Path}/compressed")));
        }
    }

    [Fact]
    public void CutOffOrDamagedIsAnError()
    {
        var whole = (byte[])[.. Frame(1, Content(300_000, 1)), .. Frame(2, Content(5000, 2)), .. Frame(1, Content(2_000_000, 3))];
        foreach (var length in Enumerable.Range(0, 60).Select(i => 1 + (int)((whole.Length - 2L) * i / 59)).Where(length => length != Frame(1, Content(300_000, 1)).Length))
        {
            Assert.ThrowsAny<Exception>(() => Read(whole[..length]));
        }

        var random = new Random(5);
        for (var i = 0; i < 50; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                Assert.Equal(Read(whole).Length, Read(damaged).Length); // a bit that means nothing
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
            }
        }

        Assert.ThrowsAny<Exception>(() => Read([.. whole, 1, 2, 3, 4, 5]));
    }

    private static byte[] Read(byte[] compressed)
    {
        using var stream = new ParallelZstd(new PeekStream(new MemoryStream(compressed)));
        var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Content(int size, int seed)
    {
        var random = new Random(seed);
        var content = new byte[size];
        for (var i = 0; i < size; i += 4096)
        {
            if (random.Next(3) > 0)
            {
                random.NextBytes(content.AsSpan(i, Math.Min(random.Next(4096), size - i)));
            }
        }

        return content;
    }

    /// <summary>0: skippable; 1: with its size; 2: without; 3: with a checksum; 4: several in one; 5: empty and then one.</summary>
    private static byte[] Frame(int kind, byte[] content)
    {
        using var compressor = new ZstdSharp.Compressor(1);
        switch (kind)
        {
            case 0:
                return [0x53, 0x2a, 0x4d, 0x18, .. BitConverter.GetBytes(content.Length), .. content];
            case 2:
                var output = new MemoryStream();
                using (var stream = new ZstdSharp.CompressionStream(output, 1, leaveOpen: true))
                {
                    stream.Write(content);
                }

                return output.ToArray();
            case 3:
                compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
                break;
            case 4:
                var half = content.Length / 2;
                return [.. Frame(1, content[..half]), .. Frame(3, content[half..])];
            case 5:
                return [.. Frame(1, []), .. Frame(1, content)];
        }

        return compressor.Wrap(content).ToArray();
    }

    public void Dispose() => _test.Dispose();
}
