namespace MyDocker.Engine.Containers;

/// <summary>One line of the list of containers.</summary>
public sealed record ContainerSummary
{
    /// <summary>64 hexadecimal digits.</summary>
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>As it was named for `run`, and its id.</summary>
    public string Image { get; init; } = "";
    public string ImageId { get; init; } = "";

    /// <summary>The command and its arguments, separated by spaces.</summary>
    public string Command { get; init; } = "";
    public DateTimeOffset Created { get; init; }

    /// <summary>One of <see cref="ContainerStatus"/>.</summary>
    public string State { get; init; } = ContainerStatus.Dead;

    /// <summary>"Up 3 seconds", "Exited (0) 2 minutes ago", "Paused (memory limit 10MiB reached)".</summary>
    public string Status { get; init; } = "";
    public int? ExitCode { get; init; }

    /// <summary>starting, healthy, unhealthy; null without a health check.</summary>
    public string? Health { get; init; }

    /// <summary>Published ports, or empty.</summary>
    public string Ports { get; init; } = "";
    /// <summary>"80/tcp" of --expose and of the image.</summary>
    public IReadOnlyCollection<string> Exposed { get; init; } = [];
    public string Network { get; init; } = "";
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Sources of its mounts: volumes by name, directories by path.</summary>
    public IReadOnlyList<string> Mounts { get; init; } = [];
    public IReadOnlyList<string> MountPoints { get; init; } = [];

    /// <summary>Of the container's first process on the host; 0 if it does not run.</summary>
    public int Pid { get; init; }
}
