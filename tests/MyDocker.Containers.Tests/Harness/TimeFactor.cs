using System.Globalization;

namespace MyDocker.Containers.Tests.Harness;

/// <summary>
/// Every deadline of the tests is as often as long: MYDOCKER_TEST_TIME_FACTOR, which scripts/test-vm sets for a machine that is
/// emulated. What is measured (CPU shares, rates) is not touched by it.
/// </summary>
internal static class TimeFactor
{
    public static int Value { get; } = int.TryParse(Environment.GetEnvironmentVariable("MYDOCKER_TEST_TIME_FACTOR"), NumberStyles.None, CultureInfo.InvariantCulture, out var factor) && factor > 0 ? factor : 1;

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds * Value);
}
