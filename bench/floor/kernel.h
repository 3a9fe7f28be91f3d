// What the floors have in common: the system calls of a container's birth, one helper each.
#pragma once
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// sys/mount.h has the rest, but cannot be included together with linux/mount.h and the C library of Debian 12.
#define MNT_DETACH 2
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);

#define CHECK(call) ({ long result_ = (long)(call); if (result_ < 0) fail(#call, __LINE__); result_; })

static void fail(const char *what, int line)
{
    fprintf(stderr, "floor: line %d: %s: %s\n", line, what, strerror(errno));
    _exit(125);
}

static long openat2_in_root(int root, const char *path, uint64_t flags)
{
    struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
    return syscall(SYS_openat2, root, path, &how, sizeof how);
}

static void write_file(const char *path, const char *text)
{
    int fd = CHECK(open(path, O_WRONLY | O_CLOEXEC));
    CHECK(write(fd, text, strlen(text)));
    close(fd);
}

static int root;

static int new_mount(const char *type, const char *const options[], unsigned attributes)
{
    int context = CHECK(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
    CHECK(syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", type, 0));
    for (; options && *options; options += 2)
        if (options[1])
            CHECK(syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, options[0], options[1], 0));
        else
            CHECK(syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, options[0], NULL, 0));
    CHECK(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
    return CHECK(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes));
}

static void attach(int tree, int target)
{
    CHECK(syscall(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static void attach_at(int tree, const char *path)
{
    long target = openat2_in_root(root, path, O_PATH | O_DIRECTORY);
    if (target < 0) {
        CHECK(mkdirat(root, path + 1, 0755));
        target = CHECK(openat2_in_root(root, path, O_PATH | O_DIRECTORY));
    }
    attach(tree, target);
}

enum { SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };

// /dev and what is mounted in it, without nodes. Returns its directory.
static int mount_dev(void)
{
    static const char *const tmpfs[] = { "mode", "755", "size", "65536k", NULL };
    static const char *const pts[] = { "newinstance", NULL, "ptmxmode", "0666", "mode", "0620", "gid", "5", NULL };
    static const char *const shm[] = { "mode", "1777", "size", "67108864", NULL };
    static const char *const links[][2] = { { "/proc/self/fd", "fd" }, { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" },
        { "/proc/self/fd/2", "stderr" }, { "pts/ptmx", "ptmx" }, { "/proc/kcore", "core" } };
    attach_at(new_mount("tmpfs", tmpfs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME), "/dev");
    attach_at(new_mount("devpts", pts, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), "/dev/pts");
    attach_at(new_mount("tmpfs", shm, SAFE), "/dev/shm");
    attach_at(new_mount("mqueue", NULL, SAFE), "/dev/mqueue");
    int dev = CHECK(openat2_in_root(root, "/dev", O_PATH | O_DIRECTORY));
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        CHECK(symlinkat(links[i][0], dev, links[i][1]));
    return dev;
}

// Makes paths read-only, and covers others with an empty directory or /dev/null.
static void hide(int empty, const char *const *masked, const char *const *readonly)
{
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
    for (; *readonly; readonly++) {
        long target = openat2_in_root(root, *readonly, O_PATH);
        if (target < 0)
            continue;
        int tree = CHECK(syscall(SYS_open_tree, target, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
        CHECK(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes));
        attach(tree, target);
    }
    for (; *masked; masked++) {
        long target = openat2_in_root(root, *masked, O_PATH | O_DIRECTORY);
        if (target >= 0) {
            attach(CHECK(syscall(SYS_open_tree, empty, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)), target);
        } else if ((target = openat2_in_root(root, *masked, O_PATH)) >= 0) {
            attach(CHECK(syscall(SYS_open_tree, AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)), target);
        }
    }
}

// All capabilities but some, and the groups.
static void give_up(const int *kept)
{
    uint64_t set = 0;
    for (; *kept >= 0; kept++)
        set |= 1ULL << *kept;
    for (int i = 0; i <= CAP_LAST_CAP; i++)
        if (!(set & (1ULL << i)))
            prctl(PR_CAPBSET_DROP, i);
    CHECK(prctl(PR_SET_KEEPCAPS, 1));
    CHECK(syscall(SYS_setgroups, 0, NULL));
    CHECK(syscall(SYS_setresgid, 0, 0, 0));
    CHECK(syscall(SYS_setresuid, 0, 0, 0));
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = {
        { .effective = (uint32_t)set, .permitted = (uint32_t)set },
        { .effective = (uint32_t)(set >> 32), .permitted = (uint32_t)(set >> 32) },
    };
    CHECK(syscall(SYS_capset, &header, data));
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}
