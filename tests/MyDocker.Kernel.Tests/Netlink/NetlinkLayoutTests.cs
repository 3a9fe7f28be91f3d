using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using MyDocker.Kernel.Netlink;

namespace MyDocker.Kernel.Tests;

/// <summary>Structures and constants against the C headers of this machine.</summary>
public sealed class NetlinkLayoutTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mydocker-netlink-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void SizesAndConstantsAreThoseOfTheCHeaders()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcc") && File.Exists("/usr/include/linux/rtnetlink.h"), "needs gcc and the kernel headers");
        var expected = new Dictionary<string, long>
        {
            ["sizeof(struct nlmsghdr)"] = Unsafe.SizeOf<NlMsgHdr>(),
            ["sizeof(struct nlattr)"] = Unsafe.SizeOf<NlAttr>(),
            ["sizeof(struct sockaddr_nl)"] = Unsafe.SizeOf<SockAddrNl>(),
            ["sizeof(struct ifinfomsg)"] = Unsafe.SizeOf<IfInfoMsg>(),
            ["sizeof(struct ifaddrmsg)"] = Unsafe.SizeOf<IfAddrMsg>(),
            ["sizeof(struct rtmsg)"] = Unsafe.SizeOf<RtMsg>(),
            ["offsetof(struct nlmsghdr, nlmsg_seq)"] = Offset((ref NlMsgHdr h) => ref Unsafe.As<uint, byte>(ref h.Sequence)),
            ["offsetof(struct ifinfomsg, ifi_index)"] = Offset((ref IfInfoMsg h) => ref Unsafe.As<int, byte>(ref h.Index)),
            ["offsetof(struct ifinfomsg, ifi_change)"] = Offset((ref IfInfoMsg h) => ref Unsafe.As<uint, byte>(ref h.Change)),
            ["offsetof(struct ifaddrmsg, ifa_scope)"] = Offset((ref IfAddrMsg h) => ref h.Scope),
            ["offsetof(struct ifaddrmsg, ifa_index)"] = Offset((ref IfAddrMsg h) => ref Unsafe.As<uint, byte>(ref h.Index)),
            ["offsetof(struct rtmsg, rtm_table)"] = Offset((ref RtMsg h) => ref h.Table),
            ["offsetof(struct rtmsg, rtm_type)"] = Offset((ref RtMsg h) => ref h.Type),
            ["offsetof(struct rtmsg, rtm_flags)"] = Offset((ref RtMsg h) => ref Unsafe.As<uint, byte>(ref h.Flags)),
            ["IFNAMSIZ"] = Links.NameLimit + 1,
            ["IFALIASZ"] = Links.AliasLimit + 1,
        };
        foreach (var field in typeof(RtNetlink).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            expected[field.Name] = Convert.ToInt64(field.GetRawConstantValue(), System.Globalization.CultureInfo.InvariantCulture);
        }

        expected[nameof(RtNetlink.NLA_TYPE_MASK)] |= ~0xFFFFL; // in C an int, ~(flag bits)
        Assert.Equal(Lines(expected), Lines(FromCompiler(expected.Keys)));

        static string[] Lines(Dictionary<string, long> values) => [.. values.Select(pair => $"{pair.Key} = {pair.Value}")];
    }

    private delegate ref byte Field<T>(ref T value);

    private static long Offset<T>(Field<T> field)
        where T : unmanaged
    {
        var value = default(T);
        return Unsafe.ByteOffset(ref Unsafe.As<T, byte>(ref value), ref field(ref value));
    }

    private Dictionary<string, long> FromCompiler(IEnumerable<string> names)
    {
        var source = """
            #include <stdio.h>
            #include <stddef.h>
            #include <sys/socket.h>
            #include <linux/if.h>
            #include <linux/netlink.h>
            #include <linux/rtnetlink.h>
            #include <linux/if_link.h>
            #include <linux/if_addr.h>
            #include <linux/veth.h>
            int main(void) {

            """ + string.Concat(names.Select(name => $"printf(\"%s=%lld\\n\", \"{name}\", (long long)({name}));\n")) + "return 0; }\n";
        File.WriteAllText($"{_directory}/a.c", source);
        Output("/usr/bin/gcc", "-o", $"{_directory}/a", $"{_directory}/a.c");
        return Output($"{_directory}/a").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('='))
            .ToDictionary(pair => pair[0], pair => long.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
