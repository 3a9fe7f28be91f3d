// What a process may hold while it is written down and read back: a lock of a file, a TCP connection, a socket of the host.
//   holder lock FILE     takes flock(2) on FILE; "try" tells whether somebody has it: exit code 1
//   holder try FILE
//   holder tcp           both ends of a connection over 127.0.0.1
//   holder unix SOCKET   sends datagrams to SOCKET
// After each round it counts in /tmp/count.
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(2);
    }
}

static void count(int number)
{
    FILE *file = fopen("/tmp/next", "w");
    fprintf(file, "%d\n", number);
    fclose(file);
    check(rename("/tmp/next", "/tmp/count"), "rename");
    usleep(20000);
}

static int locked(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT, 0600);
    check(file, path);
    return flock(file, LOCK_EX | LOCK_NB);
}

int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "try"))
        return locked(argv[2]) == 0 ? 0 : 1;

    int in = -1, out = -1;
    if (argc > 2 && !strcmp(argv[1], "lock")) {
        check(locked(argv[2]), "flock");
    } else if (argc > 1 && !strcmp(argv[1], "tcp")) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t length = sizeof(address);
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        check(bind(listener, (struct sockaddr *)&address, length), "bind");
        check(listen(listener, 1), "listen");
        check(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
        out = socket(AF_INET, SOCK_STREAM, 0);
        check(connect(out, (struct sockaddr *)&address, length), "connect");
        in = accept(listener, NULL, NULL);
        check(in, "accept");
        close(listener);
    } else if (argc > 2 && !strcmp(argv[1], "unix")) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        strcpy(address.sun_path, argv[2]);
        out = socket(AF_UNIX, SOCK_DGRAM, 0);
        check(connect(out, (struct sockaddr *)&address, sizeof(address)), "connect");
    } else {
        return 2;
    }

    for (int number = 1;; number++) {
        if (out >= 0)
            check(send(out, &number, sizeof(number), 0), "send");
        int got = number;
        if (in >= 0)
            check(recv(in, &got, sizeof(got), MSG_WAITALL) == sizeof(got) && got == number ? 0 : -1, "recv");
        count(number);
    }
}
