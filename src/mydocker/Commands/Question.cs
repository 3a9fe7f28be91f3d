using MyDocker.Cli.Printing;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli.Commands;

/// <summary>docker's question before something is thrown away.</summary>
internal static class Question
{
    public static bool Ask(string warning)
    {
        Out.ErrorText($"WARNING! {warning}\nAre you sure you want to continue? [y/N] ");
        var answer = new byte[16];
        var input = Fd.Borrowed(0);
        var count = Files.Read(input, answer);
        return count > 0 && answer[0] is (byte)'y' or (byte)'Y';
    }
}
