namespace MyDocker.Runtime.Plan;

/// <summary>Something in config.json that cannot be; names the JSON path.</summary>
public sealed class SpecException(string path, string message) : Exception($"{path}: {message}")
{
    public string JsonPath { get; } = path;
}
