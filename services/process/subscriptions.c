#include "services/process/subscriptions.h"
#include "services/process/security/security.h"
#include <sodium.h>

enum { READ_AT_ONCE = 4096 };

static bool is_too_much(const subscriptions_t *self)
{
    return self->count + self->never > SUBSCRIPTIONS_MAX;
}

// The same in all of the process's life.
static uint64_t hash(const uint8_t *topic, size_t size)
{
    static uint8_t key[crypto_shorthash_KEYBYTES];
    static bool drawn;
    uint64_t result;
    if (!drawn)
        crypto_shorthash_keygen(key);
    drawn = true;
    crypto_shorthash((uint8_t *)&result, topic, size, key);
    return result;
}

static subscription_t *find(subscriptions_t *self, uint64_t topic)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->rows[i].topic == topic)
            return &self->rows[i];
    return NULL;
}

static void subscribe(subscriptions_t *self, uint64_t topic)
{
    subscription_t *row = find(self, topic);
    if (!row) {
        row = &self->rows[self->count++];
        *row = (subscription_t){.topic = topic};
    }
    row->subscribers++;
}

static void unsubscribe(subscriptions_t *self, uint64_t topic)
{
    subscription_t *row = find(self, topic);
    if (row && --row->subscribers == 0)
        *row = self->rows[--self->count];
}

static void take(subscriptions_t *self, zmq_msg_t *message)
{
    const uint8_t *data = zmq_msg_data(message);
    size_t size = zmq_msg_size(message);
    if (size && data[0] == 1)
        subscribe(self, hash(data + 1, size - 1));
    else if (size && data[0] == 0)
        unsubscribe(self, hash(data + 1, size - 1));
    else
        self->never++;
    const char *key = security_caller(message);
    if (key) // what goes with a connection is nobody's
        snprintf(self->last, sizeof self->last, "%s", key);
}

void subscriptions_forget(subscriptions_t *self)
{
    self->count = self->never = 0;
}

bool subscriptions_read(subscriptions_t *self, zsock_t *publisher)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    void *socket = zsock_resolve(publisher);
    // Not beyond the end: with each that is read libzmq takes in more of them.
    for (int i = 0; i < READ_AT_ONCE && !is_too_much(self) &&
                    zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0;
         i++)
        take(self, &message);
    zmq_msg_close(&message);
    return is_too_much(self);
}
