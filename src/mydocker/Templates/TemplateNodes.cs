namespace MyDocker.Cli.Templates;

/// <summary>What a template consists of.</summary>
internal abstract record TemplateNode;

internal sealed record TextNode(string Text) : TemplateNode;

/// <summary>{{pipeline}}, or {{$x := pipeline}}, which prints nothing.</summary>
internal sealed record ActionNode(Pipeline Pipeline, string? Variable) : TemplateNode;

internal sealed record IfNode(Pipeline Condition, List<TemplateNode> Then, List<TemplateNode> Else, bool IsWith) : TemplateNode;

internal sealed record RangeNode(Pipeline Source, string? Key, string? Value, List<TemplateNode> Body, List<TemplateNode> Else) : TemplateNode;

/// <summary>Commands between pipes: each gets the result of the one before as its last argument.</summary>
internal sealed record Pipeline(List<Command> Commands);

/// <summary>A function with arguments, or a value alone.</summary>
internal sealed record Command(string? Function, List<Operand> Operands);

internal abstract record Operand;

internal sealed record Constant(object? Value) : Operand;

/// <summary>.A.B, $x.A, or (pipeline).A</summary>
internal sealed record Path(Operand? Start, string? Variable, List<string> Fields) : Operand;

internal sealed record Nested(Pipeline Pipeline) : Operand;
