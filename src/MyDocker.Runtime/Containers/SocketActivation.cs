using System.Globalization;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// Sockets that systemd has opened for the runtime (sd_listen_fds(3)) are meant for the command: descriptors from 3 on, told by
/// $LISTEN_FDS, with $LISTEN_PID saying whose they are.
/// </summary>
/// <param name="Count">how many; 0 for none.</param>
/// <param name="Names">$LISTEN_FDNAMES, if there is one.</param>
internal readonly record struct SocketActivation(int Count, string? Names)
{
    /// <summary>The container's init as it sees itself, and what podman writes, who does not know the runtime's number.</summary>
    private const string First = "1";

    public static SocketActivation OfThisProcess()
    {
        const int Most = 1024;
        var isOurs = Environment.GetEnvironmentVariable("LISTEN_PID") is not { Length: > 0 } pid || pid == First || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return isOurs && int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= Most
            ? new SocketActivation(count, Environment.GetEnvironmentVariable("LISTEN_FDNAMES"))
            : default;
    }

    /// <summary>The bundle, with the variables for its command.</summary>
    public Bundle AddTo(Bundle bundle)
    {
        if (Count == 0 || bundle.Spec.Process is not { } process)
        {
            return bundle;
        }

        List<string> environment = [.. (process.Env ?? []).Where(entry => !entry.StartsWith("LISTEN_", StringComparison.Ordinal)), $"LISTEN_FDS={Count.ToString(CultureInfo.InvariantCulture)}", $"LISTEN_PID={First}"];
        if (Names is not null)
        {
            environment.Add($"LISTEN_FDNAMES={Names}");
        }

        return bundle with { Spec = bundle.Spec with { Process = process with { Env = environment } } };
    }
}
