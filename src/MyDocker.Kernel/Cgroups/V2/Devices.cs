using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>The device policy of a v2 cgroup: an eBPF program attached to it (bpf(2), cgroup-v2.rst "Device controller").</summary>
public static unsafe class Devices
{
    private const int BPF_PROG_LOAD = 5, BPF_PROG_ATTACH = 8, BPF_PROG_DETACH = 9, BPF_PROG_GET_FD_BY_ID = 13, BPF_PROG_QUERY = 16;
    private const int BPF_PROG_TYPE_CGROUP_DEVICE = 15, BPF_CGROUP_DEVICE = 6;
    private const int BPF_F_ALLOW_MULTI = 2, BPF_F_REPLACE = 4;
    private const int AttributeSize = 128, MaxPrograms = 64;

    /// <summary>
    /// Attaches the filter of some rules. A filter that is there already is replaced in one step (BPF_F_REPLACE, 5.6);
    /// of several, each of which would have to allow a device, the old ones go after the new one is in force.
    /// </summary>
    public static void Attach(string directory, IReadOnlyList<DeviceRule> rules)
    {
        using var cgroup = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        using var program = Load(DeviceFilter.Compile(rules), directory);
        var old = Programs(cgroup);
        if (old.Count == 1 && OpenProgram(old[0]) is { } current)
        {
            using (current)
            {
                if (TryAttach(cgroup, program, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, current.Number) == Errno.None)
                {
                    return;
                }
            }
        }

        var errno = TryAttach(cgroup, program, BPF_F_ALLOW_MULTI, 0);
        if (errno != Errno.None)
        {
            throw new CgroupException($"attach the device filter to {directory}", errno, Remedy(errno));
        }

        foreach (var id in old)
        {
            using var previous = OpenProgram(id);
            if (previous is not null)
            {
                Detach(cgroup, previous);
            }
        }
    }

    /// <summary>The ids of the device programs attached to a cgroup itself.</summary>
    public static List<uint> Programs(Fd cgroup)
    {
        // struct { u32 target_fd, attach_type, query_flags, attach_flags; u64 prog_ids; u32 prog_cnt; … } query
        var ids = stackalloc uint[MaxPrograms];
        var attribute = stackalloc byte[AttributeSize];
        new Span<byte>(attribute, AttributeSize).Clear();
        ((uint*)attribute)[0] = (uint)cgroup.Number;
        ((uint*)attribute)[1] = BPF_CGROUP_DEVICE;
        ((ulong*)attribute)[2] = (ulong)ids;
        ((uint*)attribute)[6] = MaxPrograms;
        var list = new List<uint>();
        if (Syscall.Invoke(Nr.bpf, BPF_PROG_QUERY, (nint)attribute, AttributeSize) < 0)
        {
            return list;
        }

        for (var i = 0; i < ((uint*)attribute)[6]; i++)
        {
            list.Add(ids[i]);
        }

        return list;
    }

    private static Fd Load(ulong[] code, string directory)
    {
        var log = stackalloc byte[4096];
        // The verifier gives up with EAGAIN when a signal comes, such as the runtime sends to its own threads.
        const int Attempts = 20;
        var result = TryLoad(code, null, 0);
        for (var attempt = 1; Syscall.ErrnoOf(result) == Errno.EAGAIN && attempt < Attempts; attempt++)
        {
            result = TryLoad(code, null, 0);
        }

        var reason = Syscall.ErrnoOf(result);
        if (result < 0)
        {
            // Only now with the verifier's log: asking for one costs, and the first load does not fail on a fit kernel.
            result = TryLoad(code, log, 4096);
        }

        if (result >= 0)
        {
            return new Fd((int)result);
        }

        // ENOSPC is about the log, of which the beginning must do.
        var errno = Syscall.ErrnoOf(result) is var second and not (Errno.ENOSPC or Errno.EAGAIN) ? second : reason;
        var text = Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(log)).Trim();
        throw new CgroupException($"load the device filter of {directory}" + (text.Length > 0 ? $" ({text})" : ""), errno, Remedy(errno));
    }

    private static nint TryLoad(ulong[] code, byte* log, int logSize)
    {
        fixed (ulong* instructions = code)
        fixed (byte* license = "Apache-2.0\0"u8)
        {
            // struct { u32 prog_type, insn_cnt; u64 insns, license; u32 log_level, log_size; u64 log_buf;
            //          u32 kern_version, prog_flags; char prog_name[16]; … }
            var attribute = stackalloc byte[AttributeSize];
            new Span<byte>(attribute, AttributeSize).Clear();
            ((uint*)attribute)[0] = BPF_PROG_TYPE_CGROUP_DEVICE;
            ((uint*)attribute)[1] = (uint)code.Length;
            ((ulong*)attribute)[1] = (ulong)instructions;
            ((ulong*)attribute)[2] = (ulong)license;
            ((uint*)attribute)[6] = logSize == 0 ? 0u : 1u;
            ((uint*)attribute)[7] = (uint)logSize;
            ((ulong*)attribute)[4] = (ulong)log;
            "mydocker_dev"u8.CopyTo(new Span<byte>(attribute + 48, 16));
            return Syscall.Retry(Nr.bpf, BPF_PROG_LOAD, (nint)attribute, AttributeSize);
        }
    }

    private static Errno TryAttach(Fd cgroup, Fd program, uint flags, int replace)
    {
        // struct { u32 target_fd, attach_bpf_fd, attach_type, attach_flags, replace_bpf_fd; … }
        var attribute = stackalloc byte[AttributeSize];
        new Span<byte>(attribute, AttributeSize).Clear();
        ((uint*)attribute)[0] = (uint)cgroup.Number;
        ((uint*)attribute)[1] = (uint)program.Number;
        ((uint*)attribute)[2] = BPF_CGROUP_DEVICE;
        ((uint*)attribute)[3] = flags;
        ((int*)attribute)[4] = replace;
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.bpf, BPF_PROG_ATTACH, (nint)attribute, AttributeSize));
    }

    private static void Detach(Fd cgroup, Fd program)
    {
        var attribute = stackalloc byte[AttributeSize];
        new Span<byte>(attribute, AttributeSize).Clear();
        ((uint*)attribute)[0] = (uint)cgroup.Number;
        ((uint*)attribute)[1] = (uint)program.Number;
        ((uint*)attribute)[2] = BPF_CGROUP_DEVICE;
        Syscall.Invoke(Nr.bpf, BPF_PROG_DETACH, (nint)attribute, AttributeSize);
    }

    private static Fd? OpenProgram(uint id)
    {
        var attribute = stackalloc byte[AttributeSize];
        new Span<byte>(attribute, AttributeSize).Clear();
        ((uint*)attribute)[0] = id;
        var result = Syscall.Invoke(Nr.bpf, BPF_PROG_GET_FD_BY_ID, (nint)attribute, AttributeSize);
        return result < 0 ? null : new Fd((int)result);
    }

    private static string? Remedy(Errno errno) => errno switch
    {
        Errno.EPERM => "needs CAP_BPF (or CAP_SYS_ADMIN) and CAP_NET_ADMIN on the host",
        Errno.ENOSYS or Errno.EINVAL => "needs a kernel with CONFIG_CGROUP_BPF, 4.15 or later",
        _ => null,
    };
}
