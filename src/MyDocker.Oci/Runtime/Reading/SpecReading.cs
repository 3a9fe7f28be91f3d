using MyDocker.Oci.Json;

namespace MyDocker.Oci.Runtime.Reading;

/// <summary>Reads the records of RuntimeSpec.cs: config.json as a whole, root, mounts and hooks.</summary>
internal static class SpecReading
{
    public static RuntimeSpec? Spec(ref JsonCursor json) => json.Record(new RuntimeSpec(), static (spec, name, ref json) =>
    {
        switch (name)
        {
            case "ociVersion": spec.OciVersion = json.Text(); break;
            case "process": spec.Process = ProcessReading.Process(ref json); break;
            case "root": spec.Root = Root(ref json); break;
            case "hostname": spec.Hostname = json.TextOrNull(); break;
            case "domainname": spec.Domainname = json.TextOrNull(); break;
            case "mounts": spec.Mounts = json.List(Mount); break;
            case "hooks": spec.Hooks = Hooks(ref json); break;
            case "annotations": spec.Annotations = json.TextMap(); break;
            case "linux": spec.Linux = LinuxReading.Linux(ref json); break;
            default: json.Unknown(); break;
        }
    });

    public static RootSpec? Root(ref JsonCursor json) => json.Record(new RootSpec(), static (root, name, ref json) =>
    {
        switch (name)
        {
            case "path": root.Path = json.Text(); break;
            case "readonly": root.Readonly = json.Bool(); break;
            default: json.Unknown(); break;
        }
    });

    public static MountSpec? Mount(ref JsonCursor json) => json.Record(new MountSpec(), static (mount, name, ref json) =>
    {
        switch (name)
        {
            case "destination": mount.Destination = json.Text(); break;
            case "type": mount.Type = json.TextOrNull(); break;
            case "source": mount.Source = json.TextOrNull(); break;
            case "options": mount.Options = json.Texts(); break;
            case "uidMappings": mount.UidMappings = json.List(LinuxReading.IDMapping); break;
            case "gidMappings": mount.GidMappings = json.List(LinuxReading.IDMapping); break;
            default: json.Unknown(); break;
        }
    });

    public static Hooks? Hooks(ref JsonCursor json) => json.Record(new Hooks(), static (hooks, name, ref json) =>
    {
        switch (name)
        {
            case "prestart": hooks.Prestart = json.List(Hook); break;
            case "createRuntime": hooks.CreateRuntime = json.List(Hook); break;
            case "createContainer": hooks.CreateContainer = json.List(Hook); break;
            case "startContainer": hooks.StartContainer = json.List(Hook); break;
            case "poststart": hooks.Poststart = json.List(Hook); break;
            case "poststop": hooks.Poststop = json.List(Hook); break;
            default: json.Unknown(); break;
        }
    });

    public static Hook? Hook(ref JsonCursor json) => json.Record(new Hook(), static (hook, name, ref json) =>
    {
        switch (name)
        {
            case "path": hook.Path = json.Text(); break;
            case "args": hook.Args = json.Texts(); break;
            case "env": hook.Env = json.Texts(); break;
            case "timeout": hook.Timeout = json.IntOrNull(); break;
            default: json.Unknown(); break;
        }
    });
}
