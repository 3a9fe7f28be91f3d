using System.Diagnostics;
using System.Text;

namespace MyDocker.Containers.Tests.Harness;

/// <summary>How a command ended and what it wrote.</summary>
public sealed record Result(int ExitCode, byte[] OutBytes, string Err)
{
    public string Out { get; } = Encoding.UTF8.GetString(OutBytes);

    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Fails the test, with all that was written, if the exit code is another.</summary>
    public Result Is(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}\nstdout ({OutBytes.Length} bytes): {(Out.Length > 4000 ? Out[..4000] : Out).Replace('\0', '.')}\nstderr: {Err}");
        return this;
    }
}

/// <summary>A command that runs; its output is collected.</summary>
public sealed class Running : IDisposable
{
    private readonly Process _process;
    private readonly MemoryStream _out = new();
    private readonly StringBuilder _err = new();
    private readonly Thread[] _readers;
    private bool _disposed;

    public Running(Process process)
    {
        _process = process;
        _readers = [Read(process.StandardOutput.BaseStream, bytes => _out.Write(bytes)), Read(process.StandardError.BaseStream, bytes => _err.Append(Encoding.UTF8.GetString(bytes)))];
    }

    public int Pid => _process.Id;

    public bool IsDisposed => _disposed;

    public bool HasExited => _process.HasExited;

    public Stream Input => _process.StandardInput.BaseStream;

    public string Out
    {
        get
        {
            lock (_lock)
            {
                return Encoding.UTF8.GetString(_out.ToArray());
            }
        }
    }

    public string Err
    {
        get
        {
            lock (_lock)
            {
                return _err.ToString();
            }
        }
    }

    private readonly Lock _lock = new();

    /// <summary>Waits until its standard output has this text.</summary>
    public void Shows(string text)
        => Wait.Until(() => Out.Contains(text, StringComparison.Ordinal) || (HasExited && Failed($"ended with {_process.ExitCode} without \"{text}\": {Out} {Err}")), $"\"{text}\" in the output: {Out} {Err}");

    public void Signal(int signal) => Signals.Send(Pid, signal);

    public Result End(int seconds = 60)
    {
        if (!_process.WaitForExit(TimeFactor.Seconds(seconds)))
        {
            _process.Kill();
            Assert.Fail($"did not end within {seconds * TimeFactor.Value} s: {_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}\nstdout: {Out}\nstderr: {Err}");
        }

        foreach (var reader in _readers)
        {
            Assert.True(reader.Join(TimeFactor.Seconds(30)), "the command has ended, and somebody else still holds its output open");
        }

        return new Result(_process.ExitCode, _out.ToArray(), _err.ToString());
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static bool Failed(string why)
    {
        Assert.Fail(why);
        return false;
    }

    private Thread Read(Stream stream, Action<byte[]> take)
    {
        var thread = new Thread(() =>
        {
            var buffer = new byte[65536];
            try
            {
                for (int count; (count = stream.Read(buffer)) > 0;)
                {
                    lock (_lock)
                    {
                        take(buffer[..count]);
                    }
                }
            }
            catch (IOException)
            {
            }
            catch (ObjectDisposedException)
            {
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }
}

/// <summary>Runs programs of the host.</summary>
public static class Tool
{
    public static Running Start(string program, IEnumerable<string> arguments, byte[]? input = null, string? directory = null, IReadOnlyDictionary<string, string>? environment = null, bool keepInput = false)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = directory ?? "/" };
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("MYDOCKER", StringComparison.Ordinal)).ToArray())
        {
            info.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        var process = Process.Start(info)!;
        var running = new Running(process);
        if (input is not null)
        {
            var stream = process.StandardInput; // not asked for by the thread: the process may be disposed of by then
            new Thread(() =>
            {
                try
                {
                    stream.BaseStream.Write(input);
                    stream.Close();
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException)
                {
                    // it read no more
                }
            })
            { IsBackground = true }.Start();
        }
        else if (!keepInput)
        {
            process.StandardInput.Close();
        }

        return running;
    }

    public static Result Run(string program, params string[] arguments)
    {
        using var running = Start(program, arguments);
        return running.End();
    }

    /// <summary>A line for sh; must succeed.</summary>
    public static string Shell(string script) => Run("/bin/sh", "-c", script).Is(0).Out;
}

/// <summary>Signals to processes that we started.</summary>
public static class Signals
{
    public const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGKILL = 9, SIGUSR1 = 10, SIGTERM = 15, SIGSTOP = 19, SIGCONT = 18;

    public static void Send(int pid, int signal)
    {
        Assert.True(pid > 1);
        Kernel.Syscalls.Syscall.Invoke(Kernel.Syscalls.Nr.kill, pid, signal);
    }
}
