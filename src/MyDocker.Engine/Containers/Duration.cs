namespace MyDocker.Engine.Containers;

/// <summary>Times as docker tells them: "About a minute", "3 hours".</summary>
internal static class Duration
{
    public static string Ago(DateTimeOffset? moment) => moment is null ? "at an unknown time" : $"{Since(moment)} ago";

    public static string Since(DateTimeOffset? moment)
    {
        var span = moment is { } start ? DateTimeOffset.UtcNow - start : TimeSpan.Zero;
        return span switch
        {
            { TotalSeconds: < 1 } => "Less than a second",
            { TotalSeconds: < 2 } => "1 second",
            { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} seconds",
            { TotalMinutes: < 2 } => "About a minute",
            { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} minutes",
            { TotalHours: < 2 } => "About an hour",
            { TotalHours: < 48 } => $"{(int)span.TotalHours} hours",
            { TotalDays: < 14 } => $"{(int)span.TotalDays} days",
            { TotalDays: < 60 } => $"{(int)(span.TotalDays / 7)} weeks",
            { TotalDays: < 730 } => $"{(int)(span.TotalDays / 30)} months",
            _ => $"{(int)(span.TotalDays / 365)} years",
        };
    }
}
