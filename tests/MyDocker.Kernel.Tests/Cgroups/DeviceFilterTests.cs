using System.Diagnostics;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.V2;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests.Cgroups;

public sealed class DeviceFilterTests
{
    private static readonly DeviceRule DenyAll = new(false, 'a', null, null, DeviceAccess.All);
    private static readonly DeviceRule AllowAll = new(true, 'a', null, null, DeviceAccess.All);

    [Fact]
    public void TheLastRuleThatMatchesDecidesEachBit()
    {
        DeviceRule[] rules =
        [
            DenyAll,
            new(true, 'c', null, null, DeviceAccess.Mknod),
            new(true, 'c', 1, 3, DeviceAccess.Read),
            new(true, 'c', 1, null, DeviceAccess.Write),
            new(false, 'c', 1, 9, DeviceAccess.Write),
        ];
        var code = DeviceFilter.Compile(rules);
        Assert.True(Ask(code, 'c', 1, 3, DeviceAccess.Read | DeviceAccess.Write | DeviceAccess.Mknod));
        Assert.False(Ask(code, 'c', 1, 5, DeviceAccess.Read | DeviceAccess.Write));
        Assert.False(Ask(code, 'c', 1, 9, DeviceAccess.Write));
        Assert.True(Ask(code, 'c', 1, 9, DeviceAccess.Mknod));
        Assert.False(Ask(code, 'b', 1, 3, DeviceAccess.Read));
    }

    [Fact]
    public void TheProgramAgreesWithThePlainReadingOfAnyRules()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var rules = Enumerable.Range(0, random.Next(0, 12)).Select(_ => random.Next(6) == 0
                ? (random.Next(2) == 0 ? AllowAll : DenyAll)
                : new DeviceRule(random.Next(2) == 0, "abc"[random.Next(3)], Number(), Number(), (DeviceAccess)random.Next(1, 8))).ToArray();
            var code = DeviceFilter.Compile(rules);
            for (var i = 0; i < 100; i++)
            {
                var (type, major, minor, access) = ("bc"[random.Next(2)], random.Next(3), random.Next(3), (DeviceAccess)random.Next(1, 8));
                Assert.Equal(Plain(rules, type, major, minor, access), Ask(code, type, major, minor, access));
            }
        }

        long? Number() => random.Next(4) is var n && n == 3 ? null : n;
    }

    [Fact]
    public void V1KeepsADefaultAndExceptions()
    {
        var policy = DevicePolicy.Fold([DenyAll, new(true, 'c', 1, 3, DeviceAccess.Read), new(true, 'c', 1, 3, DeviceAccess.Write),
            new(true, 'c', 1, 5, DeviceAccess.All), new(false, 'c', 1, null, DeviceAccess.Write)]);
        Assert.False(policy.AllowByDefault);
        Assert.Equal(["c 1:3 r", "c 1:5 rm"], policy.Exceptions.Select(e => e.ToString()));
    }

    [Fact]
    public void V1SaysSoWhenItCannotCutAHoleIntoAnException()
        => Assert.Contains("cgroup v1 cannot express that", Assert.Throws<CgroupException>(() =>
            DevicePolicy.Fold([DenyAll, new(true, 'c', null, null, DeviceAccess.All), new(false, 'c', 1, 3, DeviceAccess.All)])).Message, StringComparison.Ordinal);

    [Fact]
    public void TheKernelTakesTheFilterAndReplacesIt()
    {
        var layout = CgroupLayout.Detect();
        if (layout.Unified is null || Environment.UserName != "root")
        {
            Assert.Skip("needs root and a cgroup v2 mount");
        }

        var directory = $"{layout.Unified.Mount}/mydocker-test-{Guid.NewGuid():N}";
        Assert.Equal(Errno.None, CgroupTree.TryMake(directory));
        try
        {
            DeviceRule[] devices = [DenyAll, new(true, 'c', 1, 3, DeviceAccess.All), new(true, 'c', 1, 5, DeviceAccess.Read)];
            try
            {
                Devices.Attach(directory, devices);
            }
            catch (CgroupException e) when (e.Errno is Errno.EPERM or Errno.ENOSYS)
            {
                Assert.Skip(e.Message);
            }

            Assert.Equal("null=0 zero=0 zero-write=1 full=1", Probe(directory));
            Devices.Attach(directory, [AllowAll]);
            Assert.Equal("null=0 zero=0 zero-write=0 full=0", Probe(directory));
            Devices.Attach(directory, [.. devices, new(true, 'c', 1, 7, DeviceAccess.Read)]);
            Assert.Equal("null=0 zero=0 zero-write=1 full=0", Probe(directory));
            using var fd = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            Assert.Single(Devices.Programs(fd));
        }
        finally
        {
            Assert.Equal(Errno.None, CgroupTree.TryRemove(directory, 5000));
        }
    }

    /// <summary>Opens devices from a process in the cgroup.</summary>
    private static string Probe(string directory)
    {
        const string Script = """
            echo 0 > "$1/cgroup.procs" || exit 9
            try() { if ( "$@" ) 2>&-; then r=0; else r=1; fi; }
            a() { : < /dev/null && : > /dev/null; }; b() { : < /dev/zero; }; c() { : > /dev/zero; }; d() { : < /dev/full; }
            try a; o="null=$r"; try b; o="$o zero=$r"; try c; o="$o zero-write=$r"; try d; echo "$o full=$r"
            """;
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", directory]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return output;
    }

    private static bool Plain(DeviceRule[] rules, char type, int major, int minor, DeviceAccess access)
    {
        foreach (var bit in new[] { DeviceAccess.Mknod, DeviceAccess.Read, DeviceAccess.Write })
        {
            var allowed = true;
            foreach (var rule in rules)
            {
                if (rule.Covers(new DeviceRule(true, type, major, minor, bit)) && (rule.Access & bit) != 0)
                {
                    allowed = rule.Allow;
                }
            }

            if ((access & bit) != 0 && !allowed)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Runs the program: an interpreter of the instructions that the compiler uses, from linux/bpf.h, not from it.</summary>
    private static bool Ask(ulong[] code, char type, int major, int minor, DeviceAccess access)
    {
        uint[] context = [((uint)access << 16) | (type == 'b' ? 1u : 2u), (uint)major, (uint)minor];
        var registers = new ulong[11];
        for (var pc = 0; ; pc++)
        {
            var (op, dst, src) = ((byte)code[pc], (int)(code[pc] >> 8) & 15, (int)(code[pc] >> 12) & 15);
            var (offset, immediate) = ((short)(code[pc] >> 16), (uint)(code[pc] >> 32));
            switch (op)
            {
                case 0x61: registers[dst] = context[offset / 4]; break;
                case 0xb4: registers[dst] = immediate; break;
                case 0xbc: registers[dst] = (uint)registers[src]; break;
                case 0x54: registers[dst] = (uint)registers[dst] & immediate; break;
                case 0x74: registers[dst] = (uint)registers[dst] >> (int)immediate; break;
                case 0x55: pc += registers[dst] != immediate ? offset : 0; break;
                case 0x45: pc += (registers[dst] & immediate) != 0 ? offset : 0; break;
                case 0x05: pc += offset; break;
                case 0x95: return registers[0] == 1;
                default: throw new InvalidOperationException($"instruction {op:x}");
            }
        }
    }
}
