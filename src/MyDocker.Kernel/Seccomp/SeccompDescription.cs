namespace MyDocker.Kernel.Seccomp;

/// <summary>What a filter shall do, before libseccomp makes a program of it.</summary>
public sealed record SeccompDescription
{
    /// <summary>A value of <see cref="SeccompAction"/> with its data, for what no rule names.</summary>
    public required uint DefaultAction { get; init; }

    /// <summary>Values of <see cref="SeccompArchitecture"/>; the native one is always included.</summary>
    public IReadOnlyList<uint> Architectures { get; init; } = [];

    /// <summary>SECCOMP_FILTER_FLAG_* as asked for; those a listener needs are added by the compiler.</summary>
    public uint Flags { get; init; }

    /// <summary>Somebody wants the notification descriptor, whether or not a rule notifies.</summary>
    public bool HasListener { get; init; }
    public IReadOnlyList<SeccompRule> Rules { get; init; } = [];

    /// <summary>
    /// Answer ENOSYS for every system call with a higher number than all that the rules name. A profile cannot know
    /// calls younger than itself, and the C library falls back to an older call after ENOSYS but not after EPERM.
    /// </summary>
    public bool NewerIsNosys { get; init; }
}

/// <summary>
/// One action (with its data) for some system calls, where all conditions hold. Conditions that name the same argument
/// twice are taken as separate rules, one of which must hold, as runc does.
/// </summary>
public sealed record SeccompRule(IReadOnlyList<string> Names, uint Action, IReadOnlyList<SeccompCondition> Conditions);

/// <summary>A 64-bit unsigned comparison of argument <paramref name="Argument"/> (0 to 5).</summary>
public readonly record struct SeccompCondition(uint Argument, SeccompOperator Operator, ulong Value, ulong ValueTwo = 0);

/// <summary>A filter that could not be made; the text says which rule and why.</summary>
public sealed class SeccompException(string message, Exception? inner = null) : Exception(message, inner);
