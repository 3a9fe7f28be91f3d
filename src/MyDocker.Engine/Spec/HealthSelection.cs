using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;

namespace MyDocker.Engine.Spec;

/// <summary>The health check that holds: the options over the image's HEALTHCHECK, docker's defaults for the rest.</summary>
public static class HealthSelection
{
    private const long Second = 1_000_000_000;

    /// <summary>null: there is none, or it is switched off.</summary>
    public static HealthOption? For(ContainerRecord record)
    {
        var own = record.Options.Health;
        var image = record.ImageConfig?.Healthcheck;
        var test = own?.Test is { Count: > 0 } given ? given : image?.Test ?? [];
        if (test.Count == 0 || test[0] == "NONE")
        {
            return null;
        }

        static long First(params ReadOnlySpan<long?> values)
        {
            foreach (var value in values)
            {
                if (value is > 0 and var found)
                {
                    return found;
                }
            }

            return 0;
        }

        return new HealthOption
        {
            Test = test,
            Interval = First(own?.Interval, image?.Interval, 30 * Second),
            Timeout = First(own?.Timeout, image?.Timeout, 30 * Second),
            StartPeriod = First(own?.StartPeriod, image?.StartPeriod),
            StartInterval = First(own?.StartInterval, 5 * Second),
            Retries = (int)First(own?.Retries, image?.Retries, 3),
        };
    }
}
