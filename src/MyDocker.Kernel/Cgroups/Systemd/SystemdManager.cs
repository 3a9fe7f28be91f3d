using System.Diagnostics;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Cgroups.Systemd.LibSystemd;

namespace MyDocker.Kernel.Cgroups.Systemd;

/// <summary>
/// systemd's manager (org.freedesktop.systemd1(5)): the host's, or that of a user. Starts no thread. Errors are
/// <see cref="SystemdException"/>.
/// </summary>
public sealed unsafe class SystemdManager : IDisposable
{
    public const string UnitExists = "org.freedesktop.systemd1.UnitExists";
    public const string NoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";

    private const string HostSocket = "/run/systemd/private";
    private const string Destination = "org.freedesktop.systemd1";
    private const string ObjectPath = "/org/freedesktop/systemd1";
    private const string Manager = "org.freedesktop.systemd1.Manager";
    private const ulong CallTimeout = 30_000_000; // µs
    private const int JobTimeout = 30_000; // ms

    private readonly nint _bus;

    private SystemdManager(nint bus) => _bus = bus;

    /// <summary>Whether this host was booted with systemd (sd_booted(3)).</summary>
    public static bool IsBooted => Files.TryStat("/run/systemd/system", out var stat, followLinks: false) == Errno.None && stat.IsDirectory;

    /// <summary>
    /// Whether the manager that this process may ask is its user's: it is not root, or root of a user namespace only, to whom the
    /// host's manager belongs to nobody it knows (rootless podman).
    /// </summary>
    public static bool IsUsers
        => !Environment.IsPrivilegedProcess
            || (!UserNamespaces.IsInitial && Files.TryStat(HostSocket, out var stat, followLinks: false) == Errno.None && stat.Uid != 0);

    /// <summary>Connects to the host's manager, or to that of the user who runs this process.</summary>
    public static SystemdManager Open(bool user)
    {
        const string Operation = "connect to systemd";
        if (!IsBooted)
        {
            throw new SystemdException(Operation, "this host was not booted with systemd (there is no /run/systemd/system): leave --systemd-cgroup out");
        }

        try
        {
            var bus = OpenBus(user, out var errno);
            if (bus == 0)
            {
                throw new SystemdException(Operation, errno.Describe() + (user
                    ? "; the user's manager is needed: log in with a session of its own (loginctl enable-linger), and see that XDG_RUNTIME_DIR is set"
                    : "; is dbus running?"));
            }

            var manager = new SystemdManager(bus);
            manager.Subscribe();
            return manager;
        }
        catch (DllNotFoundException)
        {
            throw new SystemdException(Operation, $"{FileName} is not installed: install libsystemd0");
        }
    }

    /// <summary>257, of "257.9-1~deb13u1"; 0 if it cannot be read.</summary>
    public int Version()
    {
        var text = GetManagerText("Version").TrimStart('v');
        var end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return int.TryParse(text.AsSpan(0, end), out var version) ? version : 0;
    }

    /// <summary>The cgroup of the manager itself: "" or "/" for the host's, "/user.slice/…/user@1000.service" for a user's.</summary>
    public string ControlGroup() => GetManagerText("ControlGroup");

    /// <summary>Starts a unit that goes when its last process does, and waits until it is there.</summary>
    public void StartTransientUnit(string unit, IReadOnlyList<UnitProperty> properties)
    {
        var operation = $"start systemd unit {unit}";
        using var message = NewCall(operation, "StartTransientUnit");
        message.Add(unit).Add("replace").Add(properties).AddNone("(sa(sv))");
        using var reply = Call(operation, message);
        var result = WaitForJob(operation, reply.ReadText('o'));
        if (result != "done")
        {
            ResetFailed(unit);
            throw new SystemdException(operation, $"systemd says \"{result}\"; see journalctl -u {unit}");
        }
    }

    /// <summary>Changes properties of a unit for as long as it lives.</summary>
    public void SetProperties(string unit, IReadOnlyList<UnitProperty> properties)
    {
        if (properties.Count > 0)
        {
            var operation = $"set properties of systemd unit {unit}";
            using var message = NewCall(operation, "SetUnitProperties");
            message.Add(unit).Add(value: true).Add(properties);
            Call(operation, message).Dispose();
        }
    }

    /// <summary>Stops a unit, waits for it, and makes systemd forget it. One that is gone is fine.</summary>
    public void Stop(string unit)
    {
        var operation = $"stop systemd unit {unit}";
        try
        {
            using var message = NewCall(operation, "StopUnit");
            message.Add(unit).Add("replace");
            using var reply = Call(operation, message);
            WaitForJob(operation, reply.ReadText('o'));
        }
        catch (SystemdException e) when (e.Name == NoSuchUnit)
        {
            // its last process has ended, and it went with that
        }

        ResetFailed(unit);
    }

    /// <summary>A failed unit stays until somebody has seen it; this says so. False if there is none.</summary>
    public bool ResetFailed(string unit)
    {
        try
        {
            using var message = NewCall("reset systemd unit", "ResetFailedUnit");
            Call("reset systemd unit", message.Add(unit)).Dispose();
            return true;
        }
        catch (SystemdException)
        {
            return false;
        }
    }

    /// <summary>Moves a process into a unit, or into a cgroup below it ("/" or "/name").</summary>
    public void Attach(string unit, string subcgroup, int pid)
    {
        var operation = $"move process {pid} into systemd unit {unit}";
        using var message = NewCall(operation, "AttachProcessesToUnit");
        message.Add(unit).Add(subcgroup).Add([(uint)pid]);
        Call(operation, message).Dispose();
    }

    public void Dispose() => sd_bus_flush_close_unref(_bus);

    /// <summary>
    /// The manager's own socket where this process may use it, as systemctl does: it is there without a D-Bus daemon, and half
    /// the way. Else by way of the bus.
    /// </summary>
    private static nint OpenBus(bool user, out Errno errno)
    {
        var runtimeDirectory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var socket = user ? $"{runtimeDirectory}/systemd/private" : HostSocket;
        nint bus = 0;
        if ((!user || runtimeDirectory is { Length: > 0 }) && sd_bus_new(&bus) >= 0)
        {
            using var address = new Utf8Z("unix:path=" + socket, stackalloc byte[Utf8Z.Inline]);
            if (sd_bus_set_address(bus, address.Address) >= 0 && sd_bus_start(bus) >= 0)
            {
                errno = Errno.None;
                return bus;
            }

            sd_bus_flush_close_unref(bus);
            bus = 0;
        }

        var result = user ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
        errno = result < 0 ? (Errno)(-result) : Errno.None;
        return result < 0 ? 0 : bus;
    }

    /// <summary>Signals of jobs: asked of the manager, and, where there is one, of the bus between.</summary>
    private void Subscribe()
    {
        const string Operation = "subscribe to systemd's signals";
        using var subscribe = NewCall(Operation, "Subscribe");
        Call(Operation, subscribe).Dispose();
        try
        {
            using var match = NewCall(Operation, "AddMatch", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
            Call(Operation, match.Add($"type='signal',interface='{Manager}',member='JobRemoved'")).Dispose();
        }
        catch (SystemdException)
        {
            // the manager's own socket has no bus behind it, and sends everything
        }
    }

    private string GetManagerText(string property)
    {
        var operation = $"ask systemd for {property}";
        using var message = NewCall(operation, "Get", @interface: "org.freedesktop.DBus.Properties");
        message.Add(Manager).Add(property);
        using var reply = Call(operation, message);
        return reply.EnterVariant("s").ReadText();
    }

    private BusMessage NewCall(string operation, string member, string destination = Destination, string path = ObjectPath, string @interface = Manager)
    {
        using var to = new Utf8Z(destination, stackalloc byte[Utf8Z.Inline]);
        using var at = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        using var type = new Utf8Z(@interface, stackalloc byte[Utf8Z.Inline]);
        using var name = new Utf8Z(member, stackalloc byte[Utf8Z.Inline]);
        nint message;
        var result = sd_bus_message_new_method_call(_bus, &message, to.Address, at.Address, type.Address, name.Address);
        return result >= 0 ? new BusMessage(message, operation) : throw new SystemdException(operation, ((Errno)(-result)).Describe());
    }

    private BusMessage Call(string operation, BusMessage message)
    {
        var error = default(BusError);
        nint reply;
        var result = sd_bus_call(_bus, message.Handle, CallTimeout, &error, &reply);
        if (result >= 0)
        {
            return new BusMessage(reply, operation);
        }

        var name = Marshal.PtrToStringUTF8(error.Name);
        var text = Marshal.PtrToStringUTF8(error.Message);
        sd_bus_error_free(&error);
        throw new SystemdException(operation, text ?? ((Errno)(-result)).Describe(), name);
    }

    /// <summary>Waits for the end of a job. Returns its result: done, failed, canceled, timeout, dependency or skipped.</summary>
    private string WaitForJob(string operation, string job)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < JobTimeout)
        {
            nint handle = 0;
            var result = sd_bus_process(_bus, &handle);
            using var message = new BusMessage(handle, operation);
            if (handle != 0 && ResultOf(message, job) is { } text)
            {
                return text;
            }

            result = result == 0 ? sd_bus_wait(_bus, 1_000_000) : result;
            if (result < 0 && result != -(int)Errno.EINTR)
            {
                throw new SystemdException(operation, ((Errno)(-result)).Describe());
            }
        }

        throw new SystemdException(operation, $"no end after {JobTimeout / 1000} s; see systemctl list-jobs");
    }

    private static string? ResultOf(BusMessage message, string job)
    {
        using var type = new Utf8Z(Manager, stackalloc byte[Utf8Z.Inline]);
        using var name = new Utf8Z("JobRemoved", stackalloc byte[Utf8Z.Inline]);
        if (sd_bus_message_is_signal(message.Handle, type.Address, name.Address) <= 0)
        {
            return null;
        }

        message.ReadUInt32(); // its number; the rest: path, unit, result
        var path = message.ReadText('o');
        message.ReadText();
        var result = message.ReadText();
        return path == job ? result : null;
    }
}
