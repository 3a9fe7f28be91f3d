using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>--restart no|always|unless-stopped|on-failure[:N]</summary>
public static class RestartParser
{
    public static RestartOption Parse(string option, string text)
    {
        var colon = text.IndexOf(':');
        var policy = colon < 0 ? text : text[..colon];
        if (policy is not (RestartOption.No or RestartOption.Always or RestartOption.UnlessStopped or RestartOption.OnFailure))
        {
            throw new OptionException(option, text, "use no, always, unless-stopped, or on-failure[:TIMES]");
        }

        if (colon < 0)
        {
            return new RestartOption(policy);
        }

        return policy == RestartOption.OnFailure && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var times)
            ? new RestartOption(policy, times)
            : throw new OptionException(option, text, policy == RestartOption.OnFailure ? "what follows on-failure: is a number of times" : $"only on-failure takes a number of times, not {policy}");
    }
}
