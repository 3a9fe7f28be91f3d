using System.Globalization;
using System.Text;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Validation;

/// <summary>
/// Looks at a whole config.json before anything is made of it: what is missing, out of range, unknown, or does not go together is
/// a <see cref="SpecException"/> with the JSON path of the field. Unknown fields are nobody's business (runtime-spec,
/// "Extensibility"); types are checked by the reader. Asks the host no more than which security modules it has.
/// </summary>
public static class SpecValidation
{
    /// <summary>__NEW_UTS_LEN of the kernel, in bytes.</summary>
    private const int LongestHostname = 64;

    /// <param name="spec">the configuration.</param>
    /// <param name="warn">takes what is accepted without effect.</param>
    /// <exception cref="SpecException">the first field that cannot be.</exception>
    public static void Check(RuntimeSpec spec, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        CheckVersion(spec.OciVersion);
        if (string.IsNullOrEmpty(spec.Root?.Path))
        {
            throw new SpecException("root.path", "is required; give the directory of the root file system");
        }

        ProcessValidation.Check(spec.Process ?? throw new SpecException("process", "is required to start a container"), "process", warn);
        if (spec.Process.User.AdditionalGids is { Count: > 0 } && Syscall.Invoke(Nr.geteuid) != 0 && spec.Linux?.GidMappings is not { Count: > 1 })
        {
            throw new SpecException("process.user.additionalGids", "needs root, or linux.gidMappings with more than one's own group: who maps only that one can give no groups (user_namespaces(7), setgroups)");
        }

        CheckName("hostname", spec.Hostname, spec);
        CheckName("domainname", spec.Domainname, spec);
        if (!string.IsNullOrEmpty(spec.Domainname) && spec.Linux?.Sysctl?.GetValueOrDefault("kernel.domainname") is { } other && other != spec.Domainname)
        {
            throw new SpecException("linux.sysctl.kernel.domainname", $"is \"{other}\", and the field domainname says \"{spec.Domainname}\"; give one");
        }

        CheckMounts(spec.Mounts ?? []);
        CheckHooks(spec.Hooks);
        if (spec.Annotations?.ContainsKey("") == true)
        {
            throw new SpecException("annotations", "a key is empty");
        }

        LinuxValidation.Check(spec, warn);
    }

    /// <summary>Semantic versioning 2.0.0; every 1.x is one specification to us, since a minor version only adds.</summary>
    private static void CheckVersion(string version)
    {
        if (version.Length == 0)
        {
            throw new SpecException("ociVersion", $"is required; the newest known is {RuntimeSpec.CurrentVersion}");
        }

        var end = version.AsSpan().IndexOfAny('-', '+');
        var numbers = (end < 0 ? version : version[..end]).Split('.');
        if (numbers.Length != 3 || !numbers.All(number => uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _) && (number == "0" || number[0] != '0')))
        {
            throw new SpecException("ociVersion", $"\"{version}\" is no version in the form of 1.3.0 (semantic versioning 2.0.0)");
        }

        if (numbers[0] != "1")
        {
            throw new SpecException("ociVersion", $"{version} is not supported; 1.0.0 to {RuntimeSpec.CurrentVersion} are");
        }
    }

    private static void CheckName(string field, string? name, RuntimeSpec spec)
    {
        if (string.IsNullOrEmpty(name))
        {
            return;
        }

        if (Encoding.UTF8.GetByteCount(name) > LongestHostname)
        {
            throw new SpecException(field, $"is longer than {LongestHostname} bytes");
        }

        Text.RefuseNul(field, name);
        if (spec.Linux?.Namespaces?.Any(entry => entry.Type == "uts") != true)
        {
            throw new SpecException(field, "needs a uts namespace of the container's own: setting it would change the host");
        }
    }

    private static void CheckMounts(List<MountSpec> mounts)
    {
        for (var i = 0; i < mounts.Count; i++)
        {
            var path = $"mounts[{i}]";
            if (mounts[i].Destination.Length == 0)
            {
                throw new SpecException($"{path}.destination", "is required; give an absolute path in the container");
            }

            Text.RefuseNul($"{path}.destination", mounts[i].Destination);
            Text.RefuseNul($"{path}.source", mounts[i].Source);
            Text.RefuseNul($"{path}.type", mounts[i].Type);
        }
    }

    private static void CheckHooks(Hooks? hooks)
    {
        CheckHooks("prestart", hooks?.Prestart);
        CheckHooks("createRuntime", hooks?.CreateRuntime);
        CheckHooks("createContainer", hooks?.CreateContainer);
        CheckHooks("startContainer", hooks?.StartContainer);
        CheckHooks("poststart", hooks?.Poststart);
        CheckHooks("poststop", hooks?.Poststop);
    }

    private static void CheckHooks(string kind, List<Hook>? hooks)
    {
        for (var i = 0; i < (hooks?.Count ?? 0); i++)
        {
            var path = $"hooks.{kind}[{i}]";
            var hook = hooks![i];
            if (!hook.Path.StartsWith('/'))
            {
                throw new SpecException($"{path}.path", hook.Path.Length == 0 ? "is required; give an absolute path" : $"\"{hook.Path}\" is not an absolute path");
            }

            Text.RefuseNul($"{path}.path", hook.Path);
            Text.RefuseNul($"{path}.args", hook.Args);
            Text.RefuseNul($"{path}.env", hook.Env);
            if (hook.Timeout is <= 0)
            {
                throw new SpecException($"{path}.timeout", $"{hook.Timeout} is not above 0; it is in seconds");
            }
        }
    }
}

/// <summary>What the kernel takes as a C string must not have an end within.</summary>
internal static class Text
{
    public static void RefuseNul(string path, string? text)
    {
        if (text?.Contains('\0', StringComparison.Ordinal) == true)
        {
            throw new SpecException(path, "contains a NUL character");
        }
    }

    public static void RefuseNul(string path, List<string>? texts)
    {
        for (var i = 0; i < (texts?.Count ?? 0); i++)
        {
            RefuseNul($"{path}[{i}]", texts![i]);
        }
    }
}
