using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>--device-cgroup-rule: "c 1:3 mr", as devices.allow of cgroup v1 takes it; "*" for any number.</summary>
public sealed record DeviceRuleOption(string Type, long? Major, long? Minor, string Access)
{
    public static DeviceRuleOption Parse(string option, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var numbers = words.Length == 3 ? words[1].Split(':') : [];
        return numbers.Length == 2 && words[0] is "a" or "b" or "c" && TryNumber(numbers[0], out var major) && TryNumber(numbers[1], out var minor)
            && words[2].Length is > 0 and < 4 && words[2].All(c => c is 'r' or 'w' or 'm')
            ? new DeviceRuleOption(words[0], major, minor, words[2])
            : throw new OptionException(option, text, "use TYPE MAJOR:MINOR PERMISSIONS, such as 'c 10:229 rwm' or 'b 8:* r'");
    }

    private static bool TryNumber(string text, out long? number)
    {
        var isNumber = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        number = isNumber ? value : null;
        return isNumber || text == "*";
    }
}
