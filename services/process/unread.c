#include "services/process/unread.h"
#include <assert.h>
#include <czmq.h>
#include <fcntl.h>

typedef struct {
    uid_t16 key; // the first characters of the public key: 100 bits of it
    uint64_t bytes;
} certificate_t;

void unread_init(unread_t *self)
{
    *self = (unread_t){0};
    table_init(&self->certificates, sizeof(certificate_t));
}

void unread_release(unread_t *self)
{
    table_release(&self->certificates);
    free(self->connections);
    *self = (unread_t){0};
}

static uid_t16 key_of(const char *certificate)
{
    uid_t16 key;
    assert(strlen(certificate) >= sizeof key.bytes);
    memcpy(key.bytes, certificate, sizeof key.bytes);
    return key;
}

static unread_connection_t *connection_at(unread_t *self, int fd)
{
    size_t wanted = (size_t)fd + 1;
    if (wanted > self->connections_cap) {
        size_t cap = self->connections_cap ? self->connections_cap : 64;
        while (cap < wanted)
            cap *= 2;
        self->connections = realloc(self->connections, cap * sizeof *self->connections);
        assert(self->connections);
        memset(self->connections + self->connections_cap, 0,
               (cap - self->connections_cap) * sizeof *self->connections);
        self->connections_cap = cap;
    }
    return &self->connections[fd];
}

static void forget(unread_t *self, unread_connection_t *connection)
{
    if (!connection->certificate)
        return;
    certificate_t *certificate = table_row(&self->certificates, connection->certificate - 1);
    uint64_t bytes = (uint64_t)connection->before + connection->last;
    assert(certificate->bytes >= bytes && self->bytes >= bytes);
    certificate->bytes -= bytes;
    self->bytes -= bytes;
    if (certificate->bytes == 0)
        table_remove(&self->certificates, connection->certificate - 1);
    *connection = (unread_connection_t){0};
}

void unread_over(unread_t *self, int fd)
{
    if (fd >= 0 && (size_t)fd < self->connections_cap)
        forget(self, &self->connections[fd]);
}

// Connections whose end was told before their last answer left.
static void forget_closed(unread_t *self)
{
    int64_t now = zclock_mono();
    if (now < self->look_at)
        return;
    self->look_at = now + UNREAD_LOOK_MS;
    for (size_t fd = 0; fd < self->connections_cap; fd++)
        if (self->connections[fd].certificate && fcntl((int)fd, F_GETFD) < 0)
            forget(self, &self->connections[fd]);
}

// What this connection's next answer pushes out is not held any more.
static bool has_room(const unread_t *self, int fd, const uid_t16 *key)
{
    uint32_t number = table_find(&self->certificates, key);
    if (number == TABLE_NONE)
        return self->bytes < UNREAD_TOTAL_MAX;
    const certificate_t *certificate = table_row(&self->certificates, number);
    uint64_t leaves = 0;
    if ((size_t)fd < self->connections_cap && self->connections[fd].certificate == number + 1)
        leaves = self->connections[fd].before;
    return certificate->bytes - leaves < UNREAD_CERTIFICATE_MAX &&
           self->bytes - leaves < UNREAD_TOTAL_MAX;
}

bool unread_may(unread_t *self, int fd, const char *certificate)
{
    if (fd < 0 || fd >= UNREAD_CONNECTIONS_MAX)
        return false;
    uid_t16 key = key_of(certificate);
    if (has_room(self, fd, &key))
        return true;
    forget_closed(self);
    return has_room(self, fd, &key);
}

void unread_gave(unread_t *self, int fd, const char *certificate, size_t bytes)
{
    assert(fd >= 0 && fd < UNREAD_CONNECTIONS_MAX && bytes > 0 && bytes <= UINT32_MAX);
    unread_connection_t *connection = connection_at(self, fd);
    uid_t16 key = key_of(certificate);
    uint32_t number = table_find(&self->certificates, &key);
    if (connection->certificate && connection->certificate != number + 1) {
        forget(self, connection); // another's descriptor by now
        number = table_find(&self->certificates, &key);
    }
    if (number == TABLE_NONE)
        number = table_insert(&self->certificates, &key);
    certificate_t *row = table_row(&self->certificates, number);
    row->bytes += bytes - connection->before;
    self->bytes += bytes - connection->before;
    *connection = (unread_connection_t){number + 1, connection->last, (uint32_t)bytes};
}
