using System.Text;

namespace MyDocker.Engine.Options;

/// <summary>--mount type=bind,source=…,target=…[,readonly]: docker's fields, comma-separated as in a CSV file.</summary>
public static class MountOptionParser
{
    private const string Grammar = "use type=bind|volume|tmpfs,source=SOURCE,target=PATH[,readonly]";

    public static MountOption Parse(string option, string text)
    {
        var fields = new Fields(option, text);
        foreach (var field in Split(option, text))
        {
            var equals = field.IndexOf('=');
            fields.Set(equals < 0 ? field : field[..equals], equals < 0 ? null : field[(equals + 1)..]);
        }

        return fields.ToMount();
    }

    /// <summary>Fields between commas; a field may stand in double quotes, and "" is a quote in it (RFC 4180).</summary>
    private static List<string> Split(string option, string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString());
        return quoted ? throw new OptionException(option, text, "a double quote is not closed") : fields;
    }

    private sealed class Fields(string option, string text)
    {
        private string _type = "volume";
        private string? _source;
        private string? _destination;
        private bool _readOnly;
        private string _propagation = "rprivate";
        private string _recursive = "enabled";
        private bool _noCopy;
        private readonly List<string> _tmpfs = ["nosuid", "nodev", "noexec"];
        private string? _only; // the type that a field seen belongs to

        public void Set(string name, string? value)
        {
            switch (name.ToLowerInvariant())
            {
                case "type":
                    _type = value is "bind" or "volume" or "tmpfs" ? value : throw Bad($"there is no type \"{value}\"; {Grammar}");
                    break;
                case "source" or "src":
                    _source = Required(name, value);
                    break;
                case "target" or "dst" or "destination":
                    _destination = VolumeOption.Destination(option, text, Required(name, value));
                    break;
                case "readonly" or "ro":
                    _readOnly = Flag(name, value);
                    break;
                case "consistency":
                    break; // a hint for other systems
                case var bind when bind.StartsWith("bind-", StringComparison.Ordinal):
                    SetBind(bind, value);
                    break;
                case "volume-nocopy":
                    (_only, _noCopy) = ("volume", Flag(name, value));
                    break;
                case "tmpfs-size":
                    _only = "tmpfs";
                    _tmpfs.Add($"size={TmpfsOption.Size(option, text, Required(name, value))}");
                    break;
                case "tmpfs-mode":
                    _only = "tmpfs";
                    _tmpfs.Add($"mode={TmpfsOption.Mode(option, text, Required(name, value))}");
                    break;
                default:
                    throw Bad($"there is no field \"{name}\"; {Grammar}");
            }
        }

        private void SetBind(string name, string? value)
        {
            _only = "bind";
            switch (name)
            {
                case "bind-propagation":
                    _propagation = value is "private" or "rprivate" or "shared" or "rshared" or "slave" or "rslave"
                        ? value
                        : throw Bad("bind-propagation is one of private, rprivate, shared, rshared, slave and rslave");
                    break;
                case "bind-recursive":
                    _recursive = value is "enabled" or "disabled" or "writable" or "readonly"
                        ? value
                        : throw Bad("bind-recursive is one of enabled, disabled, writable and readonly");
                    break;
                case "bind-nonrecursive":
                    _recursive = Flag(name, value) ? "disabled" : "enabled";
                    break;
                default:
                    throw Bad($"there is no field \"{name}\"; bind-propagation and bind-recursive are fields of a bind mount");
            }
        }

        public MountOption ToMount()
        {
            var destination = _destination ?? throw Bad($"the target is missing; {Grammar}");
            if (_only is not null && _only != _type)
            {
                throw Bad($"fields of a {_only} mount do not go with type={_type}");
            }

            return _type switch
            {
                "bind" => new MountOption("bind", BindSource(), destination, BindWords(), CreateSource: false),
                "tmpfs" when _source is not null => throw Bad("a tmpfs has no source"),
                "tmpfs" => new MountOption("tmpfs", "tmpfs", destination, [.. _tmpfs, .. ReadOnlyWord()], CreateSource: false),
                _ => new MountOption("volume", _source is null ? "" : VolumeOption.VolumeName(option, text, _source), destination, [.. ReadOnlyWord(), .. NoCopyWord()], CreateSource: false),
            };
        }

        private string BindSource()
            => _source is null ? throw Bad("a bind mount needs source=, a path of the host") : Path.GetFullPath(_source);

        private List<string> BindWords()
        {
            List<string> words = [_recursive == "disabled" ? "bind" : "rbind"];
            if (_readOnly)
            {
                words.AddRange(_recursive == "writable" ? ["ro"] : VolumeOption.ReadOnlyBind);
            }
            else if (_recursive == "readonly")
            {
                throw Bad("bind-recursive=readonly needs readonly");
            }

            words.Add(_propagation);
            return words;
        }

        private string[] ReadOnlyWord() => _readOnly ? ["ro"] : [];

        private string[] NoCopyWord() => _noCopy ? ["nocopy"] : [];

        private string Required(string name, string? value)
            => string.IsNullOrEmpty(value) ? throw Bad($"{name} needs a value") : value;

        private bool Flag(string name, string? value) => value switch
        {
            null or "true" or "1" => true,
            "false" or "0" => false,
            _ => throw Bad($"{name} is true or false"),
        };

        private OptionException Bad(string reason) => new(option, text, reason);
    }
}
