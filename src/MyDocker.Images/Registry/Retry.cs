namespace MyDocker.Images.Registry;

/// <summary>Tries again what failed for a reason that passes, with longer and longer waits between.</summary>
internal sealed class Retry(Action<string>? log, Action<TimeSpan>? sleep = null)
{
    public const int Attempts = 6;

    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);

    private readonly Action<TimeSpan> _sleep = sleep ?? Thread.Sleep;

    public T Run<T>(Func<T> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return work();
            }
            catch (RegistryFailure failure) when (failure.IsPassing && attempt < Attempts && !IsHopeless(failure))
            {
                Wait(failure, attempt);
            }
        }
    }

    /// <summary>Waits before attempt number <paramref name="attempt"/> + 1: 0.25, 0.5, 1, 2, 4 s and a little; or as long as the registry asks.</summary>
    public void Wait(RegistryFailure failure, int attempt)
    {
        var wait = TimeSpan.FromSeconds(0.25 * (1 << Math.Min(attempt - 1, 6)) * (0.75 + (Random.Shared.NextDouble() / 2)));
        if (failure.RetryAfter is { } asked && asked > wait)
        {
            wait = asked > _longest ? throw new RegistryFailure($"{failure.Message}; it asks to wait {asked.TotalSeconds:0} s", failure.Status, failure.Code, failure) : asked;
        }

        log?.Invoke($"{failure.Message}; trying again in {wait.TotalSeconds:0.0} s");
        _sleep(wait);
    }

    // A certificate or a name does not get right by waiting.
    public static bool IsHopeless(RegistryFailure failure)
        => failure.Status is null && failure.InnerException?.ToString() is { } text
            && (text.Contains("AuthenticationException", StringComparison.Ordinal) || text.Contains("HostNotFound", StringComparison.Ordinal) || text.Contains("Name or service not known", StringComparison.Ordinal) || text.Contains("Connection refused", StringComparison.Ordinal));
}
