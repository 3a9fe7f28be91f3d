using System.Text;
using MyDocker.Engine.Info;

namespace MyDocker.Cli.Printing;

/// <summary>What a host can do, for people: what is there in one line each, what is missing with what to do about it.</summary>
internal static class InfoText
{
    public static string Of(HostReport report)
    {
        var text = new StringBuilder($"""
            mydocker {report.Version}
             Data root:     {report.DataRoot} ({report.DataFileSystem})
             Storage:       {report.StorageDriver}
             State root:    {report.StateRoot}

            Host:
             System:        {report.OperatingSystem}
             Kernel:        {report.Kernel} ({report.Architecture})
             CPUs:          {report.Cpus}
             Memory:        {Human.Size(report.Memory)}
             Cgroups:       {report.CgroupMode}

            """);
        foreach (var hierarchy in report.Cgroups)
        {
            text.Append($"   v{hierarchy.Version} {hierarchy.Mount}: {(hierarchy.Controllers.Count == 0 ? "no controllers" : string.Join(", ", hierarchy.Controllers))}\n");
        }

        var width = report.Features.Max(f => f.Name.Length);
        foreach (var area in report.Features.Select(f => f.Area).Distinct())
        {
            text.Append($"\n{char.ToUpperInvariant(area[0])}{area[1..]}:\n");
            foreach (var feature in report.Features.Where(f => f.Area == area))
            {
                AppendFeature(text, feature, width);
            }
        }

        var missing = report.Features.Count(f => f.State == FeatureState.No);
        return text.Append(missing == 0 ? "\nNothing is missing.\n" : $"\nMissing: {missing}. What each of them is for, and how to get it, stands above.\n").ToString();
    }

    private static void AppendFeature(StringBuilder text, HostFeature feature, int width)
    {
        var mark = feature.State switch { FeatureState.Yes => "yes", FeatureState.No => "NO", _ => "?" };
        text.Append($" {mark,-4}{feature.Name.PadRight(width)}  {feature.Detail}\n");
        if (feature.State == FeatureState.Yes)
        {
            return;
        }

        text.Append(feature.Without is null ? "" : $"       without it: {feature.Without}\n");
        text.Append(feature.Remedy is null ? "" : $"       to get it:  {feature.Remedy}\n");
    }
}
