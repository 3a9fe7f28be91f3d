using System.Text;
using MyDocker.Cli.Templates;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Tests;

/// <summary>The subset of Go's templates, against what docker prints for the same.</summary>
public sealed class TemplateTests
{
    private const string Data = """
        {"Name":"/web","State":{"Running":true,"Pid":42,"Health":null},"Args":["a","b"],"Labels":{"x":"1","a.b":"2"},
         "Mounts":[{"Source":"/s","RW":true},{"Source":"/t","RW":false}],"Empty":[],"Ratio":1.5,"Text":"<a & \"b\">"}
        """;

    private static readonly Document s_data = (Document)DocumentReader.Parse(Encoding.UTF8.GetBytes(Data))!;

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("{{.Name}} {{.State.Pid}}", "/web 42")]
    [InlineData("{{json .}}", null)]
    [InlineData("{{json .Args}}|{{json .Text}}", "[\"a\",\"b\"]|\"<a & \\\"b\\\">\"")]
    [InlineData("{{.Args}} {{.Labels}}", "[a b] map[a.b:2 x:1]")]
    [InlineData("{{range .Mounts}}{{.Source}}={{.RW}};{{end}}", "/s=true;/t=false;")]
    [InlineData("{{range $i, $m := .Mounts}}{{$i}}:{{$m.Source}} {{end}}", "0:/s 1:/t ")]
    [InlineData("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "a.b=2 x=1 ")]
    [InlineData("{{range .Empty}}x{{else}}none{{end}}", "none")]
    [InlineData("{{index .Labels \"a.b\"}}{{index .Labels \"missing\"}}", "2")]
    [InlineData("{{(index .Mounts 1).Source}}", "/t")]
    [InlineData("{{if .State.Running}}up{{else}}down{{end}}", "up")]
    [InlineData("{{if eq .State.Pid 41}}a{{else if eq .State.Pid 42}}b{{else}}c{{end}}", "b")]
    [InlineData("{{if and .State.Running (gt .State.Pid 10)}}yes{{end}}", "yes")]
    [InlineData("{{with .State.Health}}h{{else}}no health{{end}}", "no health")]
    [InlineData("{{with .State}}{{.Pid}}{{$.Name}}{{end}}", "42/web")]
    [InlineData("{{join .Args \",\"}} {{len .Args}} {{len .Name}}", "a,b 2 4")]
    [InlineData("{{.Name | upper | printf \"%s-%d\"}}", null)]
    [InlineData("{{.Name | upper}} {{title \"word\"}} {{truncate .Name 2}}", "/WEB Word /w")]
    [InlineData("{{printf \"%-6s|%5d|%q|%.2f\" .Name .State.Pid .Name .Ratio}}", "/web  |   42|\"/web\"|1.50")]
    [InlineData("{{$x := .Name}}{{$x}}", "/web")]
    [InlineData("a {{- \" b \" -}} c", "a b c")]
    [InlineData("{{/* nothing */}}{{println .Name}}", "/web\n")]
    [InlineData("{{index (split .Name \"/\") 1}}", "web")]
    [InlineData("{{not .State.Running}} {{or .Empty .Name}}", "false /web")]
    public void WhatIsUnderstoodIsFilledIn(string template, string? expected)
    {
        if (template.Contains("%s-%d"))
        {
            Assert.Throws<TemplateException>(() => new GoTemplate(template).Fill(s_data)); // one value for two places
            return;
        }

        Assert.Equal(expected ?? Data.ReplaceLineEndings("").Replace(",         ", ",").Replace(", \"", ",\""), new GoTemplate(template).Fill(s_data));
    }

    [Theory]
    [InlineData("{{", "not closed")]
    [InlineData("{{.Nope}}", "there is no field .Nope")]
    [InlineData("{{.Name.First}}", "has no fields")]
    [InlineData("{{frob .}}", "no function \"frob\"")]
    [InlineData("{{if .Name}}x", "has no {{end}}")]
    [InlineData("{{end}}", "has no beginning")]
    [InlineData("{{range .Name}}{{end}}", "is no list")]
    [InlineData("{{template \"x\"}}", "not understood")]
    [InlineData("{{.Name .State}}", "takes no arguments")]
    [InlineData("{{\"open}}", "not closed")]
    [InlineData("{{$nothing}}", "has no value")]
    [InlineData("{{index .Args 7}}", "out of range")]
    [InlineData("{{eq .Name 3}}", "different kinds")]
    [InlineData("{{}}", "empty")]
    [InlineData("{{.Name %}}", "not understood")]
    public void TheRestIsAnErrorThatSaysWhat(string template, string problem)
        => Assert.Contains(problem, Assert.Throws<TemplateException>(() => new GoTemplate(template).Fill(s_data)).Message);
}
