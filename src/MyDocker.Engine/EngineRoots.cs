using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine;

/// <summary>
/// Where an engine keeps its things. Data (images, containers' writable layers and records) outlives a reboot; state (journals,
/// sockets, what runs) does not. Every data root has a state root of its own, so two engines on one host never meet.
/// </summary>
public sealed record EngineRoots(string Data, string State)
{
    public const string DefaultData = "/var/lib/mydocker";
    public const string DefaultState = "/run/mydocker";

    /// <summary>A container's own directory: record, config.json, writable layer.</summary>
    public string ContainerDirectory(string id) => $"{Data}/containers/{id}";

    /// <summary>Mount points that every start uses, each in a mount namespace of its own.</summary>
    public string MountPoints => $"{Data}/mount";

    /// <summary>What is known of a running container.</summary>
    public string StateDirectory(string id) => $"{State}/containers/{id}";

    /// <summary>
    /// Resolves the global options: a data root of one's own gets a state root of its own, unless one is named.
    /// </summary>
    /// <param name="data">--root or MYDOCKER_ROOT, or null.</param>
    /// <param name="state">--state or MYDOCKER_STATE, or null.</param>
    public static EngineRoots Resolve(string? data, string? state)
    {
        var root = Path.GetFullPath(string.IsNullOrEmpty(data) ? DefaultData : data).TrimEnd('/');
        if (!string.IsNullOrEmpty(state))
        {
            return new EngineRoots(root, Path.GetFullPath(state).TrimEnd('/'));
        }

        var own = root == DefaultData ? DefaultState : $"{DefaultState}-{Fingerprint(root):x16}";
        return new EngineRoots(root, own);
    }

    /// <summary>FNV-1a, 64 bits. Loading a cryptographic library to tell a few paths apart would cost each start milliseconds.</summary>
    private static ulong Fingerprint(string text)
    {
        var hash = 0xcbf29ce484222325UL;
        foreach (var c in text)
        {
            hash = (hash ^ c) * 0x100000001b3UL;
        }

        return hash;
    }

    /// <summary>Makes what is missing. 0711: others may pass through to a layer that they own by mapping, and list nothing (CVE-2021-41091).</summary>
    public void Create()
    {
        const int PassThrough = 0x1C9;
        Syscall.Invoke(Nr.umask, 0x12 /* 022 */); // the caller's is for the caller's files, not for a container's "/" and /etc/hosts
        if (Files.TryMakeDirectory($"{State}/containers", PassThrough) == Errno.ENOENT)
        {
            Files.MakeDirectories($"{State}/containers", PassThrough);
        }

        if (Files.TryMakeDirectory($"{Data}/containers", PassThrough) == Errno.ENOENT)
        {
            Files.MakeDirectories($"{Data}/containers", PassThrough);
        }

        Files.TryMakeDirectory($"{State}/journal", 0x1C0);
        Files.TryMakeDirectory($"{State}/addresses", 0x1C0);
        Files.TryMakeDirectory($"{Data}/names", 0x1C0);
        if (Files.TryMakeDirectory(MountPoints, PassThrough) == Errno.None || !Files.Exists($"{MountPoints}/root"))
        {
            foreach (var name in (ReadOnlySpan<string>)["lower", "rw", "root"])
            {
                Files.TryMakeDirectory($"{MountPoints}/{name}", PassThrough);
            }

            Containers.StorageDriver.Probe(this);
        }
    }
}
