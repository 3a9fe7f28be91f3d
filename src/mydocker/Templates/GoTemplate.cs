using System.Text;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Templates;

/// <summary>A parsed --format, to be filled in with one thing after the other.</summary>
internal sealed class GoTemplate(string template)
{
    private readonly List<TemplateNode> _nodes = TemplateParser.Parse(template);

    public string Fill(Document data)
    {
        var text = new StringBuilder();
        new Filling(data, text).Run(_nodes, data);
        return text.ToString();
    }

    private sealed class Filling(Document root, StringBuilder text)
    {
        private readonly Dictionary<string, object?> _variables = new() { [""] = root };

        public void Run(List<TemplateNode> nodes, object? dot)
        {
            foreach (var node in nodes)
            {
                switch (node)
                {
                    case TextNode plain:
                        text.Append(plain.Text);
                        break;
                    case ActionNode { Variable: { } name } set:
                        _variables[name] = Value(set.Pipeline, dot);
                        break;
                    case ActionNode action:
                        text.Append(TemplateFunctions.Text(Value(action.Pipeline, dot)));
                        break;
                    case IfNode condition:
                        var value = Value(condition.Condition, dot);
                        var holds = TemplateFunctions.IsTrue(value);
                        Run(holds ? condition.Then : condition.Else, holds && condition.IsWith ? value : dot);
                        break;
                    case RangeNode range:
                        Range(range, dot);
                        break;
                }
            }
        }

        private void Range(RangeNode range, object? dot)
        {
            var source = Value(range.Source, dot);
            var items = source is Document map
                ? map.Names.Order(StringComparer.Ordinal).Select(name => ((object?)name, map[name])).ToList()
                : TemplateFunctions.Items(source).Select((item, index) => ((object?)(long)index, item)).ToList();
            foreach (var (key, item) in items)
            {
                if (range.Key is not null)
                {
                    _variables[range.Key] = key;
                }

                if (range.Value is not null)
                {
                    _variables[range.Value] = item;
                }

                Run(range.Body, item);
            }

            if (items.Count == 0)
            {
                Run(range.Else, dot);
            }
        }

        private object? Value(Pipeline pipeline, object? dot)
        {
            object? result = null;
            for (var i = 0; i < pipeline.Commands.Count; i++)
            {
                var command = pipeline.Commands[i];
                var values = command.Operands.ConvertAll(operand => Value(operand, dot));
                if (i > 0)
                {
                    values.Add(result);
                }

                result = command.Function is { } function ? TemplateFunctions.Call(function, values)
                    : values.Count == 1 ? values[0]
                    : throw new TemplateException("after a | stands a function");
            }

            return result;
        }

        private object? Value(Operand operand, object? dot) => operand switch
        {
            Constant constant => constant.Value,
            Nested nested => Value(nested.Pipeline, dot),
            Path path => Field(path, path.Start is { } start ? Value(start, dot) : path.Variable is { } name ? Variable(name) : dot),
            _ => null,
        };

        private object? Variable(string name)
            => _variables.TryGetValue(name, out var value) ? value : throw new TemplateException($"${name} has no value");

        private static object? Field(Path path, object? value)
        {
            foreach (var field in path.Fields)
            {
                value = value switch
                {
                    Document map when map.TryGet(field, out var found) => found,
                    Document map => throw new TemplateException($"there is no field .{field}; there are {string.Join(", ", map.Names)}", exitCode: 1),
                    null => throw new TemplateException($".{string.Join('.', path.Fields)}: what stands before .{field} is empty", exitCode: 1),
                    _ => throw new TemplateException($".{string.Join('.', path.Fields)}: what stands before .{field} has no fields", exitCode: 1),
                };
            }

            return value;
        }
    }
}
