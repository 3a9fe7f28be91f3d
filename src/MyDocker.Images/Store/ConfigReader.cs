using System.Text.Json;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Store;

/// <summary>
/// Reads an image's configuration as <see cref="ImageJson"/> does, token by token: at the first document of a process the serializer
/// builds its metadata first, 650 µs ahead of time compiled, of which a start has 150 for the whole image. A test holds the two together.
/// </summary>
internal static class ConfigReader
{
    /// <param name="withHistory">what it was made by, too, which may be most of it and no start wants.</param>
    /// <exception cref="JsonException">not JSON, or a value of another type than the specification gives it.</exception>
    public static ImageConfig Read(ReadOnlySpan<byte> json, bool withHistory = false)
    {
        var reader = new Utf8JsonReader(json);
        var image = new ImageConfig();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object");
        }

        while (NextField(ref reader))
        {
            switch (Field(ref reader))
            {
                case "created": image.Created = Text(ref reader); break;
                case "author": image.Author = Text(ref reader); break;
                case "architecture": image.Architecture = Text(ref reader) ?? throw new JsonException("architecture is null"); break;
                case "os": image.Os = Text(ref reader) ?? throw new JsonException("os is null"); break;
                case "os.version": image.OsVersion = Text(ref reader); break;
                case "os.features": image.OsFeatures = Texts(ref reader); break;
                case "variant": image.Variant = Text(ref reader); break;
                case "config": image.Config = IsNull(ref reader, JsonTokenType.StartObject) ? null : ReadContainer(ref reader); break;
                case "rootfs": image.Rootfs = IsNull(ref reader, JsonTokenType.StartObject) ? null : ReadRootFs(ref reader); break;
                case "history" when withHistory: image.History = ReadHistory(ref reader); break;
                default: Skip(ref reader); break;
            }
        }

        return image;
    }

    private static ContainerConfig ReadContainer(ref Utf8JsonReader reader)
    {
        var config = new ContainerConfig();
        while (NextField(ref reader))
        {
            switch (Field(ref reader))
            {
                case "User": config.User = Text(ref reader); break;
                case "ExposedPorts": config.ExposedPorts = Set(ref reader); break;
                case "Env": config.Env = Texts(ref reader); break;
                case "Entrypoint": config.Entrypoint = Texts(ref reader); break;
                case "Cmd": config.Cmd = Texts(ref reader); break;
                case "Volumes": config.Volumes = Set(ref reader); break;
                case "WorkingDir": config.WorkingDir = Text(ref reader); break;
                case "Labels": config.Labels = Map(ref reader); break;
                case "StopSignal": config.StopSignal = Text(ref reader); break;
                case "ArgsEscaped": config.ArgsEscaped = Flag(ref reader); break;
                case "Healthcheck": config.Healthcheck = IsNull(ref reader, JsonTokenType.StartObject) ? null : ReadHealthcheck(ref reader); break;
                case "OnBuild": config.OnBuild = Texts(ref reader); break;
                case "Shell": config.Shell = Texts(ref reader); break;
                case "StopTimeout": config.StopTimeout = IsNull(ref reader, JsonTokenType.Number) ? null : (int)Number(ref reader, int.MaxValue); break;
                default: Skip(ref reader); break;
            }
        }

        return config;
    }

    private static Healthcheck ReadHealthcheck(ref Utf8JsonReader reader)
    {
        var check = new Healthcheck();
        while (NextField(ref reader))
        {
            switch (Field(ref reader))
            {
                case "Test": check.Test = Texts(ref reader); break;
                case "Interval": reader.Read(); check.Interval = Number(ref reader, long.MaxValue); break;
                case "Timeout": reader.Read(); check.Timeout = Number(ref reader, long.MaxValue); break;
                case "StartPeriod": reader.Read(); check.StartPeriod = Number(ref reader, long.MaxValue); break;
                case "StartInterval": reader.Read(); check.StartInterval = Number(ref reader, long.MaxValue); break;
                case "Retries": reader.Read(); check.Retries = (int)Number(ref reader, int.MaxValue); break;
                default: Skip(ref reader); break;
            }
        }

        return check;
    }

    private static List<History>? ReadHistory(ref Utf8JsonReader reader)
    {
        if (IsNull(ref reader, JsonTokenType.StartArray))
        {
            return null;
        }

        var steps = new List<History>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            steps.Add(reader.TokenType == JsonTokenType.StartObject ? ReadStep(ref reader) : throw Unexpected(ref reader));
        }

        return steps;
    }

    private static History ReadStep(ref Utf8JsonReader reader)
    {
        var step = new History();
        while (NextField(ref reader))
        {
            switch (Field(ref reader))
            {
                case "created": step.Created = Text(ref reader); break;
                case "created_by": step.CreatedBy = Text(ref reader); break;
                case "author": step.Author = Text(ref reader); break;
                case "comment": step.Comment = Text(ref reader); break;
                case "empty_layer": step.EmptyLayer = Flag(ref reader); break;
                default: Skip(ref reader); break;
            }
        }

        return step;
    }

    private static RootFs ReadRootFs(ref Utf8JsonReader reader)
    {
        var root = new RootFs();
        while (NextField(ref reader))
        {
            switch (Field(ref reader))
            {
                case "type": root.Type = Text(ref reader) ?? throw new JsonException("rootfs.type is null"); break;
                case "diff_ids": root.DiffIds = Texts(ref reader); break;
                default: Skip(ref reader); break;
            }
        }

        return root;
    }

    // The reader stands on "{" or at the end of a value; afterwards on a name, or on "}".
    private static bool NextField(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    private static string Field(ref Utf8JsonReader reader) => reader.GetString()!;

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    // Moves on to the first token of a value of that kind; true if there is null instead.
    private static bool IsNull(ref Utf8JsonReader reader, JsonTokenType kind)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null || (reader.TokenType == kind ? false : throw Unexpected(ref reader));
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Value(ref reader);
    }

    private static string? Value(ref Utf8JsonReader reader)
        => reader.TokenType is JsonTokenType.String or JsonTokenType.Null ? reader.GetString() : throw Unexpected(ref reader);

    private static bool Flag(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean() : throw Unexpected(ref reader);
    }

    private static long Number(ref Utf8JsonReader reader, long limit)
        => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number <= limit && number >= -limit ? number : throw Unexpected(ref reader);

    private static List<string>? Texts(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Unexpected(ref reader);
        }

        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(Value(ref reader)!);
        }

        return texts;
    }

    private static Dictionary<string, string>? Map(ref Utf8JsonReader reader)
    {
        if (IsNull(ref reader, JsonTokenType.StartObject))
        {
            return null;
        }

        var map = new Dictionary<string, string>();
        while (NextField(ref reader))
        {
            var key = Field(ref reader);
            map[key] = Text(ref reader)!;
        }

        return map;
    }

    private static Dictionary<string, EmptyObject?>? Set(ref Utf8JsonReader reader)
    {
        if (IsNull(ref reader, JsonTokenType.StartObject))
        {
            return null;
        }

        var set = new Dictionary<string, EmptyObject?>();
        while (NextField(ref reader))
        {
            var key = Field(ref reader);
            reader.Read();
            set[key] = reader.TokenType == JsonTokenType.Null ? null : new EmptyObject();
            reader.Skip();
        }

        return set;
    }

    private static JsonException Unexpected(ref Utf8JsonReader reader) => new($"unexpected {reader.TokenType} at byte {reader.TokenStartIndex}");
}
