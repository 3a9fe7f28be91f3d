namespace MyDocker.RuntimeCli.Grammar;

/// <summary>A command line that cannot be understood; the text says which word.</summary>
internal sealed class UsageException(string message) : Exception(message);
