namespace MyDocker.Cli.Templates;

/// <summary>Reads docker's common Go templates (text/template), a subset; the rest is an error, never something else.</summary>
internal sealed class TemplateParser
{
    private readonly List<(string Text, List<TemplateToken>? Action)> _parts = [];
    private int _part;
    private List<TemplateToken> _tokens = [];
    private int _at;

    private TemplateParser(string template)
    {
        var trimNext = false;
        for (var i = 0; i < template.Length;)
        {
            var open = template.IndexOf("{{", i, StringComparison.Ordinal);
            var text = open < 0 ? template[i..] : template[i..open];
            var close = open < 0 ? -1 : template.IndexOf("}}", open, StringComparison.Ordinal);
            if (open >= 0 && close < 0)
            {
                throw new TemplateException("a {{ is not closed");
            }

            var action = open < 0 ? "" : template[(open + 2)..close];
            var trims = action.StartsWith("- ", StringComparison.Ordinal);
            text = trimNext ? text.TrimStart() : text;
            text = trims ? text.TrimEnd() : text;
            trimNext = action.EndsWith(" -", StringComparison.Ordinal);
            action = action[(trims ? 1 : 0)..(action.Length - (trimNext ? 1 : 0))].Trim();
            _parts.Add((text, null));
            if (open < 0)
            {
                break;
            }

            if (!action.StartsWith("/*", StringComparison.Ordinal))
            {
                _parts.Add(("", TemplateLexer.Read(action)));
            }

            i = close + 2;
        }
    }

    public static List<TemplateNode> Parse(string template)
    {
        var parser = new TemplateParser(template);
        var nodes = parser.List(out var end);
        return end is null ? nodes : throw new TemplateException($"{{{{{end}}}}} has no beginning");
    }

    private List<TemplateNode> List(out string? end)
    {
        var nodes = new List<TemplateNode>();
        while (_part < _parts.Count)
        {
            var (text, action) = _parts[_part++];
            if (action is null)
            {
                nodes.Add(new TextNode(text));
                continue;
            }

            if (action.Count == 0)
            {
                throw new TemplateException("{{}} is empty");
            }

            (_tokens, _at) = (action, 0);
            if (action[0] is { Kind: TokenKind.Word, Text: "end" or "else" })
            {
                end = string.Join(' ', action.Select(token => token.Text));
                return nodes;
            }

            nodes.Add(Node());
        }

        end = null;
        return nodes;
    }

    private TemplateNode Node()
    {
        var word = _tokens[0] is { Kind: TokenKind.Word } first ? first.Text : "";
        switch (word)
        {
            case "if" or "with":
                _at = 1;
                return Condition(word == "with");
            case "range":
                _at = 1;
                return Range();
            case "template" or "define" or "block" or "break" or "continue":
                throw new TemplateException($"{{{{{word}}}}} is not understood; {TemplateException.Subset}");
        }

        string? variable = null;
        if (_tokens is [{ Kind: TokenKind.Variable }, { Kind: TokenKind.Define or TokenKind.Set }, ..])
        {
            (variable, _at) = (_tokens[0].Text, 2);
        }

        return new ActionNode(Whole(), variable);
    }

    private IfNode Condition(bool isWith)
    {
        var condition = Whole();
        var then = List(out var end);
        if (end == "else")
        {
            var otherwise = List(out end);
            Require(end, isWith ? "with" : "if");
            return new IfNode(condition, then, otherwise, isWith);
        }

        if (end?.StartsWith("else if", StringComparison.Ordinal) == true)
        {
            _at = 2;
            return new IfNode(condition, then, [Condition(isWith: false)], isWith);
        }

        Require(end, isWith ? "with" : "if");
        return new IfNode(condition, then, [], isWith);
    }

    private RangeNode Range()
    {
        string? key = null, value = null;
        if (_tokens.Count > _at + 1 && _tokens[_at].Kind == TokenKind.Variable && _tokens[_at + 1].Kind is TokenKind.Comma or TokenKind.Define)
        {
            value = _tokens[_at++].Text;
            if (_tokens[_at].Kind == TokenKind.Comma)
            {
                key = value;
                _at++;
                value = Next(TokenKind.Variable, "a $variable").Text;
            }

            Next(TokenKind.Define, ":=");
        }

        var source = Whole();
        var body = List(out var end);
        List<TemplateNode> otherwise = [];
        if (end == "else")
        {
            otherwise = List(out end);
        }

        Require(end, "range");
        return new RangeNode(source, key, value, body, otherwise);
    }

    private Pipeline Whole()
    {
        var pipeline = Pipe();
        return _at == _tokens.Count ? pipeline : throw new TemplateException($"'{_tokens[_at].Text}' does not belong there; {TemplateException.Subset}");
    }

    private Pipeline Pipe()
    {
        List<Command> commands = [Command()];
        while (_at < _tokens.Count && _tokens[_at].Kind == TokenKind.Pipe)
        {
            _at++;
            commands.Add(Command());
        }

        return new Pipeline(commands);
    }

    private Command Command()
    {
        string? function = null;
        if (_at < _tokens.Count && _tokens[_at] is { Kind: TokenKind.Word } word && word.Text is not ("true" or "false" or "nil"))
        {
            function = TemplateFunctions.Exists(word.Text) ? word.Text : throw new TemplateException($"there is no function \"{word.Text}\"; {TemplateException.Subset}");
            _at++;
        }

        var operands = new List<Operand>();
        while (_at < _tokens.Count && _tokens[_at].Kind is not (TokenKind.Pipe or TokenKind.Close))
        {
            operands.Add(Operand());
        }

        return function is not null || operands.Count == 1 ? new Command(function, operands)
            : throw new TemplateException(operands.Count == 0 ? "a value is missing" : $"a value takes no arguments; {TemplateException.Subset}");
    }

    private Operand Operand()
    {
        var token = _tokens[_at++];
        switch (token.Kind)
        {
            case TokenKind.Text:
                return new Constant(token.Text);
            case TokenKind.Number:
                return new Constant(TemplateLexer.NumberOf(token.Text));
            case TokenKind.Word when token.Text is "true" or "false":
                return new Constant(token.Text == "true");
            case TokenKind.Word when token.Text == "nil":
                return new Constant(null);
            case TokenKind.Word when TemplateFunctions.Exists(token.Text):
                return new Nested(new Pipeline([new Command(token.Text, [])]));
            case TokenKind.Open:
                var pipeline = Pipe();
                Next(TokenKind.Close, ")");
                var fields = Fields();
                return fields.Count == 0 ? new Nested(pipeline) : new Path(new Nested(pipeline), null, fields);
            case TokenKind.Variable:
                return new Path(null, token.Text, Fields());
            case TokenKind.Field:
                List<string> path = token.Text.Length == 0 ? [] : [token.Text];
                path.AddRange(Fields());
                return new Path(null, null, path);
            default:
                throw new TemplateException($"'{token.Text}' does not belong there; {TemplateException.Subset}");
        }
    }

    private List<string> Fields()
    {
        var fields = new List<string>();
        while (_at < _tokens.Count && _tokens[_at] is { Kind: TokenKind.Field, Text.Length: > 0 } && !_tokens[_at].StartsApart)
        {
            fields.Add(_tokens[_at++].Text);
        }

        return fields;
    }

    private TemplateToken Next(TokenKind kind, string name)
        => _at < _tokens.Count && _tokens[_at].Kind == kind ? _tokens[_at++] : throw new TemplateException($"{name} is missing");

    private static void Require(string? end, string what)
    {
        if (end != "end")
        {
            throw new TemplateException($"{{{{{what}}}}} has no {{{{end}}}}");
        }
    }
}
