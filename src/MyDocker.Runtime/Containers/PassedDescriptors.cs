using System.Globalization;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// Descriptors of the caller that go on to the command under their own numbers: first those that systemd passes
/// (sd_listen_fds(3)), then those of --preserve-fds.
/// </summary>
/// <param name="Listening">how many are systemd's; they begin with 3.</param>
/// <param name="Count">how many there are, from 3 on.</param>
internal readonly record struct PassedDescriptors(int Listening, int Count)
{
    /// <summary>The command as it sees itself. podman writes that already, who does not know the runtime's number.</summary>
    private const int InitPid = 1;

    /// <summary>As the environment and the option say. One of them that is not open is none in the container either: ours are close-on-exec.</summary>
    public static PassedDescriptors Of(int preserved)
    {
        var listening = NumberOf("LISTEN_FDS");
        if (Environment.GetEnvironmentVariable("LISTEN_PID") is { Length: > 0 } && NumberOf("LISTEN_PID") is var pid && pid != Environment.ProcessId && pid != InitPid)
        {
            listening = 0; // meant for another process
        }

        return new PassedDescriptors(listening, listening + preserved);
    }

    /// <summary>The process with the variables by which it finds systemd's; its own pid is 1.</summary>
    public ProcessSpec AddTo(ProcessSpec process) => Listening == 0 ? process : process with
    {
        Env =
        [
            .. (process.Env ?? []).Where(entry => !entry.StartsWith("LISTEN_", StringComparison.Ordinal)),
            string.Create(CultureInfo.InvariantCulture, $"LISTEN_FDS={Listening}"), string.Create(CultureInfo.InvariantCulture, $"LISTEN_PID={InitPid}"),
            .. Environment.GetEnvironmentVariable("LISTEN_FDNAMES") is { Length: > 0 } names ? (string[])[$"LISTEN_FDNAMES={names}"] : [],
        ],
    };

    private static int NumberOf(string variable)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
