namespace MyDocker.Runtime.Plan;

/// <summary>process.env as the command gets it.</summary>
public static class ProcessEnvironment
{
    /// <summary>
    /// The variables in their order; of several with one name the last. HOME is added where it is missing or empty, as programs
    /// expect it and runc does.
    /// </summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string>? variables, string? home)
    {
        variables ??= [];
        var names = new HashSet<string>(variables.Count);
        var isPlain = true;
        var hasHome = home is null;
        foreach (var variable in variables)
        {
            isPlain &= names.Add(NameOf(variable));
            hasHome |= IsHome(variable);
        }

        return isPlain && hasHome ? variables : Clean(variables, home);
    }

    /// <summary>Whether HOME must come from somewhere else.</summary>
    public static bool LacksHome(IReadOnlyList<string>? variables)
        => variables?.LastOrDefault(variable => variable.StartsWith("HOME=", StringComparison.Ordinal)) is not { } last || !IsHome(last);

    private static List<string> Clean(IReadOnlyList<string> variables, string? home)
    {
        var names = new HashSet<string>(variables.Count);
        var result = new List<string>(variables.Count + 1);
        for (var i = variables.Count - 1; i >= 0; i--)
        {
            if (names.Add(NameOf(variables[i])) && !(home is not null && variables[i] == "HOME="))
            {
                result.Add(variables[i]);
            }
        }

        result.Reverse();
        if (home is not null && !result.Any(IsHome))
        {
            result.Add($"HOME={home}");
        }

        return result;
    }

    private static bool IsHome(string variable) => variable.StartsWith("HOME=", StringComparison.Ordinal) && variable.Length > "HOME=".Length;

    private static string NameOf(string variable) => variable.IndexOf('=', StringComparison.Ordinal) is >= 0 and var end ? variable[..end] : variable;
}
