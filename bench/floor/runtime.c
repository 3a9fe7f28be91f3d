// The floor of an OCI runtime: the system calls of `mydocker-runtime run` for the bundle that `runc spec` makes, and no more.
//
//   runtime ROOTFS COMMAND [ARG...]
//
// As floor.c, without an image, a user namespace and a writable layer, but with all hierarchies of cgroup v1, as every OCI
// runtime has them. The state that a runtime keeps on disk is written as well: without it nobody could delete what it leaves.
#include "kernel.h"
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

enum { MOST = 16 };
static char hierarchies[MOST][96], own[MOST][192];
static char subsystems[MOST][32];
static int joins[MOST], count, unified = -1;

// The v1 hierarchies of /proc/self/mountinfo, and a v2 mount beside them or alone.
static void find_hierarchies(void)
{
    static char table[64 * 1024];
    int fd = CHECK(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
    ssize_t length = 0, part;
    while ((part = CHECK(read(fd, table + length, sizeof table - 1 - length))) > 0)
        length += part;
    close(fd);
    for (char *line = strtok(table, "\n"); line && count < MOST; line = strtok(NULL, "\n")) {
        char mount[96], *rest = strstr(line, " - cgroup");
        if (!rest || sscanf(line, "%*s %*s %*s %*s %95s", mount) != 1)
            continue;
        if (strncmp(rest, " - cgroup2 ", 11) == 0)
            unified = count;
        snprintf(hierarchies[count], sizeof hierarchies[0], "%s", mount);
        snprintf(subsystems[count++], sizeof subsystems[0], "%s", strrchr(mount, '/') + 1);
    }
}

static void inherit(const char *parent, const char *child, const char *name)
{
    char path[256], text[256];
    snprintf(path, sizeof path, "%s/%s", parent, name);
    int fd = CHECK(open(path, O_RDONLY | O_CLOEXEC));
    ssize_t length = CHECK(read(fd, text, sizeof text - 1));
    text[length] = 0;
    close(fd);
    snprintf(path, sizeof path, "%s/%s", child, name);
    write_file(path, text);
}

static void make_cgroups(void)
{
    static const char *const rules[] = { "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm" };
    char path[256];
    find_hierarchies();
    for (int i = 0; i < count; i++) {
        snprintf(own[i], sizeof own[0], "%.95s/mydocker-floor-%d", hierarchies[i], getpid());
        CHECK(mkdir(own[i], 0755));
        if (strcmp(subsystems[i], "cpuset") == 0) {
            inherit(hierarchies[i], own[i], "cpuset.cpus");
            inherit(hierarchies[i], own[i], "cpuset.mems");
        }
        if (strcmp(subsystems[i], "devices") == 0) {
            snprintf(path, sizeof path, "%s/devices.deny", own[i]);
            write_file(path, "a");
            snprintf(path, sizeof path, "%s/devices.allow", own[i]);
            int allow = CHECK(open(path, O_WRONLY | O_CLOEXEC));
            for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
                CHECK(write(allow, rules[r], strlen(rules[r])));
            close(allow);
        }
        snprintf(path, sizeof path, "%s/tasks", own[i]);
        joins[i] = i == unified ? CHECK(open(own[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) : CHECK(open(path, O_WRONLY | O_CLOEXEC));
    }
}

static void remove_cgroups(void)
{
    for (int i = 0; i < count; i++)
        while (rmdir(own[i]) < 0 && errno == EBUSY)
            usleep(100);
}

static void mount_cgroups(void)
{
    static const char *const tmpfs[] = { "mode", "755", "size", "0", "nr_inodes", "64", NULL };
    if (count == 1 && unified == 0) {
        attach_at(new_mount("cgroup2", NULL, SAFE | MOUNT_ATTR_RDONLY), "/sys/fs/cgroup");
        return;
    }
    int directory = new_mount("tmpfs", tmpfs, SAFE);
    attach_at(directory, "/sys/fs/cgroup");
    for (int i = 0; i < count; i++) {
        const char *const controller[] = { subsystems[i], NULL, NULL }, *const named[] = { "none", NULL, "name", "systemd", NULL };
        if (i == unified)
            continue;
        CHECK(mkdirat(directory, subsystems[i], 0755));
        attach(new_mount("cgroup", strcmp(subsystems[i], "systemd") == 0 ? named : controller, SAFE | MOUNT_ATTR_RDONLY),
            CHECK(openat(directory, subsystems[i], O_PATH | O_CLOEXEC)));
    }
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
    CHECK(syscall(SYS_mount_setattr, directory, "", AT_EMPTY_PATH, &attributes, sizeof attributes));
}

static void loopback_up(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    CHECK(ioctl(CHECK(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), SIOCSIFFLAGS, &request));
}

static void run_child(const char *rootfs, int ready, char **command)
{
    static const char *const empty_options[] = { "size", "0", "nr_inodes", "2", "mode", "755", NULL };
    static const char *const masked[] = { "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi", NULL };
    static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL };
    static const int kept[] = { CAP_AUDIT_WRITE, CAP_KILL, CAP_NET_BIND_SERVICE, -1 };
    struct mount_attr private = { .propagation = MS_PRIVATE }, unwritable = { .attr_set = MOUNT_ATTR_RDONLY };
    char byte;
    CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL));
    loopback_up();
    CHECK(mount("", "/", NULL, MS_REC | MS_SLAVE, NULL));
    int at = CHECK(open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC));
    root = CHECK(syscall(SYS_open_tree, at, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
    CHECK(syscall(SYS_mount_setattr, root, "", AT_EMPTY_PATH | AT_RECURSIVE, &private, sizeof private));
    int empty = new_mount("tmpfs", empty_options, SAFE | MOUNT_ATTR_RDONLY);
    attach(empty, at);
    attach(root, at);

    attach_at(new_mount("proc", NULL, 0), "/proc");
    int dev = mount_dev();
    attach_at(new_mount("sysfs", NULL, SAFE | MOUNT_ATTR_RDONLY), "/sys");
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        static const int minors[] = { 3, 5, 7, 8, 9, 0 };
        CHECK(mknodat(dev, nodes[i], S_IFCHR | 0666, makedev(strcmp(nodes[i], "tty") == 0 ? 5 : 1, minors[i])));
        CHECK(fchmodat(dev, nodes[i], 0666, 0));
    }
    hide(empty, masked, readonly);

    CHECK(fchdir(root));
    CHECK(syscall(SYS_pivot_root, ".", "."));
    CHECK(umount2(".", MNT_DETACH));
    CHECK(chdir("/"));
    CHECK(syscall(SYS_mount_setattr, root, "", AT_EMPTY_PATH, &unwritable, sizeof unwritable));
    CHECK(sethostname("floor", 5));
    for (int i = 0; i < count; i++)
        if (i != unified)
            CHECK(write(joins[i], "0", 1));
    mount_cgroups();
    CHECK(read(ready, &byte, 1));
    CHECK(setsid());
    long keyring = CHECK(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "_ses.floor"));
    CHECK(syscall(SYS_keyctl, KEYCTL_SETPERM, keyring, 0x3f1b0008));
    umask(022);
    CHECK(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1024, 1024 }));
    CHECK(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC));
    give_up(kept);
    execve(command[0], command, (char *[]){ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "HOME=/root", NULL });
    fail(command[0], __LINE__);
}

static void save(int directory, const char *name)
{
    static char text[2500];
    int fd = CHECK(openat(directory, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    CHECK(write(fd, text, sizeof text));
    close(fd);
    CHECK(renameat(directory, "new", directory, name));
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: runtime ROOTFS COMMAND [ARG...]\n");
        return 125;
    }

    // 1. the state on disk and the cgroups
    char state[64];
    umask(0);
    snprintf(state, sizeof state, "/run/mydocker-floor-%d", getpid());
    CHECK(mkdir(state, 0700));
    int directory = CHECK(open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    save(directory, "state");
    save(directory, "config");
    make_cgroups();

    // 2. the child
    int ready[2], pidfd = -1;
    CHECK(pipe2(ready, O_CLOEXEC));
    struct clone_args arguments = {
        .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_PIDFD | (unified < 0 ? 0 : CLONE_INTO_CGROUP),
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = unified < 0 ? 0 : joins[unified],
    };
    long pid = CHECK(syscall(SYS_clone3, &arguments, sizeof arguments));
    if (pid == 0)
        run_child(argv[1], ready[0], argv + 2);
    save(directory, "state");
    CHECK(write(ready[1], "", 1));

    // 3. its end, and that of all that was made for it
    siginfo_t end;
    CHECK(syscall(SYS_waitid, P_PIDFD, pidfd, &end, WEXITED, NULL));
    remove_cgroups();
    CHECK(unlinkat(directory, "state", 0));
    CHECK(unlinkat(directory, "config", 0));
    CHECK(rmdir(state));
    return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}
