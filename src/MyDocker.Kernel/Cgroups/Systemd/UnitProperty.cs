namespace MyDocker.Kernel.Cgroups.Systemd;

/// <summary>
/// A property of a systemd unit (systemd.resource-control(5), org.freedesktop.systemd1(5)): a name and a value of a D-Bus type.
/// </summary>
/// <param name="Signature">of the value: b, y, n, q, i, u, x, t, d, s, as, au, ay or a(ss).</param>
public sealed record UnitProperty(string Name, string Signature, object Value)
{
    /// <summary>systemd's "infinity".</summary>
    public const ulong Infinity = ulong.MaxValue;

    public static UnitProperty Of(string name, bool value) => new(name, "b", value);

    public static UnitProperty Of(string name, ulong value) => new(name, "t", value);

    public static UnitProperty Of(string name, string value) => new(name, "s", value);

    public static UnitProperty Of(string name, string[] value) => new(name, "as", value);

    public static UnitProperty Of(string name, uint[] value) => new(name, "au", value);

    public static UnitProperty Of(string name, byte[] value) => new(name, "ay", value);

    /// <summary>Of pairs, such as DeviceAllow.</summary>
    public static UnitProperty Of(string name, (string, string)[] value) => new(name, "a(ss)", value);

    /// <summary>As a plan shows it: "MemoryMax=26214400", "DeviceAllow=/dev/char/1:3 rwm, char-136 rwm".</summary>
    public override string ToString() => $"{Name}=" + Value switch
    {
        bool value => value ? "yes" : "no",
        ulong and Infinity => "infinity",
        string[] words => string.Join(' ', words),
        uint[] numbers => string.Join(' ', numbers),
        byte[] mask => Convert.ToHexStringLower(mask),
        (string First, string Second)[] pairs => string.Join(", ", pairs.Select(pair => $"{pair.First} {pair.Second}")),
        _ => Convert.ToString(Value, System.Globalization.CultureInfo.InvariantCulture),
    };
}
