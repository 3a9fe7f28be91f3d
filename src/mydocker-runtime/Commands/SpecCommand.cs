using System.Text.Encodings.Web;
using System.Text.Json;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;
using MyDocker.RuntimeCli.Starter;

namespace MyDocker.RuntimeCli.Commands;

internal static class SpecCommand
{
    private const string File = "config.json";

    private static readonly Flag s_bundle = new("bundle", "DIR", "The bundle's directory") { Letter = 'b', Default = "the working directory" };
    private static readonly Flag s_rootless = new("rootless", null, "For a user without root");

    public static Command Command => new()
    {
        Name = "spec",
        Usage = "",
        Summary = "Write a config.json to start from",
        Details = """
            It runs "sh" in a terminal, in the root file system below rootfs/. A first container:

              mkdir -p demo/rootfs && cd demo
              tar -C rootfs -xf ROOTFS.tar          # such as docker export writes
              mydocker-runtime spec
              mydocker-runtime run demo
            """,
        Flags = [s_bundle, s_rootless],
        LeastWords = 0,
        MostWords = 0,
        Run = invocation =>
        {
            Write(invocation.Arguments.Value(s_bundle) is { Length: > 0 } bundle ? bundle : ".", invocation.Arguments.Has(s_rootless));
            return 0;
        },
    };

    private static void Write(string bundle, bool rootless)
    {
        const int Mode = 0x1B6; // 0666, less the umask
        using var json = Output.Serialize(StarterSpec.Create(rootless), RuntimeJson.Default.RuntimeSpec,
            new JsonWriterOptions { Indented = true, IndentCharacter = '\t', IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var path = Path.Combine(bundle, File);
        var errno = Files.TryOpen(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, out var file, Mode);
        if (errno == Errno.EEXIST)
        {
            throw new ContainerException($"file {path} exists: remove it first");
        }

        using (file)
        {
            errno = errno != Errno.None ? errno : Files.TryWrite(file!, json.GetBuffer().AsSpan(0, (int)json.Length));
            if (errno != Errno.None)
            {
                throw new KernelException("write", path, errno);
            }
        }
    }
}
