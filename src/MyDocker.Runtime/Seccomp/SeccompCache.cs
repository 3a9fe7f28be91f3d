using System.Runtime.InteropServices;
using System.Text;
using MyDocker.Kernel.Digests;
using MyDocker.Kernel.Seccomp;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Seccomp;

/// <summary>
/// Compiled filters, kept as files, since compiling takes longer than all the rest of a container's start.
/// A hit neither loads libseccomp nor looks at the default profile. An entry that is not as it should be, or was made by
/// another libseccomp, is compiled again; a cache that cannot be written costs time, never a start.
/// </summary>
/// <param name="directory">the cache's own directory; made (0700) when the first entry is stored.</param>
public sealed class SeccompCache(string directory)
{
    private const int MaxEntry = 64 * 1024;
    private const int OwnerOnly = 0x180; // 0600
    private const int GroupOrOtherWrites = 0x12; // 0022

    private static string Abi => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";

    /// <summary>The filter of <see cref="SeccompProfiles.Default"/> for these capabilities.</summary>
    public SeccompFilter Default(IReadOnlySet<string> capabilities)
        => FindDefault(capabilities) ?? CompileAndStore(DefaultKey(capabilities), SeccompProfiles.Default(capabilities), "default seccomp profile");

    /// <summary>The same if it is in the cache; null otherwise.</summary>
    public SeccompFilter? FindDefault(IReadOnlySet<string> capabilities) => TryRead(DefaultKey(capabilities));

    /// <summary>The filter of any profile.</summary>
    /// <param name="profile">the profile.</param>
    /// <param name="path">where it stands in the document, for errors.</param>
    /// <exception cref="SeccompProfileException">the profile says what does not exist.</exception>
    /// <exception cref="SeccompException">libseccomp is missing or refuses a rule.</exception>
    public SeccompFilter Of(LinuxSeccomp profile, string path = "linux.seccomp")
    {
        ArgumentNullException.ThrowIfNull(profile);
        return Find(profile) ?? CompileAndStore(KeyOf(profile), profile, path);
    }

    /// <summary>The same if it is in the cache; null otherwise.</summary>
    public SeccompFilter? Find(LinuxSeccomp profile) => TryRead(KeyOf(profile));

    private static string DefaultKey(IReadOnlySet<string> capabilities)
        => $"default-{SeccompProfiles.DefaultVersion}-{Abi}-{SeccompProfiles.CapabilityBits(capabilities):x4}";

    private static string KeyOf(LinuxSeccomp profile) => Sha256.Hex(Canonical(profile));

    private SeccompFilter CompileAndStore(string key, LinuxSeccomp profile, string path)
    {
        var filter = SeccompCompiler.Compile(SeccompConversion.ToDescription(profile, path));
        if (SeccompCompiler.LoadedLibrary() is { } library && Files.TryStat(library, out var stat) == Errno.None)
        {
            TryStore(key, SeccompCacheEntry.Encode(filter, key, library, stat));
        }

        return filter;
    }

    private SeccompFilter? TryRead(string key)
    {
        var flags = OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK;
        if (Files.TryOpen($"{directory}/{key}.bpf", flags, out var file) != Errno.None)
        {
            return null;
        }

        using (file)
        {
            var stat = Files.StatOf(file!);
            if (!stat.IsRegular || !IsOurs(stat.Uid) || (stat.Permissions & GroupOrOtherWrites) != 0
                || stat.Size % SeccompFilter.InstructionSize != 0 || stat.Size > MaxEntry)
            {
                return null;
            }

            var bytes = new byte[(int)stat.Size];
            for (var done = 0; done < bytes.Length;)
            {
                var count = Files.Read(file!, bytes.AsSpan(done));
                if (count <= 0)
                {
                    return null;
                }

                done += count;
            }

            return SeccompCacheEntry.Decode(bytes, key);
        }
    }

    private static bool IsOurs(uint owner) => owner == 0 || owner == (uint)Syscall.Invoke(Nr.geteuid);

    /// <summary>
    /// Writes beside and renames. There is one name to write under for each key, so that a killed writer leaves one
    /// file and the next removes it; two at once may publish half a file, which its checksum gives away.
    /// </summary>
    private void TryStore(string key, byte[] entry)
    {
        var temporary = $"{directory}/{key}.tmp";
        var flags = OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW;
        var errno = Files.TryOpen(temporary, flags, out var file, OwnerOnly);
        if (errno is Errno.EEXIST or Errno.ENOENT)
        {
            errno = errno is Errno.EEXIST ? Files.TryUnlink(temporary) : TryMakeDirectory();
            errno = errno is Errno.None ? Files.TryOpen(temporary, flags, out file, OwnerOnly) : errno;
        }

        if (errno != Errno.None)
        {
            return;
        }

        using (file)
        {
            errno = Files.TryWrite(file!, entry);
        }

        if (errno != Errno.None || Files.TryRename(temporary, $"{directory}/{key}.bpf") != Errno.None)
        {
            Files.TryUnlink(temporary);
        }
    }

    private Errno TryMakeDirectory()
    {
        const int ownerOnlyDirectory = 0x1C0; // 0700
        try
        {
            Files.MakeDirectories(directory, ownerOnlyDirectory);
            return Errno.None;
        }
        catch (KernelException e)
        {
            return e.Errno;
        }
    }

    /// <summary>
    /// All that decides the program, in one unambiguous form (strings have their length before them); first what else
    /// decides it: the form itself and the machine.
    /// </summary>
    private static byte[] Canonical(LinuxSeccomp profile)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write($"seccomp-2-{Abi}");
        writer.Write(profile.DefaultAction);
        Write(writer, profile.DefaultErrnoRet);
        Write(writer, profile.Architectures);
        Write(writer, profile.Flags);
        writer.Write(string.IsNullOrEmpty(profile.ListenerPath)); // whether there is one is checked when compiling
        writer.Write(profile.Syscalls?.Count ?? -1);
        foreach (var syscall in profile.Syscalls ?? [])
        {
            Write(writer, syscall?.Names);
            writer.Write(syscall?.Action ?? "");
            Write(writer, syscall?.ErrnoRet);
            writer.Write(syscall?.Args?.Count ?? -1);
            foreach (var argument in syscall?.Args ?? [])
            {
                writer.Write(argument?.Index ?? uint.MaxValue);
                writer.Write(argument?.Value ?? 0);
                writer.Write(argument?.ValueTwo ?? 0);
                writer.Write(argument?.Op ?? "");
            }
        }

        return bytes.ToArray();
    }

    private static void Write(BinaryWriter writer, uint? number) => writer.Write(number ?? -1L);

    private static void Write(BinaryWriter writer, List<string>? names)
    {
        writer.Write(names?.Count ?? -1);
        foreach (var name in names ?? [])
        {
            writer.Write(name ?? "");
        }
    }
}
