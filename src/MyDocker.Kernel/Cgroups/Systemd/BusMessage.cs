using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Cgroups.Systemd.LibSystemd;

namespace MyDocker.Kernel.Cgroups.Systemd;

/// <summary>A D-Bus message, written or read in the order of its signature.</summary>
internal sealed unsafe class BusMessage(nint handle, string operation) : IDisposable
{
    public nint Handle { get; private set; } = handle;

    public BusMessage Add(string text)
    {
        using var value = new Utf8Z(text, stackalloc byte[Utf8Z.Inline]);
        Check(sd_bus_message_append_basic(Handle, (byte)'s', value.Address));
        return this;
    }

    public BusMessage Add(bool value)
    {
        var number = value ? 1 : 0;
        Check(sd_bus_message_append_basic(Handle, (byte)'b', (nint)(&number)));
        return this;
    }

    public BusMessage Add(ReadOnlySpan<uint> numbers)
    {
        fixed (uint* first = numbers)
        {
            Check(sd_bus_message_append_array(Handle, (byte)'u', (nint)first, (nuint)(numbers.Length * sizeof(uint))));
        }

        return this;
    }

    /// <summary>a(sv)</summary>
    public BusMessage Add(IReadOnlyList<UnitProperty> properties)
    {
        Open('a', "(sv)");
        foreach (var property in properties)
        {
            Open('r', "sv");
            Add(property.Name);
            Open('v', property.Signature);
            AddValue(property);
            Close();
            Close();
        }

        Close();
        return this;
    }

    /// <summary>An empty array.</summary>
    public BusMessage AddNone(string contents)
    {
        Open('a', contents);
        Close();
        return this;
    }

    public string ReadText(char type = 's')
    {
        nint text;
        Check(sd_bus_message_read_basic(Handle, (byte)type, (nint)(&text)));
        return Marshal.PtrToStringUTF8(text) ?? "";
    }

    public uint ReadUInt32()
    {
        uint value;
        Check(sd_bus_message_read_basic(Handle, (byte)'u', (nint)(&value)));
        return value;
    }

    /// <summary>Goes into a variant of a type.</summary>
    public BusMessage EnterVariant(string contents)
    {
        using var signature = new Utf8Z(contents, stackalloc byte[Utf8Z.Inline]);
        Check(sd_bus_message_enter_container(Handle, (byte)'v', signature.Address));
        return this;
    }

    public void Dispose()
    {
        if (Handle != 0)
        {
            sd_bus_message_unref(Handle);
            Handle = 0;
        }
    }

    private void AddValue(UnitProperty property)
    {
        switch (property.Value)
        {
            case bool value:
                Add(value);
                break;
            case string text:
                Add(text);
                break;
            case string[] words:
                Open('a', "s");
                Array.ForEach(words, word => Add(word));
                Close();
                break;
            case uint[] numbers:
                Add(numbers);
                break;
            case byte[] bytes:
                fixed (byte* first = bytes)
                {
                    Check(sd_bus_message_append_array(Handle, (byte)'y', (nint)first, (nuint)bytes.Length));
                }

                break;
            case (string, string)[] pairs:
                Open('a', "(ss)");
                foreach (var (first, second) in pairs)
                {
                    Open('r', "ss");
                    Add(first);
                    Add(second);
                    Close();
                }

                Close();
                break;
            default:
                AddNumber(property);
                break;
        }
    }

    /// <summary>A number of the property's type; the value fits, as it was read as one of that type.</summary>
    private void AddNumber(UnitProperty property)
    {
        ulong buffer = 0;
        switch (property.Value)
        {
            case ulong or uint or ushort or byte:
                buffer = Convert.ToUInt64(property.Value, System.Globalization.CultureInfo.InvariantCulture);
                break;
            case double value:
                buffer = BitConverter.DoubleToUInt64Bits(value);
                break;
            default:
                buffer = (ulong)Convert.ToInt64(property.Value, System.Globalization.CultureInfo.InvariantCulture);
                break;
        }

        // Little-endian: the shorter numbers are at the same address.
        Check(sd_bus_message_append_basic(Handle, (byte)property.Signature[0], (nint)(&buffer)));
    }

    private void Open(char type, string contents)
    {
        using var signature = new Utf8Z(contents, stackalloc byte[Utf8Z.Inline]);
        Check(sd_bus_message_open_container(Handle, (byte)type, signature.Address));
    }

    private void Close() => Check(sd_bus_message_close_container(Handle));

    private void Check(int result)
    {
        if (result < 0)
        {
            throw new SystemdException(operation, ((Errno)(-result)).Describe());
        }
    }
}
