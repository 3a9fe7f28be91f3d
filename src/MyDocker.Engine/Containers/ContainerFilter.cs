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
    /// <exception cref="EngineException">it cannot be compiled.</exception>
    /// <exception cref="SeccompProfileException">the profile says what does not exist.</exception>
    internal static SeccompFilterProgram? Of(EngineRoots roots, ContainerRecord record)
    {
        var (profile, capabilities) = Wanted(record);
        return profile is null ? null : ToProgram(Find(roots, profile, capabilities) ?? CompileElsewhere(roots, profile, capabilities));
    }

    /// <summary>Sees to it that the container's monitor will find the filter: it cannot ask the other program, which is not beside it.</summary>
    /// <exception cref="EngineException">it cannot be compiled, or not kept.</exception>
    internal static void Prepare(EngineRoots roots, ContainerRecord record)
    {
        var (profile, capabilities) = Wanted(record);
        if (profile is null || Find(roots, profile, capabilities) is not null)
        {
            return;
        }

        CompileElsewhere(roots, profile, capabilities);
        if (Find(roots, profile, capabilities) is null)
        {
            throw new EngineException($"the container's system call filter cannot be kept in {CacheOf(roots)}: nobody but root may be able to write there, and there must be space");
        }
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

    private static (string? Profile, HashSet<string> Capabilities) Wanted(ContainerRecord record)
    {
        var options = record.Options;
        var given = options.SecurityOptions.FindLast(option => option.StartsWith("seccomp=", StringComparison.Ordinal))?["seccomp=".Length..];
        return given == "unconfined" || (given is null && options.Privileged) ? (null, [])
            : (given is null or "builtin" ? DefaultProfile : given, CapabilitySelection.Names(options).ToHashSet());
    }

    private static SeccompFilter? Find(EngineRoots roots, string profile, IReadOnlySet<string> capabilities)
    {
        var cache = new SeccompCache(CacheOf(roots));
        return profile == DefaultProfile ? cache.FindDefault(capabilities) : cache.Find(SeccompProfileFile.Read(profile));
    }

    private static SeccompFilter CompileElsewhere(EngineRoots roots, string profile, IReadOnlySet<string> capabilities)
    {
        var answer = ImagesProgram.Ask(["--root", roots.Data, ImagesProgram.CompileFilter, profile, .. capabilities]);
        return new SeccompFilter(answer[sizeof(uint)..], BinaryPrimitives.ReadUInt32LittleEndian(answer));
    }

    private static SeccompFilterProgram ToProgram(SeccompFilter filter) => new(filter.Program, filter.Flags);

    private static string CacheOf(EngineRoots roots) => $"{roots.Data}/cache/seccomp";
}
