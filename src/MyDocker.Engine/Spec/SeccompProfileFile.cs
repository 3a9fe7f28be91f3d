using System.Text.Json;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Spec;

/// <summary>--security-opt seccomp=FILE: a profile of the runtime-spec's form.</summary>
internal static class SeccompProfileFile
{
    public static LinuxSeccomp Read(string path)
    {
        var text = Files.TryReadText(path, out var errno)
            ?? throw new OptionException("--security-opt seccomp", path, $"{errno.Describe()}; give a profile file, or unconfined");
        try
        {
            return JsonSerializer.Deserialize(text, RuntimeJson.Default.LinuxSeccomp)!;
        }
        catch (JsonException e)
        {
            throw new OptionException("--security-opt seccomp", path, $"not a seccomp profile: {e.Message}");
        }
    }
}
