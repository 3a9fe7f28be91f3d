using MyDocker.Engine.Options;

namespace MyDocker.Engine.Monitor;

/// <summary>Whether and when a container that has ended starts again; docker's rules and docker's patience.</summary>
internal sealed class RestartPolicy(int count = 0)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    /// <summary>Who ran for so long did not fail at once: the next delay is the first again.</summary>
    private static readonly TimeSpan s_success = TimeSpan.FromSeconds(10);

    private TimeSpan _delay;

    /// <summary>Starts by this policy so far.</summary>
    public int Count { get; private set; } = count;

    /// <summary>The time to wait before the next start; null: it stays ended.</summary>
    public TimeSpan? Next(RestartOption option, int exitCode, TimeSpan ran, bool isWantedStopped)
    {
        var again = !isWantedStopped && option.Policy switch
        {
            RestartOption.Always or RestartOption.UnlessStopped => true,
            RestartOption.OnFailure => exitCode != 0 && (option.MaximumRetries == 0 || Count < option.MaximumRetries),
            _ => false,
        };
        if (!again)
        {
            return null;
        }

        Count++;
        _delay = _delay == TimeSpan.Zero || ran >= s_success ? s_first : _delay * 2 > s_longest ? s_longest : _delay * 2;
        return _delay;
    }
}
