// notifier: tells $NOTIFY_SOCKET that it is ready, and sleeps.
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void)
{
    const char *status = "STATUS=starting\n", *ready = "STATUS=up\nREADY=1\n";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    strncpy(address.sun_path, getenv("NOTIFY_SOCKET"), sizeof address.sun_path - 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address))
        return 1;
    send(fd, status, strlen(status), 0);
    send(fd, ready, strlen(ready), 0);
    sleep(1000);
    return 0;
}
