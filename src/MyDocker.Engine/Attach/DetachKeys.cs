namespace MyDocker.Engine.Attach;

/// <summary>
/// The keys that leave a container's terminal without ending it: "ctrl-p,ctrl-q" unless told otherwise. What may be the
/// beginning of the sequence is kept back until it is clear that it is not.
/// </summary>
public sealed unsafe class DetachKeys
{
    private const int MaxKeys = 16;

    private readonly byte[] _keys;
    private int _matched;

    private DetachKeys(byte[] keys) => _keys = keys;

    /// <summary>Bytes that <see cref="Filter"/> may put out beyond those it was given.</summary>
    internal const int Margin = MaxKeys;

    public static DetachKeys Default => new([0x10, 0x11]);

    /// <summary>Whether the whole sequence was typed; what follows it is dropped.</summary>
    public bool Detected { get; private set; }

    /// <summary>
    /// Keys separated by commas: a character, or ctrl- and one of a–z @ [ \ ] ^ _, as docker writes them. Null with the
    /// reason if it is something else.
    /// </summary>
    public static DetachKeys? TryParse(string text, out string? problem)
    {
        var names = text.Split(',');
        problem = names.Length > MaxKeys ? $"detach keys: more than {MaxKeys} keys" : null;
        var keys = new byte[names.Length];
        for (var i = 0; i < names.Length && problem is null; i++)
        {
            var name = names[i];
            var key = name.Length == 1 && name[0] is > ' ' and < (char)0x7f ? name[0]
                : name.Length == 6 && name.StartsWith("ctrl-", StringComparison.OrdinalIgnoreCase) ? Control(name[5])
                : -1;
            keys[i] = (byte)key;
            problem = key < 0 ? $"detach keys: '{name}' is neither a character nor ctrl- and one of a-z @ [ \\ ] ^ _" : null;
        }

        return problem is null ? new DetachKeys(keys) : null;
    }

    /// <summary>
    /// Passes typed bytes on. Returns how many are in <paramref name="output"/>, at most length + <see cref="Margin"/>;
    /// input and output must not overlap.
    /// </summary>
    internal int Filter(byte* input, int length, byte* output)
    {
        var written = 0;
        for (var i = 0; i < length && !Detected; i++)
        {
            while (_matched > 0 && input[i] != _keys[_matched])
            {
                written += Retreat(output + written);
            }

            if (input[i] != _keys[_matched])
            {
                output[written++] = input[i];
            }
            else if (++_matched == _keys.Length)
            {
                Detected = true;
            }
        }

        return written;
    }

    private static int Control(char key) => char.ToLowerInvariant(key) switch
    {
        >= 'a' and <= 'z' and var letter => letter - 'a' + 1,
        '@' => 0,
        '[' => 27,
        '\\' => 28,
        ']' => 29,
        '^' => 30,
        '_' => 31,
        _ => -1,
    };

    /// <summary>Gives up the shortest beginning of what was kept back such that the rest may still become the sequence.</summary>
    private int Retreat(byte* output)
    {
        var drop = 1;
        while (!_keys.AsSpan(drop, _matched - drop).SequenceEqual(_keys.AsSpan(0, _matched - drop)))
        {
            drop++;
        }

        _keys.AsSpan(0, drop).CopyTo(new Span<byte>(output, drop));
        _matched -= drop;
        return drop;
    }
}
