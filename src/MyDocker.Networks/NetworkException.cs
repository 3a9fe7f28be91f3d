namespace MyDocker.Networks;

/// <summary>
/// A network that cannot be given to a container: a wrong request, a conflict with the host, or a kernel step that
/// failed. The message names the object and says what to do.
/// </summary>
public sealed class NetworkException(string message, Exception? cause = null) : Exception(message, cause);
