using System.Text;

namespace MyDocker.Cli.Printing;

/// <summary>Columns of text as docker prints them: upper-case titles, each column as wide as its widest cell, three spaces between.</summary>
internal sealed class Table(params string[] titles)
{
    private const int Gap = 3;

    private readonly List<string[]> _rows = [titles];

    public void Add(params string[] cells) => _rows.Add(Array.ConvertAll(cells, c => Out.Printable(c)));

    public override string ToString()
    {
        var widths = new int[titles.Length];
        foreach (var row in _rows)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], Width(row[i]));
            }
        }

        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                text.Append(row[i]);
                text.Append(' ', i == widths.Length - 1 ? 0 : widths[i] - Width(row[i]) + Gap);
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Columns of a terminal that a text takes: East Asian wide characters take two, marks that combine none.</summary>
    internal static int Width(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.Format ? 0 : IsWide(rune.Value) ? 2 : 1;
        }

        return width;
    }

    private static bool IsWide(int c)
        => c is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF
            or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x1F300 and <= 0x1FAFF or >= 0x20000 and <= 0x3FFFD;
}
