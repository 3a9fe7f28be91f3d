namespace MyDocker.Engine.Containers;

/// <summary>One line of the list of containers.</summary>
/// <param name="Id">64 hexadecimal digits.</param>
/// <param name="Image">as it was named for `run`.</param>
/// <param name="Command">the command and its arguments, separated by spaces.</param>
/// <param name="Status">"Up 3 seconds", "Exited (0) 2 minutes ago", "Paused (memory limit 10MiB reached)".</param>
/// <param name="Ports">published ports, or empty.</param>
/// <param name="Pid">of the container's first process on the host; 0 if it does not run.</param>
public sealed record ContainerSummary(string Id, string Name, string Image, string Command, DateTimeOffset Created, string Status, string Ports, int Pid);
