using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Manifests;

/// <summary>OS[/ARCH[/VARIANT]] as --platform takes it, which entry of an index is for it, and what this host can run.</summary>
public static class Platforms
{
    public static Platform Host { get; } = new()
    {
        Os = "linux",
        Architecture = HostArchitecture(),
        Variant = RuntimeInformation.OSArchitecture switch { Architecture.Arm64 => "v8", Architecture.Arm => "v7", _ => null },
    };

    /// <summary>"linux/arm64/v8", "arm64", "linux".</summary>
    /// <exception cref="ImageException">it is none of these.</exception>
    public static Platform Parse(string text)
    {
        var parts = text.ToLowerInvariant().Split('/');
        if (parts.Length is 0 or > 3 || parts.Any(part => part.Length == 0 || part.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))))
        {
            throw new ImageException($"read platform {Printable.Name(text)}: expected OS[/ARCH[/VARIANT]], such as linux/arm64");
        }

        if (parts.Length == 1)
        {
            return parts[0] is "linux" or "windows" or "darwin" or "freebsd"
                ? Host with { Os = parts[0] }
                : Normal(new Platform { Os = "linux", Architecture = parts[0] });
        }

        return Normal(new Platform { Os = parts[0], Architecture = parts[1], Variant = parts.Length == 3 ? parts[2] : null });
    }

    public static string Text(Platform platform)
        => $"{platform.Os}/{platform.Architecture}{(string.IsNullOrEmpty(platform.Variant) ? "" : $"/{platform.Variant}")}";

    /// <summary>Entries that are images (no attestations) for a platform, the best first.</summary>
    internal static List<Descriptor> Select(ImageIndex index, Platform wanted)
    {
        var normal = Normal(wanted);
        return [.. (index.Manifests ?? [])
            .Where(entry => entry.Platform is { } own && Rank(Normal(own), normal) >= 0)
            .OrderBy(entry => Rank(Normal(entry.Platform!), normal))];
    }

    /// <summary>Whether an image made for one platform counts as one for another.</summary>
    public static bool Matches(string os, string architecture, string? variant, Platform wanted)
        => Rank(Normal(new Platform { Os = os, Architecture = architecture, Variant = variant }), Normal(wanted)) >= 0;

    /// <summary>
    /// Refuses an image that this host cannot run: of another system, or of another architecture without an interpreter
    /// registered with binfmt_misc.
    /// </summary>
    /// <param name="hasFile">whether the image has a file of this path.</param>
    public static void CheckRunnable(string reference, ImageConfig config, Func<string, bool> hasFile)
    {
        // The usual case costs two comparisons.
        if (config.Os is "linux" or "" && (config.Architecture == Host.Architecture || config.Architecture.Length == 0))
        {
            return;
        }

        if (config.Os is not ("linux" or ""))
        {
            throw new ImageException($"run {Printable.Name(reference)}: the image is for {Printable.Name(config.Os)}, not for Linux");
        }

        var interpreter = Matches(config.Os, config.Architecture, config.Variant, Host) ? null : Interpreters.For(config.Architecture)
            ?? throw new ImageException($"run {Printable.Name(reference)}: the image is for linux/{Printable.Name(config.Architecture).Trim('\'')}, this host is {Text(Host)}, and no interpreter for it is registered; choose another (mydocker pull --platform {Text(Host)} …), or install one (Debian: qemu-user-static and binfmt-support)");
        if (interpreter is { IsFixed: false } && !hasFile(interpreter.Path))
        {
            throw new ImageException($"run {Printable.Name(reference)}: the image is for linux/{config.Architecture}, whose interpreter {interpreter.Path} is registered without flag F, so that it has to be in the image, and it is not; register it with F (Debian's qemu-user-static does)");
        }
    }

    // 0 is exact; a variant below the one wanted runs, too (arm v6 on v7; amd64 v1 on v3); -1 does not.
    private static int Rank(Platform own, Platform wanted)
    {
        if (own.Os != wanted.Os || own.Architecture != wanted.Architecture)
        {
            // These processors run 32-bit code; containerd takes such images as well, last.
            return own.Os == wanted.Os && (own.Architecture, wanted.Architecture) is ("arm", "arm64") or ("386", "amd64") ? 100 - Number(own.Variant) : -1;
        }

        var difference = Number(wanted.Variant) - Number(own.Variant);
        return difference >= 0 ? difference : wanted.Variant is null ? 50 - difference : -1;
    }

    private static Platform Normal(Platform platform)
    {
        var (architecture, variant) = (platform.Architecture.ToLowerInvariant(), platform.Variant?.ToLowerInvariant()) switch
        {
            ("x86_64" or "x86-64" or "amd64", "v1") => ("amd64", null),
            ("x86_64" or "x86-64" or "amd64", var v) => ("amd64", v),
            ("aarch64" or "arm64", "8" or "v8" or "" or null) => ("arm64", null),
            ("aarch64", var v) => ("arm64", v),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" or null) => ("arm", "v7"),
            ("arm", { Length: 1 } v) => ("arm", "v" + v),
            ("i386" or "i486" or "i686" or "386", _) => ("386", null),
            var other => other,
        };
        return new Platform { Os = platform.Os.ToLowerInvariant(), Architecture = architecture, Variant = string.IsNullOrEmpty(variant) ? null : variant };
    }

    private static int Number(string? variant) => variant is { Length: 2 } && variant[0] == 'v' && char.IsAsciiDigit(variant[1]) ? variant[1] - '0' : 0;

    private static string HostArchitecture() => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.X86 => "386",
        Architecture.RiscV64 => "riscv64",
        Architecture.LoongArch64 => "loong64",
        var other => other.ToString().ToLowerInvariant(),
    };
}
