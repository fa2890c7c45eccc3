#include "tools/benchmark/audience.h"
#include "proto/stream.h"
#include "services/process/socket.h"
#include "store/record.h"

enum { PATIENCE_MS = 100, ASK_AGAIN_NS = 500 * 1000 * 1000, LIVE_MAX_MS = 20000 };

typedef struct {
    audience_t *shared;
    zsock_t *subscriber, *replay;
    uint64_t next, asked; // asked: number of the question that is out, 0 if none
    uint64_t questions;
    int64_t asked_at;
} follower_state_t;

// Takes what continues `next`; true if it did.
static bool take_record(follower_state_t *self, const journal_record_t *record,
                        atomic_ullong *count)
{
    uint64_t end = record->first + record->count;
    if (record->first > self->next || end <= self->next)
        return end <= self->next;
    *count += end - self->next;
    self->next = end;
    self->shared->last = end - 1;
    return true;
}

static void ask(follower_state_t *self)
{
    int64_t now = bench_now_ns();
    if (self->asked && now - self->asked_at < ASK_AGAIN_NS)
        return;
    uint8_t bytes[256];
    request_t request = {.type = REQUEST_replay, .number = ++self->questions};
    request.replay.from = self->next;
    request.replay.bytes_max = FRAME_LARGE_MAX - 4096;
    size_t size = request_encode(&request, bytes, sizeof bytes);
    self->asked = self->questions;
    self->asked_at = now;
    zmq_send(zsock_resolve(self->replay), bytes, size, ZMQ_DONTWAIT);
}

static void hear_publication(follower_state_t *self, zmq_msg_t *message)
{
    publication_t publication;
    if (publication_decode(zmq_msg_data(message), zmq_msg_size(message), &publication))
        bench_die("the follower was sent bytes that are no publication");
    uint64_t last =
        publication.count ? publication.first + publication.count - 1 : publication.first;
    self->shared->heard = last;
    journal_record_t record;
    if (publication.record.size && !self->asked) {
        if (record_check(publication.record.data, publication.record.size, &record))
            bench_die("the follower was sent bytes that are no record");
        take_record(self, &record, &self->shared->live);
    }
    if (last >= self->next)
        ask(self);
}

static void hear_answer(follower_state_t *self, zmq_msg_t *message)
{
    answer_t answer;
    if (answer_decode(zmq_msg_data(message), zmq_msg_size(message), REQUEST_replay, &answer) ||
        answer.number != self->asked)
        return;
    self->asked = 0;
    if (answer.fail)
        return;
    bytes_t page = answer.replay.records;
    journal_record_t record;
    while (page.size)
        if (!record_page_next(&page, &record) ||
            !take_record(self, &record, &self->shared->replayed))
            bench_die("the replay door did not answer what was asked");
    if (self->shared->heard >= self->next)
        ask(self);
}

static void drain(follower_state_t *self, zsock_t *socket,
                  void (*hear)(follower_state_t *, zmq_msg_t *))
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (int i = 0; i < 64 && zmq_msg_recv(&message, zsock_resolve(socket), ZMQ_DONTWAIT) >= 0; i++)
        hear(self, &message);
    zmq_msg_close(&message);
}

static void follow(zsock_t *pipe, void *arg)
{
    audience_t *shared = arg;
    const bench_rig_t *rig = shared->rig;
    follower_state_t self = {.shared = shared, .next = shared->last + 1};
    self.subscriber = socket_new(SOCKET_SUBSCRIBER, rig->endpoints[RIG_PUBLISH], rig->operator_cert,
                                 rig->ledger_key);
    self.replay = socket_new(SOCKET_REPLAY_CLIENT, rig->endpoints[RIG_REPLAY], rig->operator_cert,
                             rig->ledger_key);
    if (!self.subscriber || !self.replay)
        bench_die("the follower's sockets: %s", strerror(errno));
    zsock_signal(pipe, 0);
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN},
                              {.socket = zsock_resolve(self.subscriber), .events = ZMQ_POLLIN},
                              {.socket = zsock_resolve(self.replay), .events = ZMQ_POLLIN}};
    while (!(items[0].revents & ZMQ_POLLIN)) {
        drain(&self, self.subscriber, hear_publication);
        drain(&self, self.replay, hear_answer);
        zmq_poll(items, 3, PATIENCE_MS);
        if (shared->heard >= self.next)
            ask(&self);
    }
    zsock_destroy(&self.subscriber);
    zsock_destroy(&self.replay);
}

void audience_start(audience_t *self, const bench_rig_t *rig, uint64_t from)
{
    *self = (audience_t){.rig = rig};
    self->last = from - 1;
    self->actor = zactor_new(follow, self);
    for (int waited = 0; self->heard == 0; waited++) {
        if (waited > LIVE_MAX_MS)
            bench_die("the follower hears nothing");
        zclock_sleep(1);
    }
}

void audience_stop(audience_t *self)
{
    zactor_destroy(&self->actor);
}

bool audience_reaches(audience_t *self, uint64_t sequence, int timeout_ms)
{
    for (int waited = 0; self->last < sequence; waited++) {
        if (waited > timeout_ms)
            return false;
        zclock_sleep(1);
    }
    return true;
}
