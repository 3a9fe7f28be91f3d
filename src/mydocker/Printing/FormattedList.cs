using MyDocker.Cli.Templates;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Printing;

/// <summary>
/// A list by --format: "json", a template for each thing, or "table TEMPLATE", whose columns stand between tabs and have
/// docker's titles.
/// </summary>
internal static class FormattedList
{
    /// <param name="titles">docker's title of each field where it is not the field's name in capitals.</param>
    public static string Of(string format, IEnumerable<Document> rows, IReadOnlyDictionary<string, string> titles)
    {
        var text = format.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);
        if (text == "json")
        {
            return string.Concat(rows.Select(row => DocumentText.Of(row) + "\n"));
        }

        if (!text.StartsWith("table", StringComparison.Ordinal))
        {
            var template = new GoTemplate(text);
            return string.Concat(rows.Select(row => template.Fill(row) + "\n"));
        }

        var columns = new GoTemplate(text["table".Length..].TrimStart());
        var list = rows.ToList();
        var header = new Document();
        foreach (var (field, title) in titles)
        {
            header[field] = title;
        }

        var table = new Table(columns.Fill(header).Split('\t'));
        foreach (var row in list)
        {
            table.Add(columns.Fill(row).Split('\t'));
        }

        return table.ToString();
    }
}
