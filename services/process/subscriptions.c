#include "services/process/subscriptions.h"

enum { READ_AT_ONCE = 4096 };

static bool is_too_much(const subscriptions_t *self)
{
    return self->count + self->never > SUBSCRIPTIONS_MAX;
}

static void take(subscriptions_t *self, zmq_msg_t *message)
{
    const uint8_t *data = zmq_msg_data(message);
    size_t size = zmq_msg_size(message);
    if (size && data[0] == 1)
        self->count++;
    else if (size && data[0] == 0)
        self->count -= self->count > 0;
    else
        self->never++;
    const char *key = zmq_msg_gets(message, "User-Id");
    if (key) // what goes with a connection is nobody's
        snprintf(self->last, sizeof self->last, "%s", key);
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
