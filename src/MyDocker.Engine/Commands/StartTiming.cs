using System.Globalization;
using System.Text;
using MyDocker.Kernel.Processes;

namespace MyDocker.Engine.Commands;

/// <summary><c>run --timing</c>: every phase of one start, of this process, the monitor and the child, in µs.</summary>
public static class StartTiming
{
    private const string Title = "   at µs  took µs  process   phase\n";

    /// <summary>Turns the clock on.</summary>
    /// <param name="entered">when this process began to run code of its own; what it took before that shows only as CPU time.</param>
    public static void Begin(long entered)
    {
        var cpu = PhaseClock.CpuTime - (PhaseClock.Now - entered);
        PhaseClock.Begin("mydocker", MemoryFile.Create("mydocker-timing"));
        PhaseClock.MarkAt(entered - Math.Max(0, cpu), "");
        PhaseClock.MarkAt(entered, "loader and runtime (CPU time)");
    }

    /// <summary>The table, once all have written what they know.</summary>
    public static string Report()
    {
        PhaseClock.Flush();
        var marks = Encoding.UTF8.GetString(MemoryFile.Content(PhaseClock.File!)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t'))
            .Select(parts => (Ended: long.Parse(parts[0], CultureInfo.InvariantCulture), Who: parts[1], What: parts[2]))
            .OrderBy(mark => mark.Ended)
            .ToList();
        var text = new StringBuilder(Title);
        for (var i = 1; i < marks.Count; i++)
        {
            var at = (marks[i].Ended - marks[0].Ended) / 1000;
            var took = (marks[i].Ended - marks[i - 1].Ended) / 1000;
            text.Append(CultureInfo.InvariantCulture, $"{at,8} {took,8}  {marks[i].Who,-8}  {marks[i].What}\n");
        }

        return text.ToString();
    }
}
