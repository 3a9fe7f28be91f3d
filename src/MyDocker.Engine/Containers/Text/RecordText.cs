using MyDocker.Images.Users;
using MyDocker.Oci.Json;
using static MyDocker.Oci.Json.JsonCursor;

namespace MyDocker.Engine.Containers.Text;

/// <summary><see cref="ContainerRecord"/>.</summary>
internal static class RecordText
{
    public static JsonText Write(ContainerRecord record, JsonText text)
    {
        text.Open()
            .Field("id", record.Id)
            .Field("name", record.Name)
            .Field("created", record.Created)
            .Field("image", record.Image)
            .Field("imageId", record.ImageId)
            .Field("layersParent", record.LayersParent)
            .Field("layers", record.Layers)
            .Field("commandLine", record.CommandLine)
            .Field("stopSignal", record.StopSignal)
            .Field("initProgram", record.InitProgram);
        if (record.ImageConfig is { } config)
        {
            ImageConfigText.Write(config, text, "imageConfig");
        }

        WriteUser(record.User, text);
        return OptionsText.Write(record.Options, text, "options").Close();
    }

    public static ContainerRecord? Read(ref JsonCursor json) => json.Record(new ContainerRecord(), static (record, name, ref json) =>
    {
        switch (name)
        {
            case "id": record.Id = json.Text(); break;
            case "name": record.Name = json.Text(); break;
            case "created": record.Created = json.Time(); break;
            case "image": record.Image = json.Text(); break;
            case "imageId": record.ImageId = json.Text(); break;
            case "layersParent": record.LayersParent = json.Text(); break;
            case "layers": record.Layers = Required(json.Texts()); break;
            case "commandLine": record.CommandLine = Required(json.Texts()); break;
            case "stopSignal": record.StopSignal = json.Text(); break;
            case "initProgram": record.InitProgram = json.TextOrNull(); break;
            case "imageConfig": record.ImageConfig = ImageConfigText.Read(ref json); break;
            case "user": record.User = Required(ReadUser(ref json)); break;
            case "options": record.Options = Required(OptionsText.Read(ref json)); break;
            default: json.Skip(); break;
        }
    });

    private static void WriteUser(ImageUser user, JsonText text)
    {
        text.Open("user").Field("uid", user.Uid).Field("gid", user.Gid).OpenList("gids");
        foreach (var gid in user.Gids)
        {
            text.Item(gid);
        }

        text.CloseList().Field("home", user.Home).Field("name", user.Name).Close();
    }

    private static ImageUser? ReadUser(ref JsonCursor json)
    {
        var (uid, gid, gids, home, login) = (0u, 0u, (List<uint>?)null, "", (string?)null);
        return json.Record("", (_, name, ref json) =>
        {
            switch (name)
            {
                case "uid": uid = json.UInt(); break;
                case "gid": gid = json.UInt(); break;
                case "gids": gids = json.List(static (ref json) => json.UInt()); break;
                case "home": home = json.Text(); break;
                case "name": login = json.TextOrNull(); break;
                default: json.Skip(); break;
            }
        }) is null ? null : new ImageUser(uid, gid, Required(gids), home, login);
    }
}
