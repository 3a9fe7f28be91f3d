// peak PROGRAM ARG...: runs a program without streams and prints the peak resident memory, kB, of the largest process that was waited for.
// A program of its own, small: what a process had before it executed another counts as its peak, too (getrusage(2), ru_maxrss).
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;
    if (argc < 2)
        return 2;
    pid_t pid = fork();
    if (pid == 0) {
        int nothing = open("/dev/null", O_RDWR);
        for (int stream = 0; stream < 3; stream++)
            dup2(nothing, stream);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return 1;
    printf("%ld\n", usage.ru_maxrss);
    return 0;
}
