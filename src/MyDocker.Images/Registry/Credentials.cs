using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MyDocker.Images.References;

namespace MyDocker.Images.Registry;

/// <summary>Who we are at one registry.</summary>
/// <param name="IdentityToken">stands for user and password where a token service gave one; null otherwise.</param>
internal sealed record Login(string User, string Password, string? IdentityToken);

/// <summary>
/// The credentials that docker keeps, too: ~/.docker/config.json (or DOCKER_CONFIG), with its helpers
/// (docker-credential-NAME). What else stands in the file is left as it is.
/// </summary>
internal sealed class Credentials(string path)
{
    private const string DockerHubKey = "https://index.docker.io/v1/";
    private const int HelperTime = 60_000; // ms

    public string Path { get; } = path;

    public static Credentials OfUser()
    {
        var directory = Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } own
            ? own
            : $"{Environment.GetEnvironmentVariable("HOME") ?? "/root"}/.docker";
        return new Credentials($"{directory}/config.json");
    }

    /// <summary>The credentials for exactly this registry; null if there are none.</summary>
    /// <param name="registry">"docker.io", "127.0.0.1:5000".</param>
    public Login? Find(string registry)
    {
        var file = Read();
        if (HelperFor(file, registry) is { } helper)
        {
            return FromHelper(helper, registry);
        }

        foreach (var (key, value) in file["auths"] as JsonObject ?? [])
        {
            if (HostOf(key) == registry && value is JsonObject entry)
            {
                return FromEntry(entry, key);
            }
        }

        return null;
    }

    public void Store(string registry, Login login)
    {
        var file = Read();
        if (HelperFor(file, registry) is { } helper)
        {
            var secret = new JsonObject { ["ServerURL"] = KeyOf(registry), ["Username"] = login.IdentityToken is null ? login.User : "<token>", ["Secret"] = login.IdentityToken ?? login.Password };
            RunHelper(helper, "store", secret.ToJsonString());
            return;
        }

        var auths = file["auths"] as JsonObject ?? [];
        var entry = new JsonObject { ["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}")) };
        if (login.IdentityToken is { } token)
        {
            entry["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.User}:"));
            entry["identitytoken"] = token;
        }

        Forget(auths, registry);
        auths[KeyOf(registry)] = entry;
        file["auths"] = auths;
        Write(file);
    }

    /// <summary>False if there were none.</summary>
    public bool Erase(string registry)
    {
        var file = Read();
        if (HelperFor(file, registry) is { } helper)
        {
            var known = FromHelper(helper, registry) is not null;
            if (known)
            {
                RunHelper(helper, "erase", KeyOf(registry));
            }

            return known;
        }

        if (file["auths"] is not JsonObject auths || !Forget(auths, registry))
        {
            return false;
        }

        Write(file);
        return true;
    }

    private static string KeyOf(string registry) => registry == ImageReference.DefaultDomain ? DockerHubKey : registry;

    // "https://host/v1/", "host:5000", "https://index.docker.io/v1/": all are seen.
    private static string HostOf(string key)
    {
        var host = key;
        var scheme = host.IndexOf("://", StringComparison.Ordinal);
        host = scheme < 0 ? host : host[(scheme + 3)..];
        var slash = host.IndexOf('/');
        host = slash < 0 ? host : host[..slash];
        return host is "index.docker.io" or "registry-1.docker.io" ? ImageReference.DefaultDomain : host;
    }

    private static bool Forget(JsonObject auths, string registry)
    {
        var keys = auths.Select(pair => pair.Key).Where(key => HostOf(key) == registry).ToList();
        keys.ForEach(key => auths.Remove(key));
        return keys.Count > 0;
    }

    private Login? FromEntry(JsonObject entry, string key)
    {
        try
        {
            var token = entry["identitytoken"]?.GetValue<string>();
            var (user, password) = (entry["username"]?.GetValue<string>() ?? "", entry["password"]?.GetValue<string>() ?? "");
            if (entry["auth"]?.GetValue<string>() is { Length: > 0 } auth)
            {
                var text = Encoding.UTF8.GetString(Convert.FromBase64String(auth)).TrimEnd('\0');
                var colon = text.IndexOf(':');
                (user, password) = colon < 0 ? throw new FormatException("no colon between user and password") : (text[..colon], text[(colon + 1)..]);
            }

            return user.Length == 0 && string.IsNullOrEmpty(token) ? null : new Login(user, password, string.IsNullOrEmpty(token) ? null : token);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new ImageException($"read {Path}: the entry of {Printable.Name(key)} is damaged: {e.Message}; log in again with 'mydocker login'", e);
        }
    }

    private static string? HelperFor(JsonObject file, string registry)
    {
        var own = (file["credHelpers"] as JsonObject ?? []).FirstOrDefault(pair => HostOf(pair.Key) == registry).Value ?? file["credsStore"];
        if (own is not JsonValue value || !value.TryGetValue<string>(out var name) || name.Length == 0)
        {
            return null;
        }

        return name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && !name.StartsWith('.')
            ? $"docker-credential-{name}"
            : throw new ImageException($"use credential helper {Printable.Name(name)}: it is not the name of a program");
    }

    private static Login? FromHelper(string helper, string registry)
    {
        var (exit, output) = Start(helper, "get", KeyOf(registry));
        if (exit != 0)
        {
            return output.Contains("credentials not found", StringComparison.OrdinalIgnoreCase)
                ? null
                : throw new ImageException($"ask {helper} for the credentials of {registry}: {(output.Trim().Length > 0 ? Printable.Name(output.Trim()) : $"exit code {exit}")}");
        }

        try
        {
            var answer = JsonNode.Parse(output);
            var (user, secret) = (answer?["Username"]?.GetValue<string>() ?? "", answer?["Secret"]?.GetValue<string>() ?? "");
            return user == "<token>" ? new Login("", "", secret) : new Login(user, secret, null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ImageException($"ask {helper} for the credentials of {registry}: its answer is not what it should be: {e.Message}", e);
        }
    }

    private static void RunHelper(string helper, string verb, string input)
    {
        var (exit, output) = Start(helper, verb, input);
        if (exit != 0)
        {
            throw new ImageException($"{verb} credentials with {helper}: {(output.Trim().Length > 0 ? Printable.Name(output.Trim()) : $"exit code {exit}")}");
        }
    }

    private static (int Exit, string Output) Start(string helper, string verb, string input)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(helper, verb) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            try
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // it has ended without reading what it was asked; its answer says why
            }

            var output = process.StandardOutput.ReadToEnd();
            if (!process.WaitForExit(HelperTime))
            {
                process.Kill();
            }

            return (process.ExitCode, output);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            throw new ImageException($"start credential helper {helper}: {e.Message}; install it, or take it out of the docker configuration", e);
        }
    }

    private JsonObject Read()
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(Path)) as JsonObject ?? throw new JsonException("expected an object");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"read {Path}: {e.Message}", e);
        }
    }

    private void Write(JsonObject file)
    {
        Kernel.Syscalls.Files.MakeDirectories(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, 0x1C0 /* 0700 */);
        Kernel.Syscalls.Files.WriteAtomically(Path, Encoding.UTF8.GetBytes(file.ToJsonString(_indented)), durable: true);
    }

    // Without a serializer's options that need reflection: a JsonObject writes itself.
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, TypeInfoResolver = SettingsJson.Default };
}
