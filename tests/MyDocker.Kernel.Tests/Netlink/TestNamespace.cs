using System.Diagnostics;
using System.Runtime.ExceptionServices;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests;

/// <summary>
/// A network namespace without a name: it lives for as long as its descriptor is open, and everything in it goes with it,
/// so a test can leave nothing behind and never touches the links of the machine.
/// </summary>
public sealed class TestNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000;

    private TestNamespace(Fd fd) => Fd = fd;

    public Fd Fd { get; }

    public static TestNamespace Create()
    {
        SkipUnlessRoot();
        return new TestNamespace(OnOwnThread(() =>
        {
            Syscall.Check(Syscall.Invoke(Nr.unshare, CLONE_NEWNET), "unshare", "network namespace");
            return NetworkNamespace.Current();
        }));
    }

    public static void SkipUnlessRoot()
        => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: makes network namespaces");

    public void Dispose() => Fd.Dispose();

    /// <summary>Runs on a thread of its own inside the namespace: a thread that was in there is not used again.</summary>
    public T Run<T>(Func<T> action) => OnOwnThread(() =>
    {
        Syscall.Check(Syscall.Invoke(Nr.setns, Fd.Number, CLONE_NEWNET), "enter", "test namespace");
        return action();
    });

    public void Run(Action action) => Run(() =>
    {
        action();
        return 0;
    });

    public T Netlink<T>(Func<NetlinkSocket, T> action) => Run(() =>
    {
        using var socket = NetlinkSocket.Open();
        return action(socket);
    });

    public void Netlink(Action<NetlinkSocket> action) => Run(() =>
    {
        using var socket = NetlinkSocket.Open();
        action(socket);
    });

    /// <summary>Runs a program in the namespace (nsenter, util-linux). Returns exit code and output.</summary>
    public (int Code, string Output) Exec(params string[] command)
    {
        var start = new ProcessStartInfo("nsenter") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add($"--net=/proc/{Environment.ProcessId}/fd/{Fd.Number}");
        foreach (var argument in command)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static T OnOwnThread<T>(Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
