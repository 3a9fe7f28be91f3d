using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>A file without a name that lies in memory (memfd_create(2)).</summary>
public static class MemoryFile
{
    private const int MFD_CLOEXEC = 1;
    private const int MFD_ALLOW_SEALING = 2;
    private const int MFD_EXEC = 0x10;
    private const int F_ADD_SEALS = 1033;
    private const int F_GET_SEALS = 1034;

    /// <summary>F_SEAL_SEAL, _SHRINK, _GROW and _WRITE: nobody changes the content any more, whoever has a descriptor.</summary>
    private const int AllSeals = 0xF;

    /// <param name="name">shows in /proc only.</param>
    /// <param name="executable">it can be sealed, and executed whatever vm.memfd_noexec says (6.3).</param>
    public static Fd Create(string name, bool executable = false)
    {
        using var text = new Utf8Z(name, stackalloc byte[Utf8Z.Inline]);
        var flags = MFD_CLOEXEC | (executable ? MFD_ALLOW_SEALING : 0);
        var result = Syscall.Invoke(Nr.memfd_create, text.Address, flags | (executable ? MFD_EXEC : 0));
        if (executable && Syscall.ErrnoOf(result) == Errno.EINVAL)
        {
            result = Syscall.Invoke(Nr.memfd_create, text.Address, flags);
        }

        return new Fd((int)Syscall.Check(result, "create", "memory file"));
    }

    public static Errno TrySeal(Fd file) => Syscall.ErrnoOf(Syscall.Invoke(Nr.fcntl, file.Number, F_ADD_SEALS, AllSeals));

    /// <summary>Whether a file lies in memory and can never change again.</summary>
    public static bool IsSealed(Fd file) => Syscall.Invoke(Nr.fcntl, file.Number, F_GET_SEALS) is >= 0 and var seals && (seals & AllSeals) == AllSeals;

    /// <summary>All that was written.</summary>
    public static byte[] Content(Fd file)
    {
        Syscall.Invoke(Nr.lseek, file.Number, 0, 0);
        var content = new byte[(int)Files.StatOf(file).Size];
        var length = 0;
        int count;
        while (length < content.Length && (count = Files.Read(file, content.AsSpan(length))) > 0)
        {
            length += count;
        }

        return content[..length];
    }
}
