using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Commands about images as a docker user types them: options, templates, filters.</summary>
public sealed class ImageCommandTests : ContainerTest
{
    [Fact]
    public void ListsTakeTemplatesAndFilters()
    {
        Import("old:1", "LABEL stage=test");
        Import("new:2", "LABEL other=x");
        Engine.Run("import", TestRoots.Instance.BusyBox).Is(0); // without a name
        Assert.Equal("new:2\nold:1\n<none>:<none>\n", Engine.Run("images", "--format", "{{.Repository}}:{{.Tag}}").Is(0).Out);
        Assert.Equal("REPOSITORY   IMAGE ID", Engine.Run("images", "--format", "table {{.Repository}}\\t{{.ID}}").Is(0).Lines[0].Trim());
        var json = JsonNode.Parse(Engine.Run("image", "ls", "--format", "json", "old").Is(0).Lines.Single())!;
        Assert.Equal("1", (string?)json["Tag"]);
        Assert.StartsWith("sha256:", (string?)json["Digest"]);
        Assert.Contains("sha256:", Engine.Run("images", "--digests", "old").Is(0).Out);
        Assert.Matches("^[0-9a-f]{12}\n$", Engine.Run("images", "-q", "old").Is(0).Out);
        Assert.Matches("^sha256:[0-9a-f]{64}\n$", Engine.Run("images", "-q", "--no-trunc", "old").Is(0).Out);

        string Names(params string[] filters) => Engine.Run(["images", "--format", "{{.Repository}}", .. filters.SelectMany(f => (string[])["--filter", f])]).Is(0).Out.Replace("\n", " ");
        Assert.Equal("<none> ", Names("dangling=true"));
        Assert.Equal("new old ", Names("dangling=false"));
        Assert.Equal("old ", Names("label=stage"));
        Assert.Equal("old ", Names("label=stage=test"));
        Assert.Equal("", Names("label=stage=other"));
        Assert.Equal("new ", Names("reference=n*:2"));
        Assert.Equal("old ", Names("before=new:2"));
        Assert.Equal("new <none> ", Names("since=old:1"));
        Assert.Equal("", Names("until=1h"));
        Assert.Equal("new old <none> ", Names("until=2100-01-01"));
        Assert.Contains("dangling=true", Engine.Run("images", "--filter", "nonsense=1").Is(1).Err);
        Assert.Contains("{{", Engine.Run("images", "--format", "{{.ID").Err);
    }

    [Fact]
    public void HistoryAndInspectTakeTemplates()
    {
        Import("box:1", "ENV A=b", "LABEL l=m");
        Assert.Equal("mydocker import\n", Engine.Run("history", "--format", "{{.CreatedBy}}", "box:1").Is(0).Out);
        Assert.Equal("IMAGE", Engine.Run("history", "box:1").Is(0).Out.Split(' ')[0]);
        Assert.Matches("^[0-9]+\n$", Engine.Run("history", "--human=false", "--format", "{{.Size}}", "box:1").Is(0).Out);
        Assert.Equal("[A=b] m linux\n", Engine.Run("image", "inspect", "-f", "{{.Config.Env}} {{.Config.Labels.l}} {{.Os}}", "box:1").Is(0).Out);
        Assert.Equal("[\"box:1\"]\n", Engine.Run("inspect", "-f", "{{json .RepoTags}}", "box:1").Is(0).Out); // no container of this name
        Engine.Run("create", "--name", "box", "box:1", "/bin/true").Is(0);
        Assert.Equal("/box\n", Engine.Run("inspect", "-f", "{{.Name}}", "box").Is(0).Out);
        Assert.Equal("box:1\n", Engine.Run("inspect", "--type", "image", "-f", "{{index .RepoTags 0}}", "box:1").Is(0).Out);
        Assert.Contains("no such container", Engine.Run("container", "inspect", "box:1").Is(1).Err);
        Assert.Contains("no such container: none", Engine.Run("inspect", "none").Is(1).Err);
        Assert.Contains("linux/arm64 was asked for", Engine.Run("image", "inspect", "--platform", "linux/arm64", "box:1").Is(125).Err);
    }

    [Fact]
    public void PlatformsAreChecked()
    {
        Engine.Run("import", "--platform", "linux/s390x", TestRoots.Instance.BusyBox, "big:1").Is(0);
        var file = Path.Combine(NewDirectory("file"), "big.tar");
        Assert.Contains("linux/amd64 was asked for", Engine.Run("save", "--platform", "linux/amd64", "-o", file, "big:1").Is(125).Err);
        Assert.False(File.Exists(file));
        Engine.Run("save", "--platform", "linux/s390x", "-o", file, "big:1").Is(0);
        Assert.Contains("linux/amd64 was asked for", Engine.Run("load", "-q", "--platform", "linux/amd64", "-i", file).Is(125).Err);
        Assert.Contains("linux/amd64 was asked for", Engine.Run("rmi", "--platform", "linux/amd64", "big:1").Is(125).Err);
        Assert.StartsWith("sha256:", Engine.Run("load", "-q", "--platform", "linux/s390x", "-i", file).Is(0).Out);
    }

    [Fact]
    public void LayersStayWithNoPruneUntilTheyArePruned()
    {
        Import("box:1");
        Engine.Run("rmi", "--no-prune", "box:1").Is(0);
        Assert.Single(Directory.GetDirectories($"{Engine.Data}/layers"));
        Engine.Run("image", "prune", "-f", "--filter", "dangling=true").Is(0);
        Assert.Empty(Directory.GetDirectories($"{Engine.Data}/layers"));

        Import("box:1", "LABEL keep=yes");
        Import("box:2", "LABEL keep=no");
        Engine.Run("image", "prune", "-a", "-f", "--filter", "label!=keep=yes", "--filter", "until=2100-01-01").Is(0);
        Assert.Equal("box:1\n", Engine.Run("images", "--format", "{{.Repository}}:{{.Tag}}").Is(0).Out);
    }

    [Fact]
    public void AnArchiveIsImportedFromAUrl()
    {
        var directory = NewDirectory("www");
        Tool.Run("tar", "-C", TestRoots.Instance.BusyBox, "-czf", $"{directory}/root.tar.gz", ".").Is(0);
        var archive = File.ReadAllBytes($"{directory}/root.tar.gz");
        using var server = new HttpListener();
        var port = LocalRegistry.FreePort();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        new Thread(() => Serve(server, archive)) { IsBackground = true }.Start();

        Engine.Run("import", "-c", "ENV A=b", $"http://127.0.0.1:{port}/root.tar.gz", "web:1").Is(0);
        Assert.Equal("b\n", Engine.Run("run", "--rm", "web:1", "/bin/sh", "-c", "echo $A").Is(0).Out);
        Assert.StartsWith("sha256:", Engine.Run("import", $"http://127.0.0.1:{port}/root.tar.gz").Is(0).Out);
        Assert.Contains("404", Engine.Run("import", $"http://127.0.0.1:{port}/none", "web:2").Is(125).Err);
        Assert.Contains($"of {archive.Length} bytes", Engine.Run("import", $"http://127.0.0.1:{port}/short", "web:2").Is(125).Err);
        Assert.Contains("cannot reach", Engine.Run("import", $"http://127.0.0.1:{LocalRegistry.FreePort()}/x", "web:2").Is(125).Err);
        Assert.Equal(2, Engine.Run("images", "-q", "--no-trunc", "--format", "{{.ID}}").Is(0).Lines.Length);
        Assert.Empty(Directory.GetDirectories($"{Engine.Data}/layers", ".tmp-*"));
    }

    [Fact]
    public void ARegistrysManifestsTagsAndNamesAreShown()
    {
        using var registry = new LocalRegistry(NewDirectory("registry"));
        var repository = $"{registry.Host}/team/box";
        Import($"{repository}:a");
        Engine.Run("import", "--platform", "linux/arm64", TestRoots.Instance.BusyBox, $"{repository}:b").Is(0);
        Assert.Equal(2, Engine.Run("push", "-a", "--disable-content-trust", repository).Is(0).Lines.Count(line => line.Contains("digest: sha256:", StringComparison.Ordinal)));
        Assert.Contains("was asked for", Engine.Run("push", "--platform", "linux/arm64", $"{repository}:a").Is(125).Err);
        PutIndex(registry.Host, "team/box", "multi", ("a", "amd64"), ("b", "arm64"));

        var one = JsonNode.Parse(Engine.Run("manifest", "inspect", "-v", $"{repository}:b").Is(0).Out)!;
        Assert.Equal("arm64", (string?)one["Descriptor"]!["platform"]!["architecture"]);
        Assert.NotNull(one["OCIManifest"]!["layers"]);
        var all = JsonNode.Parse(Engine.Run("manifest", "inspect", "--verbose", "--insecure", $"{repository}:multi").Is(0).Out)!.AsArray();
        Assert.Equal(["amd64", "arm64"], all.Select(part => (string?)part!["Descriptor"]!["platform"]!["architecture"]));
        Assert.All(all, part => Assert.Equal((string?)part!["Ref"], $"{repository}:multi@{(string?)part["Descriptor"]!["digest"]}"));
        Assert.Contains("\"manifests\"", Engine.Run("manifest", "inspect", $"{repository}:multi").Is(0).Out);

        using var other = new Engine();
        other.Run("pull", "-q", "--platform", "linux/arm64", "--disable-content-trust=false", $"{repository}:multi").Is(0);
        Assert.Equal("arm64\n", other.Run("image", "inspect", "-f", "{{.Architecture}}", $"{repository}:multi").Is(0).Out);
        other.Run("pull", "-a", repository).Is(0);
        Assert.Equal("a\nb\nmulti\n", other.Run("images", "--format", "{{.Tag}}").Is(0).Out);
        Assert.Equal($"{repository} <>\n", other.Run("search", "--format", "{{.Name}} <{{.IsOfficial}}>", $"{registry.Host}/box").Is(0).Out);
        Assert.StartsWith("NAME", other.Run("search", "--limit", "1", $"{registry.Host}/team").Is(0).Out);
    }

    private void Import(string name, params string[] changes)
        => Engine.Run(["import", .. changes.SelectMany(change => (string[])["-c", change]), TestRoots.Instance.BusyBox, name]).Is(0);

    private static void Serve(HttpListener server, byte[] archive)
    {
        while (server.IsListening)
        {
            try
            {
                var context = server.GetContext();
                var path = context.Request.Url!.AbsolutePath;
                context.Response.StatusCode = path == "/none" ? 404 : 200;
                context.Response.ContentLength64 = path == "/none" ? 0 : archive.Length;
                context.Response.OutputStream.Write(archive, 0, path == "/none" ? 0 : path == "/short" ? archive.Length / 2 : archive.Length);
                if (path == "/short")
                {
                    context.Response.Abort();
                }
                else
                {
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
            }
        }
    }

    private static void PutIndex(string host, string repository, string tag, params (string Tag, string Architecture)[] entries)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{host}") };
        var manifests = new JsonArray();
        foreach (var (from, architecture) in entries)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/{repository}/manifests/{from}");
            request.Headers.Add("Accept", "application/vnd.oci.image.manifest.v1+json");
            using var answer = client.Send(request);
            manifests.Add(new JsonObject
            {
                ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
                ["digest"] = answer.Headers.GetValues("Docker-Content-Digest").Single(),
                ["size"] = answer.Content.Headers.ContentLength,
                ["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture },
            });
        }

        const string Type = "application/vnd.oci.image.index.v1+json";
        var index = new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = Type, ["manifests"] = manifests };
        using var put = new HttpRequestMessage(HttpMethod.Put, $"/v2/{repository}/manifests/{tag}") { Content = new StringContent(index.ToJsonString(), Encoding.UTF8) };
        put.Content.Headers.ContentType = new(Type);
        using var stored = client.Send(put);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
    }
}
