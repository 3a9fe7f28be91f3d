using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MyDocker.Networks;

/// <summary>An address with the length of its network's prefix, such as 192.168.1.2/24 or fd00::2/64.</summary>
public sealed record CidrAddress(IPAddress Address, int PrefixLength)
{
    public bool IsIPv6 => Address.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>Bits of an address of this family: 32 or 128.</summary>
    public int Bits => IsIPv6 ? 128 : 32;

    /// <summary>The lowest address of the network.</summary>
    public IPAddress Network => FromNumber(Number(Address) & Mask, IsIPv6);

    /// <summary>The highest address of the network; in IPv4 its broadcast address, if the prefix is 30 or less (RFC 3021).</summary>
    public IPAddress Last => FromNumber(Number(Address) | ~Mask & Full, IsIPv6);

    private UInt128 Full => IsIPv6 ? UInt128.MaxValue : uint.MaxValue;

    private UInt128 Mask => PrefixLength == 0 ? 0 : Full << (Bits - PrefixLength) & Full;

    /// <summary>Whether an address lies in the network.</summary>
    public bool Contains(IPAddress address)
        => address.AddressFamily == Address.AddressFamily && ((Number(address) ^ Number(Address)) & Mask) == 0;

    /// <summary>
    /// Reads IP/prefix, or IP/netmask for IPv4. Strict: four plain decimal numbers, nothing shortened, hexadecimal or
    /// octal (inet_aton(3) would read 010.1 as 8.0.0.1).
    /// </summary>
    public static bool TryParse(string text, out CidrAddress? cidr)
    {
        cidr = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || ParseAddress(text.AsSpan(0, slash)) is not { } address)
        {
            return false;
        }

        var rest = text.AsSpan(slash + 1);
        var bits = address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;
        int prefix;
        if (bits == 32 && ParseAddress(rest) is { AddressFamily: AddressFamily.InterNetwork } mask)
        {
            var inverse = ~(uint)Number(mask);
            if ((inverse & (inverse + 1)) != 0)
            {
                return false; // a mask with holes
            }

            prefix = 32 - System.Numerics.BitOperations.PopCount(inverse);
        }
        else if (rest.Length is 0 or > 3 || !int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > bits)
        {
            return false;
        }

        cidr = new CidrAddress(address, prefix);
        return true;
    }

    /// <summary>An IPv4 address of four plain decimal numbers, or an IPv6 address without zone; null for anything else.</summary>
    public static IPAddress? ParseAddress(ReadOnlySpan<char> text)
    {
        if (text.Contains(':'))
        {
            return text.IndexOfAny("%[]/ \t\n") < 0 && IPAddress.TryParse(text, out var six) ? six : null;
        }

        uint value = 0;
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0')
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var b))
            {
                return null;
            }

            value = value << 8 | b;
        }

        return parts == 4 ? FromNumber(value, isIPv6: false) : null;
    }

    public override string ToString() => $"{Address}/{PrefixLength}";

    private static UInt128 Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static IPAddress FromNumber(UInt128 value, bool isIPv6)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new IPAddress(isIPv6 ? bytes : bytes[12..]);
    }
}
