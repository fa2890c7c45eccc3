// The declarations of a fortified libc are functions of their own.
#undef _FORTIFY_SOURCE
#include "services/process/handshake.h"
#include "services/process/callers.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>

enum { GREETING_BYTES = 64, MECHANISM_AT = 12, COMMANDS = 2 };
enum { HEAD_SHORT = 2, HEAD_LONG = 9, FLAG_LONG = 2 };

typedef struct {
    bool begun, refused, at_door;
    uint8_t greeted;  // bytes of the greeting
    uint8_t commands; // whose heads were read
    uint8_t head;     // bytes of the next one's
    bool is_long;
    uint64_t size, left; // of the next one; of the one before, to come
} handshake_t;

static handshake_t handshakes[HANDSHAKE_DESCRIPTORS_MAX];
static atomic_bool guarded; // the threads that read set it

void handshake_begin(int fd)
{
    if (fd >= 0 && fd < HANDSHAKE_DESCRIPTORS_MAX)
        handshakes[fd] = (handshake_t){.begun = true};
}

void handshake_at_door(int fd)
{
    if (fd >= 0 && fd < HANDSHAKE_DESCRIPTORS_MAX)
        handshakes[fd].at_door = true;
}

void handshake_end(int fd)
{
    if (fd >= 0 && fd < HANDSHAKE_DESCRIPTORS_MAX)
        handshakes[fd] = (handshake_t){0};
}

void handshake_refuse(int fd)
{
    if (fd >= 0 && fd < HANDSHAKE_DESCRIPTORS_MAX)
        handshakes[fd].refused = true;
}

bool handshake_is_guarded(void)
{
    return atomic_load(&guarded);
}

static void greet(handshake_t *self, uint8_t byte)
{
    if (self->greeted++ == MECHANISM_AT && byte != 'C')
        self->begun = false; // not CURVE: libzmq turns it away, or it is a test's
}

// A byte of a command's head: flags, and a size of one byte or of eight.
static bool look_at_head(handshake_t *self, uint8_t byte)
{
    if (self->head++ == 0)
        self->is_long = byte & FLAG_LONG;
    else
        self->size = self->size << 8 | byte;
    if (self->head < (self->is_long ? HEAD_LONG : HEAD_SHORT))
        return true;
    bool good = self->size <= HANDSHAKE_COMMAND_MAX;
    self->left = self->size;
    self->size = self->head = 0;
    if (++self->commands == COMMANDS)
        self->begun = false;
    return good;
}

bool handshake_takes(int fd, const void *data, size_t size)
{
    if (fd < 0 || fd >= HANDSHAKE_DESCRIPTORS_MAX)
        return true;
    handshake_t *self = &handshakes[fd];
    bool begun = self->begun;
    const uint8_t *bytes = data;
    for (size_t i = 0; self->begun && i < size; i++) {
        if (self->greeted < GREETING_BYTES)
            greet(self, bytes[i]);
        else if (self->left)
            self->left--;
        else if (!look_at_head(self, bytes[i]))
            return false;
    }
    if (begun && self->commands == COMMANDS && self->at_door)
        callers_came(fd);
    return !self->refused;
}

static bool is_followed(int fd)
{
    return fd >= 0 && fd < HANDSHAKE_DESCRIPTORS_MAX && handshakes[fd].begun;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    ssize_t count = recvfrom(fd, buffer, size, flags, NULL, NULL);
    if (count > 0 && is_followed(fd))
        atomic_store_explicit(&guarded, true, memory_order_relaxed);
    if (count <= 0 || handshake_takes(fd, buffer, (size_t)count))
        return count;
    errno = ECONNRESET;
    return -1;
}
