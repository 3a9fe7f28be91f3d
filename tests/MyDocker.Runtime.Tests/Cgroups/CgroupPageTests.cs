using System.Text.RegularExpressions;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>docs/cgroups.md says of every limit which test proves it: those tests are there.</summary>
public sealed partial class CgroupPageTests
{
    [Fact]
    public void EveryTestThatThePageNamesIsThere()
    {
        var repository = FindRepository();
        Assert.SkipWhen(repository is null, "no repository above the tests, nor above the working directory");
        var sources = Directory.EnumerateFiles(Path.Combine(repository!, "tests"), "*.cs", SearchOption.AllDirectories).ToLookup(path => Path.GetFileNameWithoutExtension(path)!);
        var rows = File.ReadLines(Path.Combine(repository!, "docs/cgroups.md")).SkipWhile(line => !line.StartsWith("| limit |", StringComparison.Ordinal))
            .TakeWhile(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|')).ToList();
        Assert.InRange(rows.Count, 20, 40);
        foreach (var row in rows)
        {
            var tests = Named().Matches(row[4]);
            Assert.True(tests.Count > 0, $"no test for {row[1]}");
            foreach (Match test in tests)
            {
                var (type, method, limit) = (test.Groups["type"].Value, test.Groups["method"].Value, test.Groups["limit"].Value);
                // A file may hold more than one class.
                var text = string.Concat((sources[type].Any() ? sources[type] : sources.SelectMany(files => files)).Select(File.ReadAllText).Where(text => text.Contains($"class {type}", StringComparison.Ordinal)));
                Assert.True(text.Length > 0, $"{test.Value}: no such class");
                Assert.True(method.Length == 0 || text.Contains($" {method}(", StringComparison.Ordinal), $"{test.Value}: no such method");
                Assert.True(limit.Length == 0 || text.Contains($"{{ \"{limit}\",", StringComparison.Ordinal), $"{test.Value}: no such case");
            }
        }
    }

    [GeneratedRegex(@"`(?<type>[A-Z]\w*Tests)(\.(?<method>\w+))?(\((?<limit>[^)]*)\))?`")]
    private static partial Regex Named();

    private static string? FindRepository()
    {
        foreach (var start in (string[])[AppContext.BaseDirectory, Environment.CurrentDirectory])
        {
            for (var directory = start; directory is not null; directory = Path.GetDirectoryName(directory))
            {
                if (File.Exists(Path.Combine(directory, "docs/cgroups.md")))
                {
                    return directory;
                }
            }
        }

        return null;
    }
}
