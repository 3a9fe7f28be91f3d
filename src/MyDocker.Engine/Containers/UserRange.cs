using System.Globalization;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Containers;

/// <summary>
/// 65,536 host ids that one running container has for itself, whatever data root it belongs to. They come from the part of the
/// 32-bit id space that no distribution hands out (1879048192–2147483647; systemd's UIDS-GIDS.md lists the owners of the
/// rest). On disk a container's files keep the container's own ids, so it may have another range at each start.
/// </summary>
public sealed class UserRange : IDisposable
{
    public const uint Size = 65536;

    private const uint First = 0x7000_0000;
    private const int Count = 4096;
    private const string LockFile = "/run/mydocker-ids.lock";

    private readonly Fd _lock;

    private UserRange(uint firstId, Fd held)
    {
        FirstId = firstId;
        _lock = held;
    }

    public uint FirstId { get; }

    /// <summary>Takes a free range, tried from one that the container's id points to. It is held until this is disposed or the process ends.</summary>
    public static UserRange Take(string containerId)
    {
        var file = Files.Open(LockFile, O_RDWR | O_CREAT, 0x180);
        var wanted = int.Parse(containerId.AsSpan(0, 3), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        for (var i = 0; i < Count; i++)
        {
            var index = (wanted + i) % Count;
            if (RangeLock.TryTake(file, index))
            {
                return new UserRange(First + ((uint)index * Size), file);
            }
        }

        file.Dispose();
        throw new EngineException($"all {Count} ranges of user ids are taken by running containers; stop one, or use --userns=host");
    }

    /// <summary>Holds a range together with the container that has it, whose users this one shares. Look afterwards that it still runs.</summary>
    public static UserRange Share(uint firstId)
    {
        var file = Files.Open(LockFile, O_RDWR | O_CREAT, 0x180);
        if (RangeLock.TryShare(file, (firstId - First) / Size))
        {
            return new UserRange(firstId, file);
        }

        file.Dispose();
        throw new EngineException($"the user ids from {firstId} on belong to a container whose monitor does not share them; restart that container");
    }

    public void Dispose() => _lock.Dispose();
}
