// The declarations of a fortified libc are functions of their own.
#undef _FORTIFY_SOURCE
#include "services/process/hang_up.h"
#include "services/process/callers.h"
#include "services/process/handshake.h"
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    OTHERS, // libzmq has nothing to do with it
    POLLER, // what libzmq waits with
    ADDED,  // a connection of libzmq, or what wakes it
    READ,   // which it reads
    LEFT    // which it has read and does not read now: the kernel does not know of it
};
static _Atomic uint8_t states[HANDSHAKE_DESCRIPTORS_MAX];
static atomic_bool seen;

bool hang_up_is_guarded(void)
{
    return seen;
}

static uint8_t state_of(int fd)
{
    return fd >= 0 && fd < HANDSHAKE_DESCRIPTORS_MAX ? states[fd] : OTHERS;
}

static void set_state(int fd, uint8_t state)
{
    if (fd >= 0 && fd < HANDSHAKE_DESCRIPTORS_MAX)
        states[fd] = state;
}

// --- doors ---

typedef struct {
    char place[sizeof((struct sockaddr_un){0}).sun_path]; // a path, or the digits of a port
    bool on_talkers;
} door_t;
static door_t doors[HANG_UP_DOORS_MAX];
static atomic_size_t doors_count;
static atomic_ullong talkers;

uint64_t hang_up_talkers(void)
{
    return talkers;
}

static const door_t *find(const char *place)
{
    for (size_t i = 0; i < doors_count; i++)
        if (strcmp(doors[i].place, place) == 0)
            return &doors[i];
    return NULL;
}

void hang_up_door(const char *endpoint, bool on_talkers)
{
    door_t door = {.on_talkers = on_talkers};
    bool local = strncmp(endpoint, "ipc://", 6) == 0;
    snprintf(door.place, sizeof door.place, "%s",
             local ? endpoint + 6 : strrchr(endpoint, ':') + 1);
    if (find(door.place))
        return;
    assert(doors_count < HANG_UP_DOORS_MAX);
    doors[doors_count] = door;
    doors_count++;
}

// NULL for what came to none: what we connect, what listens, and no sockets.
static const door_t *door_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ip;
        struct sockaddr_in6 ip6;
        struct sockaddr_un local;
    } at = {0}, peer;
    socklen_t size = sizeof at, peer_size = sizeof peer;
    char place[sizeof((door_t){0}).place] = "";
    if (getpeername(fd, &peer.any, &peer_size) != 0 || getsockname(fd, &at.any, &size) != 0)
        return NULL;
    if (at.any.sa_family == AF_UNIX)
        snprintf(place, sizeof place, "%.*s", (int)sizeof at.local.sun_path, at.local.sun_path);
    else
        snprintf(place, sizeof place, "%u",
                 ntohs(at.any.sa_family == AF_INET6 ? at.ip6.sin6_port : at.ip.sin_port));
    return find(place);
}

// --- what libzmq asks of the kernel ---

static int control(int poller, int operation, int fd, struct epoll_event *event)
{
    return (int)syscall(SYS_epoll_ctl, poller, operation, fd, event);
}

static int add(int poller, int fd, struct epoll_event *event)
{
    bool libzmqs = event && event->events == 0;
    if (libzmqs)
        seen = true;
    set_state(poller, libzmqs ? POLLER : OTHERS);
    set_state(fd, libzmqs ? ADDED : OTHERS);
    if (libzmqs)
        handshake_begin(fd);
    return control(poller, EPOLL_CTL_ADD, fd, event);
}

static int change(int poller, int fd, struct epoll_event *event)
{
    uint8_t state = state_of(fd);
    bool reads = event && event->events & EPOLLIN;
    if (state == OTHERS || state == POLLER || (state == ADDED && !reads))
        return control(poller, EPOLL_CTL_MOD, fd, event);
    if (state == LEFT && !reads)
        return 0;
    const door_t *door = state == ADDED || state == LEFT ? door_of(fd) : NULL;
    if (door && state == ADDED)
        handshake_at_door(fd);
    if (door && state == LEFT && door->on_talkers) {
        handshake_refuse(fd);
        talkers++;
    }
    set_state(fd, reads ? READ : LEFT);
    if (!reads)
        return control(poller, EPOLL_CTL_DEL, fd, event);
    return control(poller, state == LEFT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, event);
}

static int take_out(int poller, int fd, struct epoll_event *event)
{
    uint8_t state = state_of(fd);
    set_state(fd, OTHERS);
    handshake_end(fd);
    callers_went(fd);
    return state == LEFT ? 0 : control(poller, EPOLL_CTL_DEL, fd, event);
}

int epoll_ctl(int poller, int operation, int fd, struct epoll_event *event)
{
    switch (operation) {
    case EPOLL_CTL_ADD:
        return add(poller, fd, event);
    case EPOLL_CTL_MOD:
        return change(poller, fd, event);
    case EPOLL_CTL_DEL:
        return take_out(poller, fd, event);
    default:
        errno = EINVAL;
        return -1;
    }
}

int epoll_wait(int poller, struct epoll_event *events, int max, int timeout_ms)
{
    int count = epoll_pwait(poller, events, max, timeout_ms, NULL);
    bool libzmqs = state_of(poller) == POLLER;
    for (int i = 0; libzmqs && i < count; i++)
        if (events[i].events & EPOLLIN)
            events[i].events &= ~(uint32_t)(EPOLLERR | EPOLLHUP);
    return count;
}
