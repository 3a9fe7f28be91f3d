using System.Globalization;

namespace MyDocker.Kernel.Netlink;

/// <summary>An Ethernet address: six bytes, the first one in the highest place of the 48 bits.</summary>
public readonly record struct MacAddress(ulong Value)
{
    public const int Length = 6;

    /// <summary>Bit 0 of the first byte: a group address, which no interface can have as its own.</summary>
    public bool IsMulticast => (Value >> 40 & 1) != 0;

    public static MacAddress From(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        foreach (var b in bytes[..Length])
        {
            value = value << 8 | b;
        }

        return new MacAddress(value);
    }

    public void CopyTo(Span<byte> bytes)
    {
        for (var i = 0; i < Length; i++)
        {
            bytes[i] = (byte)(Value >> (40 - (8 * i)));
        }
    }

    /// <summary>Reads <c>02:42:ac:11:00:02</c> (or with dashes), two hex digits a byte.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress mac)
    {
        mac = default;
        if (text.Length != 17)
        {
            return false;
        }

        ulong value = 0;
        for (var i = 0; i < Length; i++)
        {
            if ((i > 0 && text[(3 * i) - 1] is not (':' or '-'))
                || !byte.TryParse(text.Slice(3 * i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
            {
                return false;
            }

            value = value << 8 | b;
        }

        mac = new MacAddress(value);
        return true;
    }

    public override string ToString()
        => $"{Value >> 40 & 255:x2}:{Value >> 32 & 255:x2}:{Value >> 24 & 255:x2}:{Value >> 16 & 255:x2}:{Value >> 8 & 255:x2}:{Value & 255:x2}";
}
