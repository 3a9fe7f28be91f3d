using MyDocker.Oci.Json;

namespace MyDocker.Oci.Runtime.Reading;

/// <summary>Reads the records of LinuxSeccomp.cs: the filter of system calls.</summary>
internal static class SeccompReading
{
    public static LinuxSeccomp? Seccomp(ref JsonCursor json) => json.Record(new LinuxSeccomp(), static (seccomp, name, ref json) =>
    {
        switch (name)
        {
            case "defaultAction": seccomp.DefaultAction = json.Text(); break;
            case "defaultErrnoRet": seccomp.DefaultErrnoRet = json.UIntOrNull(); break;
            case "architectures": seccomp.Architectures = json.Texts(); break;
            case "flags": seccomp.Flags = json.Texts(); break;
            case "listenerPath": seccomp.ListenerPath = json.TextOrNull(); break;
            case "listenerMetadata": seccomp.ListenerMetadata = json.TextOrNull(); break;
            case "syscalls": seccomp.Syscalls = json.List(Syscall); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxSyscall? Syscall(ref JsonCursor json) => json.Record(new LinuxSyscall(), static (syscall, name, ref json) =>
    {
        switch (name)
        {
            case "names": syscall.Names = json.Texts(); break;
            case "action": syscall.Action = json.Text(); break;
            case "errnoRet": syscall.ErrnoRet = json.UIntOrNull(); break;
            case "args": syscall.Args = json.List(SeccompArg); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxSeccompArg? SeccompArg(ref JsonCursor json) => json.Record(new LinuxSeccompArg(), static (seccompArg, name, ref json) =>
    {
        switch (name)
        {
            case "index": seccompArg.Index = json.UInt(); break;
            case "value": seccompArg.Value = json.ULong(); break;
            case "valueTwo": seccompArg.ValueTwo = json.ULongOrNull(); break;
            case "op": seccompArg.Op = json.Text(); break;
            default: json.Unknown(); break;
        }
    });
}
