#include "services/common/reader_thread.h"
#include "services/common/actor.h"
#include "services/common/security.h"
#include <assert.h>

enum { REQUESTS_PER_TURN = 16 };

// Takes one request of [peer, request] and answers it. False if there is none.
static bool serve(reader_thread_t *self, reader_t *reader, void *door, uint8_t *out)
{
    zmq_msg_t peer, request;
    zmq_msg_init(&peer);
    zmq_msg_init(&request);
    bool taken = zmq_msg_recv(&peer, door, ZMQ_DONTWAIT) >= 0;
    unsigned frames = 1;
    for (zmq_msg_t *last = &peer; taken && zmq_msg_more(last); frames++) {
        last = &request;
        int rc = zmq_msg_recv(last, door, 0);
        assert(rc >= 0); // messages arrive whole
    }
    if (taken && frames == 2) {
        size_t size = reader_answer(reader, security_role(&request), zmq_msg_data(&request),
                                    zmq_msg_size(&request), out, READER_ANSWER_MAX);
        if (size && zmq_msg_send(&peer, door, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 &&
            zmq_send(door, out, size, ZMQ_DONTWAIT) >= 0)
            self->answered++;
        else
            self->dropped++;
    }
    zmq_msg_close(&peer);
    zmq_msg_close(&request);
    return taken;
}

static void run(zsock_t *pipe, void *arg)
{
    reader_thread_t *self = arg;
    zsock_t *door = socket_new(SOCKET_REPLAY_DOOR, self->endpoint, self->own, NULL);
    reader_t *reader = reader_new(self->journal, self->stream, self->epoch, self->term, self->hook);
    uint8_t *out = malloc(READER_ANSWER_MAX);
    assert(out);
    zsock_signal(pipe, 0);
    zstr_send(pipe, door ? "OPEN" : "FAILED");

    // Until $TERM, also when there is no door: on czmq 4.2.1 an actor that returns earlier makes
    // zactor_destroy hang.
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN},
                              {.socket = door ? zsock_resolve(door) : NULL, .events = ZMQ_POLLIN}};
    for (;;) {
        zmq_poll(items, door ? 2 : 1, -1);
        if (items[0].revents & ZMQ_POLLIN)
            break;
        for (int i = 0; i < REQUESTS_PER_TURN && serve(self, reader, items[1].socket, out); i++)
            ;
    }
    free(out);
    reader_destroy(&reader);
    zsock_destroy(&door);
}

zactor_t *reader_thread_new(reader_thread_t *settings)
{
    zactor_t *actor = actor_new(run, settings);
    assert(actor);
    if (!actor_says(actor, "OPEN"))
        zactor_destroy(&actor);
    return actor;
}
