#include "services/process/callers.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// NONE is zero. GONE was hung up on, and libzmq has not closed it yet.
typedef enum { NONE, NOBODY, NAMED, GONE } state_t;

typedef struct {
    uint32_t before, after; // in the order in which they came to be what they are
    state_t state;
    char key[CALLERS_KEY];
} caller_t;

// By descriptor; a list of each state begins and ends at its head.
enum { HEADS = CALLERS_DESCRIPTORS_MAX, STATES = GONE + 1 };
static caller_t callers[CALLERS_DESCRIPTORS_MAX + STATES];
static size_t counts[STATES];
static callers_hung_up_t hung_up;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_in_bounds(int fd)
{
    return fd >= 0 && fd < CALLERS_DESCRIPTORS_MAX;
}

// A list that was never used has no end yet.
static void begin(void)
{
    bool begun = callers[HEADS].after != 0;
    for (uint32_t head = HEADS; !begun && head < HEADS + STATES; head++)
        callers[head].before = callers[head].after = head;
}

static void leave(uint32_t fd)
{
    caller_t *self = &callers[fd];
    if (self->state == NONE)
        return;
    callers[self->before].after = self->after;
    callers[self->after].before = self->before;
    counts[self->state]--;
    self->state = NONE;
}

static void become(uint32_t fd, state_t state)
{
    begin();
    leave(fd);
    uint32_t head = HEADS + (uint32_t)state, last = callers[head].before;
    callers[fd].state = state;
    callers[fd].before = last;
    callers[fd].after = head;
    callers[last].after = callers[head].before = fd;
    counts[state]++;
}

static void hang_up_on(uint32_t fd)
{
    become(fd, GONE);
    (void)shutdown((int)fd, SHUT_RDWR);
}

void callers_came(int fd)
{
    if (!is_in_bounds(fd))
        return;
    pthread_mutex_lock(&lock);
    become((uint32_t)fd, NOBODY);
    if (counts[NOBODY] > CALLERS_NOBODY_MAX) {
        hang_up_on(callers[HEADS + NOBODY].after);
        hung_up.nobody++;
    }
    pthread_mutex_unlock(&lock);
}

void callers_went(int fd)
{
    if (!is_in_bounds(fd))
        return;
    pthread_mutex_lock(&lock);
    leave((uint32_t)fd);
    pthread_mutex_unlock(&lock);
}

static size_t count_of(const char *key)
{
    size_t count = 0;
    uint32_t head = HEADS + NAMED;
    for (uint32_t fd = callers[head].after; fd != head; fd = callers[fd].after)
        count += memcmp(callers[fd].key, key, CALLERS_KEY) == 0;
    return count;
}

// The first message of a connection, or of another one of that number.
static bool name(uint32_t fd, const char *key)
{
    leave(fd);
    begin();
    if (count_of(key) >= CALLERS_OF_ONE_MAX) {
        hang_up_on(fd);
        hung_up.too_many++;
        snprintf(hung_up.last, sizeof hung_up.last, "%s", key);
        return false;
    }
    become(fd, NAMED);
    memcpy(callers[fd].key, key, CALLERS_KEY);
    return true;
}

bool callers_named(int fd, const char *certificate)
{
    if (!is_in_bounds(fd) || strlen(certificate) != CALLERS_KEY)
        return true;
    pthread_mutex_lock(&lock);
    const caller_t *self = &callers[fd];
    bool good = self->state != GONE;
    if (self->state == NOBODY ||
        (self->state == NAMED && memcmp(self->key, certificate, CALLERS_KEY) != 0))
        good = name((uint32_t)fd, certificate);
    pthread_mutex_unlock(&lock);
    return good;
}

callers_hung_up_t callers_hung_up(void)
{
    pthread_mutex_lock(&lock);
    callers_hung_up_t copy = hung_up;
    pthread_mutex_unlock(&lock);
    return copy;
}
