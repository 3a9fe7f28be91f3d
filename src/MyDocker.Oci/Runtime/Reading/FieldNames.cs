namespace MyDocker.Oci.Runtime.Reading;

/// <summary>The names of all fields that this folder reads; consulted for a name that is none of them.</summary>
internal static class FieldNames
{
    public static string[] All =>
    [
        "access", "action", "additionalGids", "allow", "ambient", "annotations", "apparmorProfile", "architectures", "args",
        "blockIO", "bounding", "burst", "capabilities", "cgroupsPath", "checkBeforeUpdate", "class", "classID", "closID",
        "consoleSize", "containerID", "cpu", "cpus", "createContainer", "createRuntime", "cwd", "deadline", "defaultAction",
        "defaultErrnoRet", "destination", "devices", "disableOOMKiller", "domain", "domainname", "effective", "enableCMT",
        "enableMBM", "enableMonitoring", "env", "errnoRet", "execCPUAffinity", "fileMode", "final", "flags", "gid",
        "gidMappings", "hard", "hcaHandles", "hcaObjects", "height", "hooks", "hostID", "hostname", "hugepageLimits", "idle",
        "index", "inheritable", "initial", "intelRdt", "ioPriority", "kernel", "kernelTCP", "l3CacheSchema", "leafWeight",
        "limit", "linux", "listenerMetadata", "listenerPath", "major", "maskedPaths", "memBwSchema", "memory", "memoryPolicy",
        "mems", "minor", "mode", "mountLabel", "mounts", "name", "names", "namespaces", "nanosecs", "netDevices", "network",
        "nice", "nodes", "noNewPrivileges", "ociVersion", "oomScoreAdj", "op", "options", "pageSize", "path", "period",
        "permitted", "personality", "pids", "policy", "poststart", "poststop", "prestart", "priorities", "priority", "process",
        "quota", "rate", "rdma", "readonly", "readonlyPaths", "realtimePeriod", "realtimeRuntime", "reservation", "resources",
        "rlimits", "root", "rootfsPropagation", "runtime", "scheduler", "schemata", "seccomp", "secs", "selinuxLabel",
        "shares", "size", "soft", "source", "startContainer", "swap", "swappiness", "syscalls", "sysctl", "terminal",
        "throttleReadBpsDevice", "throttleReadIOPSDevice", "throttleWriteBpsDevice", "throttleWriteIOPSDevice", "timeOffsets",
        "timeout", "type", "uid", "uidMappings", "umask", "unified", "useHierarchy", "user", "value", "valueTwo", "weight",
        "weightDevice", "width",
    ];
}
