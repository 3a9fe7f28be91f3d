using System.Text.Json;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;
using MyDocker.Kernel.Syscalls;

var bundle = args[1];
var spec = JsonSerializer.Deserialize(File.ReadAllBytes(bundle + "/config.json"), RuntimeJson.Default.RuntimeSpec)!;
RootfsSource rootfs = args.Length > 2 && args[2] == "overlay" ? new RootfsSource.Overlay(Path.GetFullPath(bundle + "/rootfs"), ["."], Path.GetFullPath(bundle + "/rw"), true) : new RootfsSource.Existing(Path.GetFullPath(bundle + "/" + spec.Root!.Path));
var request = new LaunchRequest { Id = "x", Spec = spec, Rootfs = rootfs, Directory = Path.GetFullPath(bundle), Stdio = new ProcessStdio.Inherited() };
using var plan = LaunchPlanner.Plan(request);
if (args[0] == "plan") { Console.Write(plan.Describe()); return 0; }
try
{
    using var c = Launcher.Launch(plan, request);
    c.Start();
    unsafe
    {
        var info = stackalloc byte[128];
        Syscall.Retry(Nr.waitid, 3, c.PidFd.Number, (nint)info, 4);
        return *(int*)(info + 24);
    }
}
catch (LaunchException e) { Console.Error.WriteLine(e.Message); return 125; }
