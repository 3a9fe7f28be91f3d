// killer PROGRAM ARG...: runs a program and kills one process of it right before its N-th system call.
// As mydocker-monitor it stands in for that program, whose path is in MYDOCKER_TEST_MONITOR.
//   MYDOCKER_TEST_KILL   "main N": the program itself; "child N": the first process that it clones. N 0: kill nobody, count.
//   MYDOCKER_TEST_COUNT  file that gets the number of calls seen, and "killed" or "ended".
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t group_of(pid_t thread)
{
    char path[64], line[256];
    pid_t group = 0;
    snprintf(path, sizeof path, "/proc/%d/status", thread);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Tgid: %d", &group) == 1)
            break;
    if (file)
        fclose(file);
    return group;
}

static void report(const char *path, long count, const char *how, int call)
{
    if (!path)
        return;
    FILE *file = fopen(path, "we");
    if (file) {
        fprintf(file, "%ld %s %d\n", count, how, call);
        fclose(file);
    }
}

int main(int argc, char **argv)
{
    const char *monitor = getenv("MYDOCKER_TEST_MONITOR"), *plan = getenv("MYDOCKER_TEST_KILL"), *out = getenv("MYDOCKER_TEST_COUNT");
    int is_monitor = strstr(argv[0], "mydocker-monitor") != 0;
    char **command = is_monitor ? argv : argv + 1;
    const char *path = is_monitor ? monitor : argv[1];
    char who[16] = "main";
    long n = 0, count = 0, last = -1;
    if (argc < 2 || !path || !plan || sscanf(plan, "%15s %ld", who, &n) != 2)
        return 99;

    pid_t program = fork();
    if (program == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(path, command);
        _exit(99);
    }
    // The lock on the journal and the socket must be those of the program alone.
    syscall(SYS_close_range, 3, ~0u, 0);
    int status;
    waitpid(program, &status, 0);
    ptrace(PTRACE_SETOPTIONS, program, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK);

    pid_t target = strcmp(who, "main") ? 0 : program, thread;
    int entering = 1, started = 0;
    ptrace(target == program ? PTRACE_SYSCALL : PTRACE_CONT, program, 0, 0);
    while ((thread = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) {
            if (thread == target) {
                report(out, count, "ended", last);
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            continue;
        }
        if (!target && thread != program && group_of(thread) == thread)
            target = thread;
        int deliver = WSTOPSIG(status);
        if (deliver == (SIGTRAP | 0x80) && thread == target) {
            if (entering && ++count == n) {
                kill(target, SIGKILL);
                report(out, count, "killed", last);
                // The others go on by themselves once we are gone.
                // A thread group's leader is reaped after all other threads, which are ours to wait for, too.
                while ((thread = waitpid(-1, &status, __WALL)) > 0 && (thread != target || WIFSTOPPED(status)))
                    if (WIFSTOPPED(status))
                        ptrace(PTRACE_CONT, thread, 0, 0);
                return 137;
            }
            entering = !entering;
            deliver = 0;
        } else if (deliver == (SIGTRAP | 0x80) || deliver == SIGTRAP || (deliver == SIGSTOP && (thread != program || !started++))) {
            deliver = 0;
        }
        ptrace(thread == target ? PTRACE_SYSCALL : PTRACE_CONT, thread, 0, deliver);
    }
    report(out, count, "ended", last);
    return 0;
}
