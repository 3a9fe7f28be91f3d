using System.Globalization;
using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// linux.uidMappings, linux.gidMappings (user_namespaces(7)): written by the parent, when the child's user namespace exists.
/// A parent that is not root has newuidmap(1) and newgidmap(1) do it, which look into /etc/subuid and /etc/subgid.
/// </summary>
internal static class IdMapSteps
{
    /// <summary>Where set-user-ID programs are looked for: never along a PATH that the caller chose.</summary>
    private static string[] Directories => ["/usr/bin", "/usr/local/bin", "/bin"];

    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        var linux = request.Spec.Linux;
        if (NamespaceSteps.IsNew(request.Spec, "user"))
        {
            AddMap(plan, "uid", linux!.UidMappings ?? [], request.IsRootless);
            AddMap(plan, "gid", linux.GidMappings ?? [], request.IsRootless);
        }
        else if (NamespaceSteps.PathOf(request.Spec, "user") is not null)
        {
            AddComparison(plan, "uid", linux!.UidMappings);
            AddComparison(plan, "gid", linux.GidMappings);
        }
    }

    private static void AddMap(LaunchPlan plan, string kind, List<LinuxIDMapping> mappings, bool isRootless)
    {
        var text = MapText(mappings);
        plan.Host(HostPhase.AfterClone, $"write {kind} map", text.Trim().Replace("\n", ", ", StringComparison.Ordinal), state =>
        {
            if (isRootless)
            {
                WriteWithoutPrivileges(state.Pid, kind, mappings, text);
            }
            else
            {
                Write($"/proc/{state.Pid}/{kind}_map", text);
            }
        });
    }

    /// <summary>containerd and CRI-O name a user namespace and repeat its mappings. They must be the namespace's: files are owned by them.</summary>
    private static void AddComparison(LaunchPlan plan, string kind, List<LinuxIDMapping>? mappings)
    {
        if (mappings is not { Count: > 0 })
        {
            return;
        }

        plan.Host(HostPhase.AfterClone, $"compare {kind} map", MapText(mappings).Trim().Replace("\n", ", ", StringComparison.Ordinal), state =>
        {
            var words = Files.ReadText($"/proc/{state.Pid}/{kind}_map").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            if (!words.SequenceEqual(MapText(mappings).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)))
            {
                throw new SpecException($"linux.{kind}Mappings", "differ from those of the user namespace that linux.namespaces names; leave them out");
            }
        });
    }

    private static string MapText(List<LinuxIDMapping> mappings)
    {
        var text = new StringBuilder();
        foreach (var mapping in mappings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{mapping.ContainerID} {mapping.HostID} {mapping.Size}\n");
        }

        return text.ToString();
    }

    private static void WriteWithoutPrivileges(int pid, string kind, List<LinuxIDMapping> mappings, string text)
    {
        var own = (uint)Syscall.Invoke(kind == "uid" ? Nr.geteuid : Nr.getegid);
        if (mappings is [{ Size: 1 } only] && only.HostID == own)
        {
            if (kind == "gid")
            {
                Write($"/proc/{pid}/setgroups", "deny"); // else an unprivileged process could leave groups that deny it access (CVE-2014-8989)
            }

            Write($"/proc/{pid}/{kind}_map", text);
            return;
        }

        var program = Directories.Select(directory => $"{directory}/new{kind}map").FirstOrDefault(path => Files.Exists(path))
            ?? throw new SpecException($"linux.{kind}Mappings", $"new{kind}map is not installed, and without root only it can map more than one's own id");
        string[] arguments = [$"new{kind}map", Number((uint)pid), .. mappings.SelectMany(mapping => new[] { Number(mapping.ContainerID), Number(mapping.HostID), Number(mapping.Size) })];
        using var process = PidFd.Open(Spawn.Start(new SpawnRequest(program, arguments)));
        if (process.Wait() is var exit && exit.ShellCode != 0)
        {
            throw new SpecException($"linux.{kind}Mappings", $"new{kind}map failed with exit code {exit.ShellCode}; see /etc/sub{kind}");
        }
    }

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Write(string path, string text)
    {
        var errno = Files.TryWriteExisting(path, text);
        if (errno != Errno.None)
        {
            throw new KernelException("write", path, errno);
        }
    }
}
