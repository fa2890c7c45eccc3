#include "services/process/reader_thread.h"
#include "proto/counter.h"
#include "services/process/actor.h"
#include "services/process/security/security.h"
#include "services/process/unread.h"
#include <assert.h>
#include <time.h>

enum { REQUESTS_PER_TURN = 16 };

typedef struct {
    reader_thread_t *shared;
    reader_t *reader;
    zsock_t *door;
    watch_t watch;
    unread_t unread;
    roster_t roster;
    uint8_t *out;
} serving_t;

static void over(void *arg, int fd)
{
    unread_over(arg, fd);
}

static void hear(serving_t *self)
{
    watch_read(&self->watch, over, &self->unread);
    self->shared->malformed = self->watch.malformed;
    self->shared->unfinished = self->watch.unfinished;
}

// A ROUTER learns late that its peer's queue has room again: who asks as soon as he was answered
// would find none. Looking at its events makes it listen.
static bool address(serving_t *self, zmq_msg_t *peer)
{
    void *door = zsock_resolve(self->door);
    if (zmq_msg_send(peer, door, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        return true;
    if (zmq_errno() != EAGAIN)
        return false;
    (void)zsock_events(self->door);
    return zmq_msg_send(peer, door, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0;
}

static instant_t time_of(const reader_thread_t *shared)
{
    struct timespec boot;
    int64_t ahead_us = shared->ahead_us;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    return ahead_us ? (instant_t)boot.tv_sec * SECOND_US + boot.tv_nsec / 1000 + ahead_us : 0;
}

// False if it could not leave.
static bool answer(serving_t *self, zmq_msg_t *peer, zmq_msg_t *request)
{
    int fd = zmq_msg_get(request, ZMQ_SRCFD);
    const char *certificate = security_caller(request);
    if (!certificate)
        return false;
    if (!unread_may(&self->unread, fd, certificate)) {
        self->shared->unread++;
        return false;
    }
    self->reader->time = time_of(self->shared);
    const roster_row_t *row = roster_find(&self->roster, certificate);
    size_t size =
        reader_answer(self->reader, row ? row->role : ROLE_NONE, zclock_time() * 1000,
                      zmq_msg_data(request), zmq_msg_size(request), self->out, READER_ANSWER_MAX);
    if (!size || !address(self, peer) ||
        zmq_send(zsock_resolve(self->door), self->out, size, ZMQ_DONTWAIT) < 0)
        return false;
    unread_gave(&self->unread, fd, certificate, size);
    return true;
}

// Takes one request of [peer, request] and answers it. False if there is none.
static bool serve(serving_t *self)
{
    zmq_msg_t peer, request;
    zmq_msg_init(&peer);
    zmq_msg_init(&request);
    void *door = zsock_resolve(self->door);
    bool taken = zmq_msg_recv(&peer, door, ZMQ_DONTWAIT) >= 0;
    unsigned frames = 1;
    for (zmq_msg_t *last = &peer; taken && zmq_msg_more(last); frames++) {
        last = &request;
        int rc = zmq_msg_recv(last, door, 0);
        assert(rc >= 0); // messages arrive whole
    }
    if (taken && frames == 2) {
        hear(self); // before: its descriptor may have been another's a moment ago
        atomic_fetch_add(
            answer(self, &peer, &request) ? &self->shared->answered : &self->shared->dropped, 1);
    }
    zmq_msg_close(&peer);
    zmq_msg_close(&request);
    return taken;
}

static void run(zsock_t *pipe, void *arg)
{
    reader_thread_t *shared = arg;
    serving_t self = {.shared = shared, .out = malloc(READER_ANSWER_MAX)};
    assert(self.out);
    self.door =
        socket_watched(SOCKET_REPLAY_DOOR, shared->endpoint, shared->own, NULL, &self.watch);
    self.reader =
        reader_new(shared->journal, shared->stream, shared->epoch, shared->term, shared->hook);
    if (shared->judge) {
        self.reader->judge = access_judge_as_speaker;
        self.reader->judge_arg = shared->judge;
    }
    unread_init(&self.unread);
    roster_open(&self.roster, shared->board);
    zsock_signal(pipe, 0);
    actor_say(pipe, self.door ? "OPEN" : "FAILED");

    // Until $TERM, also when there is no door: on czmq 4.2.1 an actor that returns earlier makes
    // zactor_destroy hang.
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN},
                              {.events = ZMQ_POLLIN},
                              {.events = ZMQ_POLLIN}};
    if (self.door) {
        items[1].socket = zsock_resolve(self.door);
        items[2].socket = zsock_resolve(self.watch.events);
    }
    for (;;) {
        if (zmq_poll(items, self.door ? 3 : 1, -1) < 0)
            continue; // interrupted
        if (items[0].revents & ZMQ_POLLIN)
            break;
        hear(&self);
        for (int i = 0; i < REQUESTS_PER_TURN && serve(&self); i++)
            ;
    }
    free(self.out);
    reader_destroy(&self.reader);
    watch_close(&self.watch, self.door);
    zsock_destroy(&self.door);
    unread_release(&self.unread);
    roster_close(&self.roster);
    actor_end(pipe);
}

zactor_t *reader_thread_new(reader_thread_t *settings)
{
    zactor_t *actor = actor_new(run, settings);
    assert(actor);
    if (!actor_says(actor, "OPEN"))
        zactor_destroy(&actor);
    return actor;
}

void reader_thread_counters(const reader_thread_t *self, writer_t *out)
{
    counter_put(out, COUNTER_shell_replayed, (int64_t)self->answered);
    counter_put(out, COUNTER_shell_replay_dropped, (int64_t)self->dropped);
    counter_put(out, COUNTER_shell_replay_unread, (int64_t)self->unread);
}
