#include "tools/tracing/feeder.h"
#include "proto/stream.h"
#include <assert.h>

enum { ANSWER_MS = 100, ITEMS_BYTES = FRAME_LARGE_MAX - 1024, TROUBLE_MAX = 256, EPOCH = 1 };

struct feeder {
    client_t *client;
    driver_t *driver;
    void (*tend)(void *arg);
    void *arg;
    uint64_t number, sequence, resent; // sequence: of the last item acknowledged
    char trouble[TROUBLE_MAX];
    uint8_t items[ITEMS_BYTES];
};

feeder_t *feeder_new(client_t **client_p, driver_t *driver, void (*tend)(void *arg), void *arg)
{
    feeder_t *self = calloc(1, sizeof *self);
    assert(self);
    self->client = *client_p;
    *client_p = NULL;
    self->driver = driver;
    self->tend = tend;
    self->arg = arg;
    return self;
}

void feeder_destroy(feeder_t **self_p)
{
    feeder_t *self = *self_p;
    if (!self)
        return;
    client_destroy(&self->client);
    free(self);
    *self_p = NULL;
}

// The answer to this batch, whichever of its sendings it answers.
static bool receive(feeder_t *self, feed_answer_t *ret_answer)
{
    bytes_t frame;
    while (client_receive(self->client, ANSWER_MS, &frame) == FAIL_NONE)
        if (feed_answer_decode(frame.data, frame.size, ret_answer) == FAIL_NONE &&
            ret_answer->number == self->number)
            return true;
    return false;
}

// On a batch's first sending every item must be taken; later ones tell what became of it before.
static fail_t judge(feeder_t *self, const feed_batch_t *batch, const feed_answer_t *answer,
                    bool first)
{
    uint32_t refused = 0;
    while (first && refused < answer->results.size && !answer->results.data[refused])
        refused++;
    fail_t fail = answer->fail;
    if (!fail && first && refused < answer->results.size)
        fail = (fail_t)answer->results.data[refused];
    if (fail)
        snprintf(self->trouble, sizeof self->trouble, "metering refused item %llu: %s (%.*s)",
                 (unsigned long long)(batch->first + refused), fail_text(fail),
                 (int)answer->detail.size, answer->detail.data);
    return fail;
}

static fail_t push(feeder_t *self, feed_batch_t *batch)
{
    uint8_t head[128];
    batch->number = ++self->number;
    size_t head_size = feed_batch_encode_head(batch, head, sizeof head);
    assert(head_size);
    int64_t began = zclock_mono();
    for (unsigned attempt = 0; zclock_mono() - began < FEEDER_PATIENCE_MS; attempt++) {
        feed_answer_t answer = {0};
        bool sent = client_send_joined(self->client, head, head_size, batch->items.data,
                                       batch->items.size, ANSWER_MS) == FAIL_NONE;
        self->tend(self->arg); // who kills may strike here: sent and not acknowledged
        bool answered = sent && receive(self, &answer);
        uint64_t last = batch->first + batch->count - (batch->count > 0);
        if (answered && !answer.fail && answer.acknowledged < last && batch->count)
            continue; // taken in part: the rest goes on from there when it is sent again
        if (answered && !fail_retry(answer.fail)) {
            fail_t fail = judge(self, batch, &answer, attempt == 0);
            if (!fail && batch->count)
                self->sequence = last;
            return fail;
        }
        self->resent++;
        driver_tell(self->driver);
    }
    snprintf(self->trouble, sizeof self->trouble, "metering acknowledged nothing for %d s",
             FEEDER_PATIENCE_MS / 1000);
    return FAIL_TIMEOUT;
}

fail_t feeder_push(feeder_t *self, const event_t *events, size_t count, instant_t through)
{
    size_t done = 0;
    do {
        feed_batch_t batch = {
            .producer = FEEDER_PRODUCER, .epoch = EPOCH, .first = self->sequence + 1};
        size_t used = 0;
        while (done < count && batch.count < FEED_ITEMS_MAX) {
            size_t size = event_encode(&events[done], self->items + used, ITEMS_BYTES - used);
            if (!size)
                break; // the next message takes it
            used += size;
            batch.count++;
            done++;
        }
        assert(batch.count || !count);
        batch.items = (bytes_t){self->items, (uint32_t)used};
        batch.through = done == count ? through : 0;
        fail_t fail = push(self, &batch);
        if (fail)
            return fail;
    } while (done < count);
    return FAIL_NONE;
}

const char *feeder_trouble(const feeder_t *self)
{
    return self->trouble;
}

uint64_t feeder_sent(const feeder_t *self)
{
    return self->sequence;
}

uint64_t feeder_resent(const feeder_t *self)
{
    return self->resent;
}
