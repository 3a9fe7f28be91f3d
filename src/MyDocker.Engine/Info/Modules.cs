using System.IO.Compression;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Info;

/// <summary>Whether a feature of the kernel is there: loaded, built in, or a module that is loaded on first use. Loads nothing.</summary>
internal static class Modules
{
    private static string? s_config;

    /// <param name="module">its file name without ".ko".</param>
    /// <param name="option">the option of the kernel's configuration that builds it.</param>
    /// <param name="inFileSystems">its name in /proc/filesystems, if it is a file system.</param>
    public static FeatureState Find(string module, string option, string? inFileSystems = null)
    {
        if (Files.Exists($"/sys/module/{module}")
            || (inFileSystems is not null && HasLine("/proc/filesystems", line => line.EndsWith("\t" + inFileSystems, StringComparison.Ordinal))))
        {
            return FeatureState.Yes;
        }

        var directory = $"/lib/modules/{KernelVersion.Read().Text}";
        if (HasLine($"{directory}/modules.builtin", line => IsFile(line, module)) || HasLine($"{directory}/modules.dep", line => IsFile(line.Split(':')[0], module)))
        {
            return FeatureState.Yes;
        }

        return Config().Length == 0
            ? Files.Exists($"{directory}/modules.dep") ? FeatureState.No : FeatureState.Unknown
            : IsBuiltIn(option) ? FeatureState.Yes : FeatureState.No;
    }

    public static bool IsBuiltIn(string option) => Config().Contains($"\n{option}=y\n", StringComparison.Ordinal);

    // kernel/drivers/net/veth.ko, also .ko.xz and .ko.zst; '-' and '_' are the same in names of modules.
    private static bool IsFile(string path, string module)
    {
        var name = path[(path.LastIndexOf('/') + 1)..].Replace('-', '_');
        return name == $"{module}.ko" || name.StartsWith($"{module}.ko.", StringComparison.Ordinal);
    }

    private static bool HasLine(string path, Func<string, bool> matches)
        => (Files.TryReadText(path, out _, limit: 8 << 20) ?? "").Split('\n').Any(matches);

    /// <summary>The configuration that the kernel was built with, or "" if it is nowhere to be found.</summary>
    private static string Config()
    {
        if (s_config is not null)
        {
            return s_config;
        }

        s_config = Files.TryReadText($"/boot/config-{KernelVersion.Read().Text}", out _) ?? "";
        if (s_config.Length == 0 && Files.Exists("/proc/config.gz"))
        {
            try
            {
                using var file = File.OpenRead("/proc/config.gz");
                using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
                s_config = text.ReadToEnd();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                // Not to be read: then nothing is known by it.
            }
        }

        return s_config;
    }
}
