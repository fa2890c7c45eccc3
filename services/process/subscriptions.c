#include "services/process/subscriptions.h"

enum { READ_AT_ONCE = 4096 };

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
    if (self->count + self->never <= SUBSCRIPTIONS_MAX)
        return;
    const char *key = zmq_msg_gets(message, "User-Id");
    snprintf(self->crowd, sizeof self->crowd, "%s", key ? key : "");
}

bool subscriptions_read(subscriptions_t *self, zsock_t *publisher)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    void *socket = zsock_resolve(publisher);
    for (int i = 0; i < READ_AT_ONCE && zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0; i++)
        take(self, &message);
    zmq_msg_close(&message);
    return self->count + self->never > SUBSCRIPTIONS_MAX;
}
