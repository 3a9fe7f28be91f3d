using MyDocker.Oci.Json;

namespace MyDocker.Oci.Runtime.Reading;

/// <summary>Reads the records of ProcessSpec.cs: the process.</summary>
internal static class ProcessReading
{
    public static ProcessSpec? Process(ref JsonCursor json) => json.Record(new ProcessSpec(), static (process, name, ref json) =>
    {
        switch (name)
        {
            case "terminal": process.Terminal = json.Bool(); break;
            case "consoleSize": process.ConsoleSize = ConsoleSize(ref json); break;
            case "user": process.User = JsonCursor.Required(User(ref json)); break;
            case "args": process.Args = json.Texts(); break;
            case "env": process.Env = json.Texts(); break;
            case "cwd": process.Cwd = json.Text(); break;
            case "capabilities": process.Capabilities = Capabilities(ref json); break;
            case "rlimits": process.Rlimits = json.List(Rlimit); break;
            case "noNewPrivileges": process.NoNewPrivileges = json.Bool(); break;
            case "apparmorProfile": process.ApparmorProfile = json.TextOrNull(); break;
            case "oomScoreAdj": process.OomScoreAdj = json.IntOrNull(); break;
            case "scheduler": process.Scheduler = Scheduler(ref json); break;
            case "selinuxLabel": process.SelinuxLabel = json.TextOrNull(); break;
            case "ioPriority": process.IoPriority = IOPriority(ref json); break;
            case "execCPUAffinity": process.ExecCPUAffinity = CPUAffinity(ref json); break;
            default: json.Unknown(); break;
        }
    });

    public static ConsoleSize? ConsoleSize(ref JsonCursor json) => json.Record(new ConsoleSize(), static (consoleSize, name, ref json) =>
    {
        switch (name)
        {
            case "height": consoleSize.Height = json.UInt(); break;
            case "width": consoleSize.Width = json.UInt(); break;
            default: json.Unknown(); break;
        }
    });

    public static UserSpec? User(ref JsonCursor json) => json.Record(new UserSpec(), static (user, name, ref json) =>
    {
        switch (name)
        {
            case "uid": user.Uid = json.UInt(); break;
            case "gid": user.Gid = json.UInt(); break;
            case "umask": user.Umask = json.UIntOrNull(); break;
            case "additionalGids": user.AdditionalGids = json.List(static (ref json) => json.UInt()); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxCapabilities? Capabilities(ref JsonCursor json) => json.Record(new LinuxCapabilities(), static (capabilities, name, ref json) =>
    {
        switch (name)
        {
            case "bounding": capabilities.Bounding = json.Texts(); break;
            case "effective": capabilities.Effective = json.Texts(); break;
            case "inheritable": capabilities.Inheritable = json.Texts(); break;
            case "permitted": capabilities.Permitted = json.Texts(); break;
            case "ambient": capabilities.Ambient = json.Texts(); break;
            default: json.Unknown(); break;
        }
    });

    public static Rlimit? Rlimit(ref JsonCursor json) => json.Record(new Rlimit(), static (rlimit, name, ref json) =>
    {
        switch (name)
        {
            case "type": rlimit.Type = json.Text(); break;
            case "hard": rlimit.Hard = json.ULong(); break;
            case "soft": rlimit.Soft = json.ULong(); break;
            default: json.Unknown(); break;
        }
    });

    public static Scheduler? Scheduler(ref JsonCursor json) => json.Record(new Scheduler(), static (scheduler, name, ref json) =>
    {
        switch (name)
        {
            case "policy": scheduler.Policy = json.Text(); break;
            case "nice": scheduler.Nice = json.IntOrNull(); break;
            case "priority": scheduler.Priority = json.IntOrNull(); break;
            case "flags": scheduler.Flags = json.Texts(); break;
            case "runtime": scheduler.Runtime = json.ULongOrNull(); break;
            case "deadline": scheduler.Deadline = json.ULongOrNull(); break;
            case "period": scheduler.Period = json.ULongOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static IOPriority? IOPriority(ref JsonCursor json) => json.Record(new IOPriority(), static (priority, name, ref json) =>
    {
        switch (name)
        {
            case "class": priority.Class = json.Text(); break;
            case "priority": priority.Priority = json.Int(); break;
            default: json.Unknown(); break;
        }
    });

    public static CPUAffinity? CPUAffinity(ref JsonCursor json) => json.Record(new CPUAffinity(), static (affinity, name, ref json) =>
    {
        switch (name)
        {
            case "initial": affinity.Initial = json.TextOrNull(); break;
            case "final": affinity.Final = json.TextOrNull(); break;
            default: json.Unknown(); break;
        }
    });
}
