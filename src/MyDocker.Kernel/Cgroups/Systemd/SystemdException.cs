namespace MyDocker.Kernel.Cgroups.Systemd;

/// <summary>A request to systemd that failed. <see cref="Name"/>: the D-Bus error's, or null.</summary>
public sealed class SystemdException(string operation, string reason, string? name = null)
    : Exception($"{operation}: {reason}")
{
    public string? Name { get; } = name;
}
