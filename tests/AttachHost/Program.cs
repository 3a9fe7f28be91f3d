// A command line reduced to its attach client: the monitor's socket is descriptor 3.
// Options: -i, -t, --no-proxy. Prints "outcome code" on standard error, exits with the code.
using System.Text;
using MyDocker.Engine.Attach;
using MyDocker.Kernel.Syscalls;

using var socket = new Fd(3);
using var client = new AttachClient(socket, new AttachOptions
{
    Interactive = args.Contains("-i"),
    Terminal = args.Contains("-t"),
    ProxySignals = !args.Contains("--no-proxy"),
});
client.SendHello();
var result = client.Run();
Files.TryWrite(Fd.Borrowed(2), Encoding.UTF8.GetBytes($"{result.Outcome} {result.Code} {result.Message}\n"));
return result.Code;
