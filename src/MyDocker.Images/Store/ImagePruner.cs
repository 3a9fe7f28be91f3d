namespace MyDocker.Images.Store;

/// <summary>Which images a prune takes.</summary>
/// <param name="All">also those that have a name and no container.</param>
/// <param name="Before">only those made before; null: whenever.</param>
/// <param name="Labels">"key" or "key=value"; all of them must be there.</param>
/// <param name="NotLabels">none of them may be there.</param>
public sealed record PruneRequest(bool All, DateTimeOffset? Before, IReadOnlyList<string> Labels, IReadOnlyList<string> NotLabels);

/// <summary>Removes images that nobody uses: without a name, or (all) without a container.</summary>
internal sealed class ImagePruner(StorePaths paths)
{
    /// <param name="idsInUse">"sha256:…" of images that containers are made of.</param>
    public RemoveResult Prune(PruneRequest request, IReadOnlySet<string> idsInUse, Func<IReadOnlySet<string>>? layersInUse)
    {
        var (untagged, deleted, reclaimed) = (new List<string>(), new List<string>(), 0L);
        var layers = new List<string>();
        foreach (var image in ImageNames.Records(paths).Where(image => IsWanted(image, request) && !idsInUse.Contains($"sha256:{image.ConfigHex}")))
        {
            var names = ImageNames.Names(paths).FindAll(name => name.ManifestHex == image.ManifestHex);
            if (names.Count > 0 && !request.All)
            {
                continue;
            }

            var result = new Collector(paths).RemoveExactly(image.ManifestHex, layersInUse);
            untagged.AddRange(result.Untagged);
            deleted.AddRange(result.Deleted);
            layers.AddRange(result.DeletedLayers);
            reclaimed += result.Reclaimed;
        }

        var rest = new Collector(paths, alsoPartial: true).Collect(layersInUse);
        deleted.AddRange(rest.Deleted);
        layers.AddRange(rest.DeletedLayers);
        return new RemoveResult(untagged, deleted, layers, reclaimed + rest.Reclaimed);
    }

    private static bool IsWanted(ImageRecord image, PruneRequest request)
    {
        if (request.Before is { } before && DateTimeOffset.FromUnixTimeSeconds(image.Created) >= before)
        {
            return false;
        }

        if (request.Labels.Count + request.NotLabels.Count == 0)
        {
            return true;
        }

        var labels = ConfigReader.Read(image.Config.Span).Config?.Labels;
        return request.Labels.All(wanted => HasLabel(labels, wanted)) && !request.NotLabels.Any(unwanted => HasLabel(labels, unwanted));
    }

    /// <summary>"key" or "key=value".</summary>
    internal static bool HasLabel(Dictionary<string, string>? labels, string wanted)
    {
        var equals = wanted.IndexOf('=');
        return labels is not null && (equals < 0 ? labels.ContainsKey(wanted) : labels.TryGetValue(wanted[..equals], out var value) && value == wanted[(equals + 1)..]);
    }
}
