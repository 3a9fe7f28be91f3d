// The floor: what a container start costs on this machine when nothing but the kernel's part of it is left.
//
//   floor LAYER SCRATCH COMMAND [ARG...]
//
// Makes the system calls that `mydocker run --rm IMAGE COMMAND` makes for a container with default settings, in the same order,
// in one process without any configuration, checks, journal or log: directories, cgroups with their limits, clone3 into new
// namespaces, id maps, two mounts with mapped owners, an overlay, /proc, /dev with its nodes, /sys, the cgroup file systems,
// masked and read-only paths, pivot_root, the cgroups joined, capabilities, a filter of system calls, exec, wait; then all of
// it is removed. `mydocker run --explain` prints the list that this follows; docs/performance.md says what it is compared with.
#include "kernel.h"

#define FIRST_ID "100000"

// ---- cgroups: one directory in each v1 hierarchy, or one on v2 ----------------------------------------------------------

static const char *const hierarchies[] = { "cpu", "cpuacct", "memory", "devices", "freezer", "pids" };
enum { HIERARCHIES = sizeof hierarchies / sizeof *hierarchies };
static char cgroup_path[HIERARCHIES][128];
static int cgroup_join[HIERARCHIES];
static int cgroups;
static int cgroup_v2;

static void make_cgroups(void)
{
    char path[192];
    cgroup_v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    for (int i = 0; i < (cgroup_v2 ? 1 : HIERARCHIES); i++) {
        const char *name = cgroup_v2 ? "." : hierarchies[i];
        snprintf(path, sizeof path, "/sys/fs/cgroup/%s", name);
        if (access(path, F_OK) != 0)
            continue;
        char *own = cgroup_path[cgroups];
        snprintf(own, sizeof cgroup_path[0], "/sys/fs/cgroup/%s/mydocker-floor-%d", name, getpid());
        CHECK(mkdir(own, 0755));
        if (cgroup_v2 || strcmp(name, "pids") == 0) {
            snprintf(path, sizeof path, "%s/pids.max", own);
            write_file(path, "4096");
        }
        if (strcmp(name, "devices") == 0) {
            static const char *const rules[] = { "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm" };
            snprintf(path, sizeof path, "%s/devices.deny", own);
            write_file(path, "a");
            for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
                snprintf(path, sizeof path, "%s/devices.allow", own);
                write_file(path, rules[r]);
            }
        }
        // Through "tasks" a thread moves itself without waiting for an RCU grace period, as it would through cgroup.procs.
        snprintf(path, sizeof path, "%s/%s", own, cgroup_v2 ? "cgroup.procs" : "tasks");
        cgroup_join[cgroups] = CHECK(open(path, O_WRONLY | O_CLOEXEC));
        cgroups++;
    }
}

static void remove_cgroups(void)
{
    for (int i = 0; i < cgroups; i++)
        while (rmdir(cgroup_path[i]) < 0 && errno == EBUSY)
            usleep(100);
}

// ---- the child -----------------------------------------------------------------------------------------------------------

// The container's own files over the image's: hosts, hostname, resolv.conf, from the writable layer's parent.
static void mount_own_files(void)
{
    static const char *const files[][2] = { { "rw/hosts", "/etc/hosts" }, { "rw/hostname", "/etc/hostname" }, { "rw/resolv.conf", "/etc/resolv.conf" } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        long target = openat2_in_root(root, files[i][1], O_PATH);
        if (target < 0) {
            close(CHECK(openat(root, files[i][1] + 1, O_CREAT | O_WRONLY | O_CLOEXEC, 0755)));
            target = CHECK(openat2_in_root(root, files[i][1], O_PATH));
        }
        attach(CHECK(syscall(SYS_open_tree, AT_FDCWD, files[i][0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)), target);
    }
}

static void join_cgroups(void)
{
    for (int i = 0; i < cgroups; i++)
        CHECK(write(cgroup_join[i], "0", 1));
    CHECK(unshare(CLONE_NEWCGROUP));
    if (cgroup_v2) {
        attach_at(new_mount("cgroup2", NULL, SAFE | MOUNT_ATTR_RDONLY), "/sys/fs/cgroup");
        return;
    }
    static const char *const tmpfs[] = { "mode", "755", "size", "0", "nr_inodes", "64", NULL };
    int directory = new_mount("tmpfs", tmpfs, SAFE);
    attach_at(directory, "/sys/fs/cgroup");
    for (int i = 0; i < cgroups; i++) {
        const char *name = cgroup_path[i] + strlen("/sys/fs/cgroup/");
        char own[32];
        snprintf(own, sizeof own, "%.*s", (int)(strchr(name, '/') - name), name);
        const char *const options[] = { own, NULL, NULL };
        CHECK(mkdirat(directory, own, 0755));
        attach(new_mount("cgroup", options, SAFE | MOUNT_ATTR_RDONLY), CHECK(openat(directory, own, O_PATH | O_CLOEXEC)));
    }
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
    CHECK(syscall(SYS_mount_setattr, directory, "", AT_EMPTY_PATH, &attributes, sizeof attributes));
}

static unsigned short filter_length;
static struct sock_filter filter_code[BPF_MAXINSNS];

// FLOOR_SECCOMP names an entry of the engine's cache of filters: at byte 20 stands where in it the instructions begin.
static void read_filter(void)
{
    static unsigned char entry[64 * 1024];
    const char *file = getenv("FLOOR_SECCOMP");
    if (!file || !*file)
        return;
    int fd = CHECK(open(file, O_RDONLY | O_CLOEXEC));
    ssize_t length = CHECK(read(fd, entry, sizeof entry));
    close(fd);
    uint32_t offset;
    memcpy(&offset, entry + 20, sizeof offset);
    if (offset >= length || length - offset > (ssize_t)sizeof filter_code)
        errno = EINVAL, fail(file, __LINE__);
    memcpy(filter_code, entry + offset, length - offset);
    filter_length = (length - offset) / sizeof *filter_code;
}

static void run_child(const char *layer_options, int lower, int rw, int ready, char **command)
{
    static const char *const masked[] = { "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware", NULL };
    static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL };
    static const int kept[] = { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FSETID, CAP_FOWNER, CAP_MKNOD, CAP_NET_RAW, CAP_SETGID, CAP_SETUID,
        CAP_SETFCAP, CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_KILL, CAP_AUDIT_WRITE, -1 };
    static const char *const empty_options[] = { "size", "0", "nr_inodes", "2", "mode", "755", NULL };
    CHECK(syscall(SYS_setgroups, 0, NULL));
    CHECK(syscall(SYS_setresgid, 0, 0, 0));
    CHECK(syscall(SYS_setresuid, 0, 0, 0));
    CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL));
    CHECK(mount("", "/", NULL, MS_REC | MS_SLAVE, NULL));
    int empty = new_mount("tmpfs", empty_options, SAFE | MOUNT_ATTR_RDONLY);
    attach(empty, CHECK(open("root", O_PATH | O_DIRECTORY | O_CLOEXEC)));
    CHECK(syscall(SYS_move_mount, lower, "", AT_FDCWD, "lower", MOVE_MOUNT_F_EMPTY_PATH));
    CHECK(syscall(SYS_move_mount, rw, "", AT_FDCWD, "rw", MOVE_MOUNT_F_EMPTY_PATH));
    CHECK(mount("overlay", "root", "overlay", MS_NODEV, layer_options));
    root = CHECK(open("root", O_PATH | O_DIRECTORY | O_CLOEXEC));

    attach_at(new_mount("proc", NULL, SAFE), "/proc");
    int dev = mount_dev();
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        char path[32];
        snprintf(path, sizeof path, "/dev/%s", nodes[i]);
        int file = CHECK(openat(dev, nodes[i], O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
        attach(CHECK(syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)), file);
    }
    attach_at(new_mount("sysfs", NULL, SAFE | MOUNT_ATTR_RDONLY), "/sys");
    mount_own_files();
    int sysctl = CHECK(openat2_in_root(root, "/proc/sys/net/ipv4/ip_unprivileged_port_start", O_WRONLY));
    CHECK(write(sysctl, "0", 1));
    sysctl = CHECK(openat2_in_root(root, "/proc/sys/net/ipv4/ping_group_range", O_WRONLY));
    CHECK(write(sysctl, "0 65535", 7));
    hide(empty, masked, readonly);

    CHECK(fchdir(root));
    CHECK(syscall(SYS_pivot_root, ".", "."));
    CHECK(umount2(".", MNT_DETACH));
    CHECK(chdir("/"));
    CHECK(sethostname("floor", 5));
    join_cgroups();
    char byte;
    CHECK(read(ready, &byte, 1));
    CHECK(setsid());
    CHECK(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC));
    give_up(kept);
    if (filter_length > 0) {
        struct sock_fprog program = { .len = filter_length, .filter = filter_code };
        CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program));
    }
    execve(command[0], command, (char *[]){ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", NULL });
    fail(command[0], __LINE__);
}

// ---- the parent ----------------------------------------------------------------------------------------------------------

static int mapped(const char *path, int users, uint64_t attributes)
{
    int tree = CHECK(syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP | attributes, .propagation = MS_PRIVATE, .userns_fd = users };
    CHECK(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr));
    return tree;
}

// One netlink message in the container's network namespace: lo up.
static void loopback_up(long pid)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } message = {
        .header = { .nlmsg_len = sizeof message, .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
        .link = { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP },
    };
    char path[64], answer[256];
    snprintf(path, sizeof path, "/proc/%ld/ns/net", pid);
    int own = CHECK(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    int container = CHECK(open(path, O_RDONLY | O_CLOEXEC));
    CHECK(setns(container, CLONE_NEWNET));
    int netlink = CHECK(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    CHECK(setns(own, CLONE_NEWNET));
    CHECK(send(netlink, &message, sizeof message, 0));
    CHECK(recv(netlink, answer, sizeof answer, 0));
    close(netlink);
    close(container);
    close(own);
}

// What overlayfs leaves below work, and the rest.
static void remove_tree(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
        return;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fdopendir(fd);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_tree(fd, entry->d_name);
    closedir(directory);
    CHECK(unlinkat(parent, name, AT_REMOVEDIR));
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: floor LAYER SCRATCH COMMAND [ARG...]\n");
        return 125;
    }

    // 1. directories and files
    static const char *const directories[] = { "lower", "root", "rw", "rw/upper", "rw/work" };
    static const char *const files[] = { "rw/hosts", "rw/hostname", "rw/resolv.conf" };
    char layer[PATH_MAX], own[PATH_MAX];
    if (!realpath(argv[1], layer))
        fail(argv[1], __LINE__);
    snprintf(own, sizeof own, "%s/floor-%d", argv[2], getpid());
    umask(0);
    CHECK(mkdir(own, 0711));
    CHECK(chdir(own));
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        CHECK(mkdir(directories[i], 0755));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int fd = CHECK(open(files[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
        CHECK(write(fd, "127.0.0.1\n", 10));
        close(fd);
    }
    read_filter();
    make_cgroups();

    // 2. the child in its namespaces, waiting at a pipe
    int ready[2], pidfd = -1;
    CHECK(pipe2(ready, O_CLOEXEC));
    struct clone_args arguments = {
        .flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
    };
    // The mapped mounts can only be made after the clone. The two share one table of descriptors until the child has them, and
    // a page in which their numbers stand.
    arguments.flags |= CLONE_FILES;
    int *shared = (int *)CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    long pid = CHECK(syscall(SYS_clone3, &arguments, sizeof arguments));
    if (pid == 0) {
        char byte;
        CHECK(read(ready[0], &byte, 1));
        CHECK(unshare(CLONE_FILES));
        run_child("lowerdir=lower,upperdir=rw/upper,workdir=rw/work,userxattr,volatile", shared[0], shared[1], ready[0], argv + 3);
    }

    // 3. its ids and its mounts
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/uid_map", pid);
    write_file(path, "0 " FIRST_ID " 65536\n");
    snprintf(path, sizeof path, "/proc/%ld/gid_map", pid);
    write_file(path, "0 " FIRST_ID " 65536\n");
    snprintf(path, sizeof path, "/proc/%ld/ns/user", pid);
    int users = CHECK(open(path, O_RDONLY | O_CLOEXEC));
    shared[0] = mapped(layer, users, MOUNT_ATTR_RDONLY);
    shared[1] = mapped("rw", users, 0);
    CHECK(write(ready[1], "", 1));
    loopback_up(pid); // beside the child, which then waits for the start
    CHECK(write(ready[1], "", 1));

    // 4. its end, and that of all that was made for it
    siginfo_t end;
    CHECK(syscall(SYS_waitid, P_PIDFD, pidfd, &end, WEXITED, NULL));
    remove_cgroups();
    CHECK(chdir("/"));
    remove_tree(AT_FDCWD, own);
    return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}
