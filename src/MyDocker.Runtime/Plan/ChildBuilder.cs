using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// The verbs in which the child's program is written: each appends a few system calls. Paths inside the container's root
/// are resolved by the kernel relative to the root's descriptor (openat2, RESOLVE_IN_ROOT), never as host paths.
/// </summary>
public sealed unsafe class ChildBuilder(SyscallProgram program)
{
    internal const ulong InRoot = OpenHow.RESOLVE_IN_ROOT | OpenHow.RESOLVE_NO_MAGICLINKS;

    private readonly byte* _empty = program.Text("");

    public SyscallProgram Program { get; } = program;

    /// <summary>The container's root directory, once it is mounted.</summary>
    public Cell Root { get; } = program.NewCell();

    public byte* Empty => _empty;

    /// <summary>Takes the child's own root as the container's: it has joined a container's mount namespace.</summary>
    public void OpenOwnRoot()
        => Program.Add("open root file system", "/", Nr.openat, AT_FDCWD, Program.Text("/"), O_PATH | O_DIRECTORY | O_CLOEXEC).Into(Root);

    /// <summary>Opens a path inside the root into a new cell.</summary>
    public SyscallProgram.Step OpenInRoot(string path, int flags, out Cell cell, string operation = "open", ulong resolve = InRoot, int mode = 0)
        => OpenAt(Root, path, flags, out cell, operation, resolve, mode);

    /// <summary>Opens a path relative to a directory, resolved as <paramref name="resolve"/> says.</summary>
    public SyscallProgram.Step OpenAt(Cell directory, string path, int flags, out Cell cell, string operation = "open", ulong resolve = InRoot, int mode = 0)
    {
        cell = Program.NewCell();
        return OpenAt(directory, path, flags, cell, operation, resolve, mode);
    }

    private SyscallProgram.Step OpenAt(Cell directory, string path, int flags, Cell cell, string operation, ulong resolve, int mode = 0)
    {
        var how = Program.Arena.Copy(new OpenHow { Flags = (ulong)(uint)(flags | O_CLOEXEC), Mode = (ulong)mode, Resolve = resolve });
        return Program.Add(operation, path, Nr.openat2, directory, Program.Text(path.Length == 0 ? "." : path), Arg.Address(how), sizeof(OpenHow)).Into(cell);
    }

    /// <summary>
    /// Opens a directory inside the root, made with its missing parents if it is not there. An existing one costs one call.
    /// </summary>
    /// <param name="found">filled in for a directory that was there; null: nobody wants to know.</param>
    public Cell EnsureDirectory(string path, int mode = 0x1ED /* 0755 */, ulong resolve = InRoot, Stat* found = null)
    {
        var open = OpenInRoot(path, O_PATH | O_DIRECTORY, out var cell, "open mount point", resolve).Tolerate(Errno.ENOENT);
        MakeParents(path, out var parent, out var name, resolve);
        Program.Add("create directory", path, Nr.mkdirat, parent, Program.Text(name), mode).Tolerate(Errno.EEXIST);
        var made = OpenAt(Root, path, O_PATH | O_DIRECTORY, cell, "open mount point", resolve);
        open.SkipsTo(Program.Count);
        if (found != null)
        {
            Program.Add("look at", path, Nr.statx, cell, _empty, AT_EMPTY_PATH, Stat.BasicStats, Arg.Address(found));
            made.SkipsTo(Program.Count);
        }

        return cell;
    }

    /// <summary>Opens a file inside the root (as a mount point), made empty with its missing parents if it is not there.</summary>
    public Cell EnsureFile(string path)
    {
        var found = OpenInRoot(path, O_PATH, out var cell, "open mount point").Tolerate(Errno.ENOENT);
        MakeParents(path, out var parent, out var name, InRoot);
        Program.Add("create file", path, Nr.mknodat, parent, Program.Text(name), Stat.S_IFREG | 0x1A4, 0).Tolerate(Errno.EEXIST);
        OpenAt(Root, path, O_PATH, cell, "open mount point", InRoot);
        found.SkipsTo(Program.Count);
        return cell;
    }

    private void MakeParents(string path, out Cell parent, out string name, ulong resolve)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        parent = Root;
        name = parts.Length == 0 ? "." : parts[^1];
        var built = "";
        for (var i = 0; i < parts.Length - 1; i++)
        {
            Program.Add("create directory", parts[i], Nr.mkdirat, parent, Program.Text(parts[i]), 0x1ED).Tolerate(Errno.EEXIST);
            built = $"{built}/{parts[i]}";
            OpenInRoot(built, O_PATH | O_DIRECTORY, out parent, "open", resolve);
        }
    }

    /// <summary>Makes a detached mount of a new file system: fsopen, fsconfig per word, fsmount.</summary>
    public Cell NewMount(string type, string source, IReadOnlyList<string> data, ulong attributes, string target)
    {
        var text = $"{type} on {target}";
        var context = Program.NewCell();
        var mount = Program.NewCell();
        Program.Add("mount (fsopen)", text, Nr.fsopen, Program.Text(type), FSOPEN_CLOEXEC).Into(context);
        if (source.Length > 0)
        {
            Configure(context, FSCONFIG_SET_STRING, "source", source, text);
        }

        Configure(context, data, text);
        Program.Add("mount", text, Nr.fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
        Program.Add("mount (fsmount)", text, Nr.fsmount, context, FSMOUNT_CLOEXEC, (long)attributes).Into(mount);
        return mount;
    }

    /// <summary>Sets options of a file system, "key=value" or a word alone.</summary>
    public void Configure(Cell context, IReadOnlyList<string> words, string text)
    {
        foreach (var word in words)
        {
            var equals = word.IndexOf('=');
            if (equals < 0)
            {
                Configure(context, FSCONFIG_SET_FLAG, word, null, text);
            }
            else
            {
                Configure(context, FSCONFIG_SET_STRING, word[..equals], word[(equals + 1)..], text);
            }
        }
    }

    public void Configure(Cell context, int command, string key, string? value, string text)
        => Program.Add(value is null ? $"mount option {key} of" : $"mount option {key}={value} of", text, Nr.fsconfig, context, command, Program.Text(key), value is null ? (Arg)0 : Program.Text(value), 0);

    /// <summary>Puts a detached mount on an open directory or file.</summary>
    public SyscallProgram.Step Attach(Cell mount, Cell target, string what, string path)
        => Program.Add($"mount {what} on", path, Nr.move_mount, mount, _empty, target, _empty, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

    /// <summary>Puts a detached mount on its place.</summary>
    internal SyscallProgram.Step Attach(Cell mount, Place place, string what, string path)
        => Program.Add($"mount {what} on", path, Nr.move_mount, mount, _empty, place.Directory, place.Name, MOVE_MOUNT_F_EMPTY_PATH | (place.IsOpen ? MOVE_MOUNT_T_EMPTY_PATH : 0));

    /// <summary>Copies the mount below a descriptor into a detached one of its own.</summary>
    public Cell CloneMount(Cell of, bool recursive, string path) => CloneMount(of, recursive, path, Program.NewCell());

    public Cell CloneMount(Cell of, bool recursive, string path, Cell cell)
    {
        Program.Add("open tree", path, Nr.open_tree, of, _empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0)).Into(cell);
        return cell;
    }

    /// <summary>The same by a path of the host, while that is in sight.</summary>
    public void CloneHostMount(string path, bool recursive, Cell into, bool followLinks = true)
        => Program.Add("open tree", path, Nr.open_tree, AT_FDCWD, Program.Text(path), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (followLinks ? 0 : AT_SYMLINK_NOFOLLOW)).Into(into);

    public SyscallProgram.Step SetAttributes(Cell mount, in MountAttr attributes, bool recursive, string operation, string path)
        => Program.Add(operation, path, Nr.mount_setattr, mount, _empty, AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), Arg.Address(Program.Arena.Copy(attributes)), sizeof(MountAttr));

    /// <summary>Writes a text to an open file.</summary>
    public SyscallProgram.Step Write(Cell file, string text, string operation, string target)
        => Program.Add(operation, target, Nr.write, file, Program.Text(text), System.Text.Encoding.UTF8.GetByteCount(text));
}
