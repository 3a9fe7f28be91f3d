// Takes memory as fast as it can, in one of several ways. hog MEGABYTES [MODE]: touch (1 MB at a time, without a pause; the
// default), populate (one mmap(2) that fills all of it), fork (a process for each 4 MB), bomb (each process
// starts two more and takes 1 MB, up to so many), four (processes that each take it all; they ask for nothing but its pages once they have
// begun: at a limit without a killer the kernel has no memory for a process or a mapping, and says so), cache (writes and reads a file).
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char *take(size_t bytes, int flags)
{
    char *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (start == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return start;
}

static void touch(int megabytes, int tell)
{
    for (int i = 1; i <= megabytes; i++) {
        memset(take(1 << 20, 0), 1, 1 << 20);
        if (tell)
            printf("%d MB\n", i);
    }
}

static void bomb(int generations)
{
    for (int i = 0; i < 2 && generations > 0; i++)
        if (fork() == 0) {
            bomb(generations - 1);
            touch(1, 0);
            pause();
        }
}

static int four(int megabytes)
{
    int begin[2], failed = 0, status;
    if (pipe(begin))
        return 1;
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            size_t bytes = (size_t)megabytes << 20;
            char *start = take(bytes, 0);
            close(begin[1]);
            if (read(begin[0], &status, 1) != 0)
                _exit(1);
            memset(start, 1, bytes);
            puts("done");
            _exit(0);
        }
    close(begin[0]);
    close(begin[1]);
    while (wait(&status) > 0)
        failed |= status;
    return failed != 0;
}

int main(int argc, char **argv)
{
    int megabytes = argc > 1 ? atoi(argv[1]) : 1;
    const char *mode = argc > 2 ? argv[2] : "touch";
    setvbuf(stdout, NULL, _IONBF, 0);
    puts("up");
    if (!strcmp(mode, "populate")) {
        take((size_t)megabytes << 20, MAP_POPULATE);
    } else if (!strcmp(mode, "fork")) {
        for (int i = 0; i < megabytes; i += 4) {
            int child = fork();
            if (child == 0) {
                touch(4, 0);
                pause();
            }
            if (child < 0)
                break;
        }
    } else if (!strcmp(mode, "bomb")) {
        int generations = 0;
        while ((2 << generations) - 1 < megabytes)
            generations++;
        bomb(generations);
        touch(1, 0);
        pause();
    } else if (!strcmp(mode, "four")) {
        return four(megabytes);
    } else if (!strcmp(mode, "cache")) {
        static char block[1 << 20];
        int file = open("/tmp/cache", O_RDWR | O_CREAT, 0600);
        for (int i = 0; i < megabytes; i++)
            if (write(file, block, sizeof block) != sizeof block) {
                perror("write");
                return 1;
            }
        lseek(file, 0, SEEK_SET);
        while (read(file, block, sizeof block) > 0)
            ;
    } else {
        touch(megabytes, 1);
    }
    puts("done");
    if (!strcmp(mode, "fork"))
        pause();
    return 0;
}
