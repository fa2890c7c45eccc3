#include "services/process/watch.h"

void watch_read(watch_t *self, watch_fn *over, void *arg)
{
    void *events = zsock_resolve(self->events);
    uint8_t told[6]; // event, value
    while (zmq_recv(events, told, sizeof told, ZMQ_DONTWAIT) == (int)sizeof told) {
        uint16_t event;
        int32_t value;
        memcpy(&event, told, sizeof event);
        memcpy(&value, told + sizeof event, sizeof value);
        (void)zmq_recv(events, NULL, 0, ZMQ_DONTWAIT); // the endpoint
        switch (event) {
        case ZMQ_EVENT_ACCEPTED:
        case ZMQ_EVENT_DISCONNECTED:
            if (over)
                over(arg, value);
            break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            self->malformed++;
            break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            self->unfinished++;
            break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            self->unknown++;
            break;
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            self->finished++;
            break;
        default:
            break;
        }
    }
}

void watch_close(watch_t *self, zsock_t *socket)
{
    if (!self->events)
        return;
    (void)zmq_socket_monitor(zsock_resolve(socket), NULL,
                             0); // or the I/O thread waits for a listener
    zsock_destroy(&self->events);
}
