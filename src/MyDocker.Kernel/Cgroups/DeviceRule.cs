namespace MyDocker.Kernel.Cgroups;

/// <summary>What may be done with a device; the values of BPF_DEVCG_ACC_* (linux/bpf.h).</summary>
[Flags]
public enum DeviceAccess
{
    None = 0,
    Mknod = 1,
    Read = 2,
    Write = 4,
    All = 7,
}

/// <summary>One rule of a device cgroup.</summary>
/// <param name="Type">'c', 'b', or 'a' for both.</param>
/// <param name="Major">null for every major number.</param>
/// <param name="Minor">null for every minor number.</param>
public readonly record struct DeviceRule(bool Allow, char Type, long? Major, long? Minor, DeviceAccess Access)
{
    /// <summary>Every device with every access: sets the default.</summary>
    public bool IsAll => Type == 'a' && Major is null && Minor is null && Access == DeviceAccess.All;

    /// <summary>Whether each device of the other rule is one of this rule's too.</summary>
    public bool Covers(in DeviceRule other)
        => (Type == 'a' || Type == other.Type) && (Major is null || Major == other.Major) && (Minor is null || Minor == other.Minor);

    public bool Overlaps(in DeviceRule other)
        => (Type == 'a' || other.Type == 'a' || Type == other.Type)
            && (Major is null || other.Major is null || Major == other.Major)
            && (Minor is null || other.Minor is null || Minor == other.Minor);

    /// <summary>As the v1 files have it: "c 1:3 rwm".</summary>
    public override string ToString() => $"{Type} {Number(Major)}:{Number(Minor)} {AccessText}";

    private string AccessText
        => ((Access & DeviceAccess.Read) != 0 ? "r" : "") + ((Access & DeviceAccess.Write) != 0 ? "w" : "") + ((Access & DeviceAccess.Mknod) != 0 ? "m" : "");

    /// <summary>Reads "rwm", and "a", which says nothing more there, as with runc; a character outside them is an <see cref="ArgumentException"/>.</summary>
    public static DeviceAccess ParseAccess(string text)
    {
        var access = DeviceAccess.None;
        foreach (var c in text)
        {
            access |= c switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.Mknod,
                'a' => DeviceAccess.None,
                _ => throw new ArgumentException($"device access \"{text}\": the letters are r, w and m"),
            };
        }

        return access;
    }

    private static string Number(long? number) => number?.ToString() ?? "*";
}

/// <summary>Rules in the form that v1 keeps: a default and the exceptions to it.</summary>
public sealed class DevicePolicy
{
    private readonly List<DeviceRule> _exceptions = [];

    private DevicePolicy(bool allowByDefault) => AllowByDefault = allowByDefault;

    public bool AllowByDefault { get; private set; }

    /// <summary>Devices that are allowed against a default of denied, or the other way round.</summary>
    public IReadOnlyList<DeviceRule> Exceptions => _exceptions;

    /// <summary>
    /// Folds rules in their order, the last one that matches deciding; before the first, everything is allowed, as in
    /// a fresh cgroup. Throws <see cref="CgroupException"/> for rules that have no such form: an exception to an exception.
    /// </summary>
    public static DevicePolicy Fold(IReadOnlyList<DeviceRule> rules)
    {
        var policy = new DevicePolicy(allowByDefault: true);
        foreach (var rule in rules)
        {
            if (rule.IsAll)
            {
                policy.AllowByDefault = rule.Allow;
                policy._exceptions.Clear();
            }
            else if (rule.Type == 'a')
            {
                policy.Apply(rule with { Type = 'c' });
                policy.Apply(rule with { Type = 'b' });
            }
            else
            {
                policy.Apply(rule);
            }
        }

        return policy;
    }

    /// <summary>Reads devices.list: "a *:* rwm" for everything, or the allowed devices.</summary>
    public static DevicePolicy ParseList(string text)
    {
        var policy = new DevicePolicy(allowByDefault: false);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', ':');
            if (words[0] == "a")
            {
                policy.AllowByDefault = true;
                continue;
            }

            policy._exceptions.Add(new DeviceRule(true, words[0][0],
                words[1] == "*" ? null : long.Parse(words[1]), words[2] == "*" ? null : long.Parse(words[2]), DeviceRule.ParseAccess(words[3])));
        }

        return policy;
    }

    /// <summary>The access that the exceptions give to exactly the devices of a rule.</summary>
    public DeviceAccess AccessTo(in DeviceRule rule)
    {
        foreach (var exception in _exceptions)
        {
            if (exception.Type == rule.Type && exception.Major == rule.Major && exception.Minor == rule.Minor)
            {
                return exception.Access;
            }
        }

        return DeviceAccess.None;
    }

    private void Apply(DeviceRule rule)
    {
        if (rule.Allow != AllowByDefault)
        {
            var index = _exceptions.FindIndex(e => e.Type == rule.Type && e.Major == rule.Major && e.Minor == rule.Minor);
            if (index >= 0)
            {
                _exceptions[index] = rule with { Access = rule.Access | _exceptions[index].Access };
            }
            else
            {
                _exceptions.Add(rule);
            }

            return;
        }

        // Back to the default: narrower exceptions lose the access, a wider one cannot be cut.
        for (var i = _exceptions.Count - 1; i >= 0; i--)
        {
            var exception = _exceptions[i];
            if (rule.Covers(exception))
            {
                var left = exception.Access & ~rule.Access;
                if (left == DeviceAccess.None)
                {
                    _exceptions.RemoveAt(i);
                }
                else
                {
                    _exceptions[i] = exception with { Access = left };
                }
            }
            else if (rule.Overlaps(exception) && (rule.Access & exception.Access) != 0)
            {
                throw new CgroupException(
                    $"device rule \"{(rule.Allow ? "allow" : "deny")} {rule}\" is an exception to \"{exception}\"", Syscalls.Errno.None,
                    "cgroup v1 cannot express that: name the devices one by one, or use a cgroup v2 host");
            }
        }
    }
}
