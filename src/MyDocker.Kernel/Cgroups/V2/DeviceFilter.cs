namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>
/// The eBPF program (BPF_PROG_TYPE_CGROUP_DEVICE) that answers whether a process of a cgroup may use a device. For
/// each of the bits asked for (mknod, read, write) the last rule that matches decides; without one, the default.
/// </summary>
public static class DeviceFilter
{
    private const byte LDX_W = 0x61, MOV32_IMM = 0xb4, MOV32_REG = 0xbc, AND32_IMM = 0x54, RSH32_IMM = 0x74;
    private const byte JNE_IMM = 0x55, JEQ_IMM = 0x15, JSET_IMM = 0x45, JA = 0x05, EXIT = 0x95;

    /// <summary>
    /// The instructions, 8 bytes each (struct bpf_insn, linux/bpf.h): code, registers, offset, immediate.
    /// The context is struct bpf_cgroup_dev_ctx: u32 access_type (access &lt;&lt; 16 | type), u32 major, u32 minor.
    /// </summary>
    public static ulong[] Compile(IReadOnlyList<DeviceRule> rules)
    {
        // 1. The rules after the last "all devices" rule count; that one is the default, and "allow" before any.
        var first = rules.Count;
        while (first > 0 && !rules[first - 1].IsAll)
        {
            first--;
        }

        var allowByDefault = first == 0 || rules[first - 1].Allow;

        // 2. r2 = type, r3 = bits still to be decided, r4 = major, r5 = minor.
        var code = new List<ulong>(8 + ((rules.Count - first) * 8))
        {
            Instruction(LDX_W, 2, 1, 0, 0),
            Instruction(MOV32_REG, 3, 2),
            Instruction(AND32_IMM, 2, immediate: 0xffff),
            Instruction(RSH32_IMM, 3, immediate: 16),
            Instruction(LDX_W, 4, 1, 4, 0),
            Instruction(LDX_W, 5, 1, 8, 0),
        };

        // 3. From the last rule to the first.
        for (var i = rules.Count - 1; i >= first; i--)
        {
            AddRule(code, rules[i]);
        }

        // 4. Nothing decided the rest.
        code.Add(Instruction(MOV32_IMM, 0, immediate: allowByDefault ? 1 : 0));
        code.Add(Instruction(EXIT));
        return [.. code];
    }

    private static void AddRule(List<ulong> code, in DeviceRule rule)
    {
        const int BPF_DEVCG_DEV_BLOCK = 1, BPF_DEVCG_DEV_CHAR = 2;
        var tests = (rule.Type == 'a' ? 0 : 1) + (rule.Major is null ? 0 : 1) + (rule.Minor is null ? 0 : 1);
        const int Body = 4;
        var skip = (short)(tests + Body);
        if (rule.Type != 'a')
        {
            code.Add(Instruction(JNE_IMM, 2, 0, --skip, rule.Type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK));
        }

        if (rule.Major is { } major)
        {
            code.Add(Instruction(JNE_IMM, 4, 0, --skip, (int)major));
        }

        if (rule.Minor is { } minor)
        {
            code.Add(Instruction(JNE_IMM, 5, 0, --skip, (int)minor));
        }

        if (rule.Allow)
        {
            // The allowed bits are done; if none is left the answer is yes.
            code.Add(Instruction(AND32_IMM, 3, immediate: (int)(DeviceAccess.All & ~rule.Access)));
            code.Add(Instruction(JNE_IMM, 3, 0, 2, 0));
            code.Add(Instruction(MOV32_IMM, 0, immediate: 1));
            code.Add(Instruction(EXIT));
        }
        else
        {
            // Any denied bit that is still open: no.
            code.Add(Instruction(JSET_IMM, 3, 0, 1, (int)rule.Access));
            code.Add(Instruction(JA, offset: 2));
            code.Add(Instruction(MOV32_IMM, 0, immediate: 0));
            code.Add(Instruction(EXIT));
        }
    }

    private static ulong Instruction(byte code, int destination = 0, int source = 0, short offset = 0, int immediate = 0)
        => code | ((ulong)(destination | (source << 4)) << 8) | ((ulong)(ushort)offset << 16) | ((ulong)(uint)immediate << 32);
}
