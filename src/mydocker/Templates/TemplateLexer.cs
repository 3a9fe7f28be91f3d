using System.Globalization;
using System.Text;

namespace MyDocker.Cli.Templates;

internal enum TokenKind
{
    /// <summary>.Name, or the dot alone (empty text).</summary>
    Field,

    /// <summary>$name.</summary>
    Variable,
    Word,
    Text,
    Number,
    Open,
    Close,
    Pipe,
    Comma,
    Define,
    Set,
}

/// <param name="StartsApart">a space stands before it: ".A .B" are two values, ".A.B" is one.</param>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, bool StartsApart = false);

/// <summary>Cuts the inside of {{ }} into tokens.</summary>
internal static class TemplateLexer
{
    public static List<TemplateToken> Read(string action)
    {
        var tokens = new List<TemplateToken>();
        for (var i = 0; i < action.Length;)
        {
            var c = action[i];
            if (char.IsWhiteSpace(c))
            {
                i++;
            }
            else if (c is '"' or '`')
            {
                tokens.Add(new TemplateToken(TokenKind.Text, c == '"' ? Quoted(action, ref i) : Raw(action, ref i)));
            }
            else if (c is '.' or '$' or '_' || char.IsLetter(c))
            {
                tokens.Add(Name(action, ref i));
            }
            else if (char.IsAsciiDigit(c) || (c == '-' && i + 1 < action.Length && char.IsAsciiDigit(action[i + 1])))
            {
                var start = i++;
                while (i < action.Length && (char.IsAsciiDigit(action[i]) || action[i] == '.'))
                {
                    i++;
                }

                tokens.Add(new TemplateToken(TokenKind.Number, action[start..i]));
            }
            else
            {
                tokens.Add(Symbol(action, ref i));
            }
        }

        return tokens;
    }

    private static TemplateToken Symbol(string action, ref int i)
    {
        if (action.AsSpan(i).StartsWith(":="))
        {
            i += 2;
            return new TemplateToken(TokenKind.Define, ":=");
        }

        return action[i++] switch
        {
            '(' => new TemplateToken(TokenKind.Open, "("),
            ')' => new TemplateToken(TokenKind.Close, ")"),
            '|' => new TemplateToken(TokenKind.Pipe, "|"),
            ',' => new TemplateToken(TokenKind.Comma, ","),
            '=' => new TemplateToken(TokenKind.Set, "="),
            var other => throw new TemplateException($"'{other}' is not understood in {{{{{action}}}}}; {TemplateException.Subset}"),
        };
    }

    /// <summary>.A.B comes as two fields; the second one follows its first without a space.</summary>
    private static TemplateToken Name(string action, ref int i)
    {
        var kind = action[i] switch { '.' => TokenKind.Field, '$' => TokenKind.Variable, _ => TokenKind.Word };
        i += kind == TokenKind.Word ? 0 : 1;
        var start = i;
        while (i < action.Length && (char.IsLetterOrDigit(action[i]) || action[i] == '_'))
        {
            i++;
        }

        var apart = start < 2 || char.IsWhiteSpace(action[start - 2]) || action[start - 2] is '(' or '|' or ',' or '=';
        return new TemplateToken(kind, action[start..i], apart);
    }

    private static string Raw(string action, ref int i)
    {
        var end = action.IndexOf('`', i + 1);
        if (end < 0)
        {
            throw new TemplateException($"a ` is not closed in {{{{{action}}}}}");
        }

        var text = action[(i + 1)..end];
        i = end + 1;
        return text;
    }

    private static string Quoted(string action, ref int i)
    {
        var text = new StringBuilder();
        for (i++; i < action.Length && action[i] != '"'; i++)
        {
            if (action[i] != '\\' || i + 1 == action.Length)
            {
                text.Append(action[i]);
                continue;
            }

            i++;
            text.Append(action[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other });
        }

        if (i >= action.Length)
        {
            throw new TemplateException($"a \" is not closed in {{{{{action}}}}}");
        }

        i++;
        return text.ToString();
    }

    public static object NumberOf(string text)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? (object)whole
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? real
            : throw new TemplateException($"\"{text}\" is no number");
}
