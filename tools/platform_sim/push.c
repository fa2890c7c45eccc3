#include "tools/platform_sim/push.h"
#include <assert.h>
#include <inttypes.h>

enum { BATCH_BYTES = 512 * 1024, HEAD_BYTES = 128 };

struct push {
    client_t *client;
    stream_t producer;
    outbox_t *outbox;
    bool known; // acknowledged is what metering said since we began
    uint64_t acknowledged, number, resent, refused;
    instant_t through; // the last one acknowledged
    // The batch that is under way: sent again until it is answered.
    bool out;
    feed_batch_t batch;
    int64_t sent_ms, pause_ms;
    uint8_t items[BATCH_BYTES];
    char trouble[PUSH_TROUBLE_MAX];
};

push_t *push_new(client_t **client_p, stream_t producer, outbox_t *outbox)
{
    push_t *self = calloc(1, sizeof *self);
    assert(self);
    self->client = *client_p;
    *client_p = NULL;
    self->producer = producer;
    self->outbox = outbox;
    return self;
}

void push_destroy(push_t **self_p)
{
    push_t *self = *self_p;
    if (!self)
        return;
    client_destroy(&self->client);
    free(self);
    *self_p = NULL;
}

static bool is_done(const push_t *self)
{
    return self->known && !self->out && self->acknowledged == outbox_last(self->outbox) &&
           self->through == outbox_through_last(self->outbox);
}

// The next batch: a question where we are, then what is not acknowledged. Only the one that reaches
// the head can say `through`.
static fail_t make_batch(push_t *self)
{
    size_t size = 0;
    uint32_t count = 0;
    uint64_t first = self->acknowledged + 1;
    if (self->known) {
        fail_t fail = outbox_read(self->outbox, first, FEED_ITEMS_MAX, self->items,
                                  sizeof self->items, &size, &count);
        if (fail)
            return fail;
    }
    bool head = self->known && self->acknowledged + count == outbox_last(self->outbox);
    self->batch = (feed_batch_t){.number = ++self->number,
                                 .producer = self->producer,
                                 .epoch = outbox_epoch(self->outbox),
                                 .first = first,
                                 .count = count,
                                 .through = head ? outbox_through_last(self->outbox) : 0,
                                 .items = {self->items, (uint32_t)size}};
    self->out = true;
    self->sent_ms = 0;
    self->pause_ms = PUSH_RESEND_FIRST_MS;
    return FAIL_NONE;
}

static instant_t wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (instant_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static void send_batch(push_t *self)
{
    uint8_t head[HEAD_BYTES];
    self->batch.time = wall();
    size_t size = feed_batch_encode_head(&self->batch, head, sizeof head);
    assert(size);
    if (self->sent_ms) {
        self->resent++;
        self->pause_ms =
            self->pause_ms * 2 < PUSH_RESEND_MAX_MS ? self->pause_ms * 2 : PUSH_RESEND_MAX_MS;
    }
    self->sent_ms = zclock_mono();
    // Without a connection nothing leaves; it is sent again like a lost one.
    (void)client_send_joined(self->client, head, size, self->batch.items.data,
                             self->batch.items.size, 0);
}

static fail_t fail_batch(push_t *self, fail_t fail, const char *what, int size)
{
    snprintf(self->trouble, sizeof self->trouble, "batch from %" PRIu64 ": %s: %.*s",
             self->batch.first, fail_text(fail), size, what);
    self->out = false;
    return fail;
}

static fail_t take_answer(push_t *self, const feed_answer_t *answer)
{
    if (answer->number != self->batch.number)
        return FAIL_NONE; // late
    if (fail_retry(answer->fail))
        return FAIL_NONE; // sent again in a while
    if (answer->fail && answer->fail != FAIL_GAP)
        return fail_batch(self, answer->fail, answer->detail.data, (int)answer->detail.size);
    if (answer->acknowledged > outbox_last(self->outbox)) {
        static const char what[] = "metering has taken more than the outbox holds";
        return fail_batch(self, FAIL_HISTORY, what, sizeof what - 1);
    }
    self->out = false;
    self->known = true;
    self->acknowledged = answer->acknowledged;
    if (!answer->fail && self->batch.through)
        self->through = self->batch.through;
    for (uint32_t i = 0; i < answer->results.size; i++)
        self->refused += answer->results.data[i] != FAIL_NONE;
    return FAIL_NONE;
}

fail_t push_run(push_t *self, int timeout_ms)
{
    int64_t deadline = zclock_mono() + timeout_ms;
    while (!is_done(self)) {
        fail_t fail = self->out ? FAIL_NONE : make_batch(self);
        if (fail)
            return fail;
        int64_t now = zclock_mono();
        if (!self->sent_ms || now - self->sent_ms >= self->pause_ms)
            send_batch(self);
        int64_t until = self->sent_ms + self->pause_ms;
        until = until < deadline ? until : deadline;
        bytes_t frame;
        feed_answer_t answer;
        if (client_receive(self->client, until > now ? (int)(until - now) : 0, &frame) ==
                FAIL_NONE &&
            feed_answer_decode(frame.data, frame.size, &answer) == FAIL_NONE)
            fail = take_answer(self, &answer);
        if (fail)
            return fail;
        if (zclock_mono() >= deadline && !is_done(self))
            return FAIL_TIMEOUT;
    }
    return FAIL_NONE;
}

uint64_t push_acknowledged(const push_t *self)
{
    return self->acknowledged;
}

uint64_t push_resent(const push_t *self)
{
    return self->resent;
}

uint64_t push_refused(const push_t *self)
{
    return self->refused;
}

const char *push_trouble(const push_t *self)
{
    return self->trouble;
}
