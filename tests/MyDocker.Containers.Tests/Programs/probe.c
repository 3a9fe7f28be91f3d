// What a program sees and may do inside a container, where a shell is not enough. Static, so that it runs in any image.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *name, long result)
{
    printf("%s=%s\n", name, result >= 0 ? "ok" : strerrorname_np(errno));
}

static int calls(void)
{
    char none[128] = {0};
    show("mount", mount("none", "/tmp", "tmpfs", 0, ""));
    show("umount", umount("/proc"));
    show("unshare-user", syscall(SYS_unshare, CLONE_NEWUSER));
    show("unshare-mount", syscall(SYS_unshare, CLONE_NEWNS));
    show("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1));
    show("add_key", syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING));
    show("bpf", syscall(SYS_bpf, 0, none, sizeof none));
    show("perf_event_open", syscall(SYS_perf_event_open, none, 0, -1, -1, 0));
    show("clone-user", syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0));
    show("clone3", syscall(SYS_clone3, none, 88));
    show("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, none, 0));
    show("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
    show("init_module", syscall(SYS_init_module, none, 1, ""));
    show("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
    show("swapon", syscall(SYS_swapon, "/dev/null", 0));
    show("settimeofday", syscall(SYS_settimeofday, none, 0));
    show("userfaultfd", syscall(SYS_userfaultfd, 0));
    show("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    show("af-alg", socket(38, SOCK_SEQPACKET, 0));
    show("af-vsock", socket(40, SOCK_STREAM, 0));
    mknod("/tmp/disk", S_IFBLK | 0600, makedev(8, 0)); // may be made, as with docker, but not opened
    show("open-disk", open("/tmp/disk", O_RDONLY));
    mknod("/tmp/kmsg", S_IFCHR | 0600, makedev(1, 11));
    show("open-kmsg", open("/tmp/kmsg", O_RDONLY));
    show("getpid", syscall(SYS_getpid));
    return 0;
}

static int descriptors(void)
{
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("%d\n", fd);
    return 0;
}

// Writes to what a link of procfs leads to, by every way of opening it (CVE-2019-5736).
static int overwrite(const char *path)
{
    char name[64];
    int opened = 0;
    for (int i = 0; i < 200; i++) {
        int fd = open(path, O_WRONLY);
        if (fd >= 0) {
            opened++;
            if (write(fd, "#!/bin/sh\n", 10) == 10)
                puts("overwritten");
            close(fd);
        }
    }
    show("write", open(path, O_WRONLY));
    show("truncate", truncate(path, 0));
    show("chmod", chmod(path, 0777));
    int fd = open(path, O_RDONLY);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    show("reopen", open(name, O_RDWR));
    printf("opened=%d\n", opened);
    return 0;
}

// Runs in place of the ELF loader of the host's program, so that /proc/self/exe is that program.
static int as_loader(void)
{
    char target[256] = {0}, number[16];
    readlink("/proc/self/exe", target, sizeof target - 1);
    printf("exe=%s\n", target);
    fflush(stdout);
    overwrite("/proc/self/exe");
    fflush(stdout);

    // Once nobody executes the file any more, ETXTBSY no longer protects it.
    int fd = open("/proc/self/exe", O_RDONLY);
    snprintf(number, sizeof number, "/proc/self/fd/%d", fd);
    unsetenv("PROBE_MODE");
    execl("/probe", "/probe", "overwrite", number, (char *)0);
    show("exec", -1);
    return 0;
}

static int network(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    show("ping", socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
    show("port-80", bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address));
    return 0;
}

static int forks(void)
{
    int count = 0;
    while (count < 100000) {
        pid_t pid = fork();
        if (pid < 0)
            break;
        if (pid == 0) {
            pause();
            _exit(0);
        }
        count++;
    }
    printf("forks=%d %s\n", count, strerrorname_np(errno));
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = getenv("PROBE_MODE");
    if (mode && !strcmp(mode, "loader"))
        return as_loader();
    if (argc > 1 && !strcmp(argv[1], "calls"))
        return calls();
    if (argc > 1 && !strcmp(argv[1], "fds"))
        return descriptors();
    if (argc > 1 && !strcmp(argv[1], "network"))
        return network();
    if (argc > 1 && !strcmp(argv[1], "forks"))
        return forks();
    if (argc > 2 && !strcmp(argv[1], "overwrite"))
        return overwrite(argv[2]);
    fputs("usage: probe calls|fds|network|forks|overwrite PATH\n", stderr);
    return 2;
}
