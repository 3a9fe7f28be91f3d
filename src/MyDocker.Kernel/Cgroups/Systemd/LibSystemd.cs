using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Cgroups.Systemd;

/// <summary>
/// libsystemd (sd-bus(3)), the calls in use: none with variable arguments. The library is loaded by the first of them, so
/// that who has no systemd pays nothing.
/// </summary>
internal static unsafe partial class LibSystemd
{
    public const string FileName = "libsystemd.so.0";

    [LibraryImport(FileName)]
    public static partial int sd_bus_open_system(nint* bus);

    [LibraryImport(FileName)]
    public static partial int sd_bus_open_user(nint* bus);

    [LibraryImport(FileName)]
    public static partial int sd_bus_new(nint* bus);

    [LibraryImport(FileName)]
    public static partial int sd_bus_set_address(nint bus, nint address);

    [LibraryImport(FileName)]
    public static partial int sd_bus_start(nint bus);

    [LibraryImport(FileName)]
    public static partial nint sd_bus_flush_close_unref(nint bus);

    [LibraryImport(FileName)]
    public static partial int sd_bus_message_new_method_call(nint bus, nint* message, nint destination, nint path, nint @interface, nint member);

    [LibraryImport(FileName)]
    public static partial int sd_bus_message_append_basic(nint message, byte type, nint value);

    [LibraryImport(FileName)]
    public static partial int sd_bus_message_append_array(nint message, byte type, nint items, nuint size);

    [LibraryImport(FileName)]
    public static partial int sd_bus_message_open_container(nint message, byte type, nint contents);

    [LibraryImport(FileName)]
    public static partial int sd_bus_message_close_container(nint message);

    [LibraryImport(FileName)]
    public static partial int sd_bus_call(nint bus, nint message, ulong timeout, BusError* error, nint* reply);

    [LibraryImport(FileName)]
    public static partial int sd_bus_process(nint bus, nint* message);

    [LibraryImport(FileName)]
    public static partial int sd_bus_wait(nint bus, ulong timeout);

    [LibraryImport(FileName)]
    public static partial int sd_bus_message_is_signal(nint message, nint @interface, nint member);

    [LibraryImport(FileName)]
    public static partial int sd_bus_message_read_basic(nint message, byte type, nint value);

    [LibraryImport(FileName)]
    public static partial int sd_bus_message_enter_container(nint message, byte type, nint contents);

    [LibraryImport(FileName)]
    public static partial nint sd_bus_message_unref(nint message);

    [LibraryImport(FileName)]
    public static partial void sd_bus_error_free(BusError* error);

    /// <summary>struct sd_bus_error.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BusError
    {
        public nint Name;
        public nint Message;
        public int NeedFree;
    }
}
