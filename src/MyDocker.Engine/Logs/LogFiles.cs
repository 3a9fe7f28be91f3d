namespace MyDocker.Engine.Logs;

/// <summary>Where a container's log lies: docker's names, so that tools that read docker's logs read these.</summary>
internal static class LogFiles
{
    public static string Current(EngineRoots roots, string id) => $"{roots.ContainerDirectory(id)}/{id}-json.log";

    /// <summary>The older ones, 1 being the youngest.</summary>
    public static string Rotated(string current, int number) => number == 0 ? current : $"{current}.{number}";
}
