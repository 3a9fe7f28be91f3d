using System.Buffers.Binary;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Seccomp;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Seccomp;

namespace MyDocker.Engine.Containers;

/// <summary>
/// A container's system call filter. mydocker and its monitor have no libseccomp (docs/adr/0010): they take what is in the cache,
/// and what is not there the other program compiles.
/// </summary>
public static class ContainerFilter
{
    private const string DefaultProfile = "default";

    /// <summary>null: none is wanted.</summary>
    /// <exception cref="EngineException">it cannot be compiled, or could not be kept for the monitor, which cannot ask: it is executed through a mount of one file.</exception>
    /// <exception cref="SeccompProfileException">the profile says what does not exist.</exception>
    internal static SeccompFilterProgram? Of(EngineRoots roots, ContainerRecord record)
    {
        var options = record.Options;
        var given = options.SecurityOptions.FindLast(option => option.StartsWith("seccomp=", StringComparison.Ordinal))?["seccomp=".Length..];
        if (given == "unconfined" || (given is null && options.Privileged))
        {
            return null;
        }

        var profile = given is null or "builtin" ? DefaultProfile : given;
        var capabilities = CapabilitySelection.Names(options).ToHashSet();
        var filter = Find(roots, profile, capabilities)
            ?? (ImagesProgram.IsThere ? CompileElsewhere(roots, profile, capabilities)
                : throw new EngineException($"the container's system call filter is not in {CacheOf(roots)}, and {ImagesProgram.Name} is not here to compile it: is there space, may root alone write there, is {ImagesProgram.Name} installed beside mydocker?"));
        return new SeccompFilterProgram(filter.Program, filter.Flags);
    }

    /// <summary>
    /// Compiles a filter into the cache and answers with it, flags (4 bytes) and program: what mydocker-images does for the other program.
    /// </summary>
    /// <param name="profile">"default", or the path of a profile.</param>
    /// <param name="capabilities">what the container has: the default profile allows more to those who may more.</param>
    public static void Compile(EngineRoots roots, string profile, IReadOnlySet<string> capabilities)
    {
        var cache = new SeccompCache(CacheOf(roots));
        var filter = profile == DefaultProfile ? cache.Default(capabilities) : cache.Of(SeccompProfileFile.Read(profile));
        var answer = new byte[sizeof(uint) + filter.Program.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(answer, filter.Flags);
        filter.Program.CopyTo(answer, sizeof(uint));
        ImagesProgram.Answer(answer);
    }

    private static SeccompFilter? Find(EngineRoots roots, string profile, IReadOnlySet<string> capabilities)
    {
        var cache = new SeccompCache(CacheOf(roots));
        return profile == DefaultProfile ? cache.FindDefault(capabilities)
            : SeccompProfileFile.TryRead(profile) is { } read ? cache.Find(read)
            : null; // the other program says what is wrong with it
    }

    private static SeccompFilter CompileElsewhere(EngineRoots roots, string profile, IReadOnlySet<string> capabilities)
    {
        var answer = ImagesProgram.Ask(["--root", roots.Data, ImagesProgram.CompileFilter, profile, .. capabilities]);
        return new SeccompFilter(answer[sizeof(uint)..], BinaryPrimitives.ReadUInt32LittleEndian(answer));
    }

    private static string CacheOf(EngineRoots roots) => $"{roots.Data}/cache/seccomp";
}
