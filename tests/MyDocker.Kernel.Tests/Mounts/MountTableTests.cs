using MyDocker.Kernel.Mounts;

namespace MyDocker.Kernel.Tests.Mounts;

public sealed class MountTableTests
{
    [Fact]
    public void WholeProcAndSysAreThoseWithTheirRoot()
    {
        const string Table = """
            21 1 0:20 / /proc rw,nosuid shared:5 - proc proc rw
            22 21 0:20 /sys /proc/sys ro - proc proc rw
            23 1 0:21 / /sys ro master:1 propagate_from:2 - sysfs sysfs rw
            24 1 8:1 / /with\040space rw - ext4 /dev/sda1 rw
            25 1 0:22 / /other\040pr\134oc rw - proc proc rw

            """;

        Assert.Equal(["/proc", "/sys", "/other pr\\oc"], MountTable.WholeProcAndSys(Table));
    }
}
