#include "services/process/ready.h"
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// Whether the supervisor has heard it, or there is none.
static bool notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = path ? strlen(path) : 0;
    if (size < 2 || size >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return true;
    memcpy(address.sun_path, path, size);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    ssize_t sent =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    close(fd);
    return sent >= 0;
}

static bool make_file(const char *file)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

void ready_begin(const char *file)
{
    if (*file)
        (void)unlink(file);
}

bool ready_tell(const char *file)
{
    bool made = !*file || make_file(file);
    return notify("READY=1") && made;
}

void ready_alive(int64_t now_ms)
{
    static int64_t next_ms, pace_ms = -1; // -1: not asked yet; 0: nobody watches
    if (pace_ms < 0) {
        const char *asked = getenv("WATCHDOG_USEC");
        pace_ms = asked ? (int64_t)(strtoull(asked, NULL, 10) / 2000 % INT32_MAX) : 0;
    }
    if (pace_ms == 0 || now_ms < next_ms)
        return;
    next_ms = now_ms + pace_ms;
    notify("WATCHDOG=1");
}

void ready_show(const char *text)
{
    char state[512];
    snprintf(state, sizeof state, "STATUS=%s", text);
    notify(state);
}

void ready_end(const char *file)
{
    notify("STOPPING=1");
    if (*file)
        unlink(file);
}
