#include "tools/kopeck/verify_evidence.h"
#include <string.h>

enum { OWNER_MAX = 48 };

typedef struct {
    uid_t16 key;    // made of its number
    instant_t word; // INT64_MIN if none is heard, or it is retired
    instant_t until;
    bool bounded;
    uint8_t size;
    char owner[OWNER_MAX];
} producer_t;

typedef struct {
    uid_t16 id;
    stream_t producer;
    uint32_t meters;
} resource_t;

void verify_evidence_init(verify_evidence_t *self, verify_report_t *report)
{
    *self = (verify_evidence_t){.report = report, .late_us = 72 * HOUR_US};
    table_init(&self->producers, sizeof(producer_t));
    table_init(&self->resources, sizeof(resource_t));
}

void verify_evidence_release(verify_evidence_t *self)
{
    table_release(&self->producers);
    table_release(&self->resources);
}

static producer_t *need_producer(verify_evidence_t *self, stream_t number)
{
    uid_t16 key = table_key(number, 1);
    uint32_t row = table_find(&self->producers, &key);
    if (row == TABLE_NONE) {
        row = table_insert(&self->producers, &key);
        ((producer_t *)table_row(&self->producers, row))->word = INT64_MIN;
    }
    return table_row(&self->producers, row);
}

static bool is_one_owner(const producer_t *a, const producer_t *b)
{
    return a->size && a->size == b->size && !memcmp(a->owner, b->owner, a->size);
}

static instant_t word_for(const verify_evidence_t *self, const producer_t *producer)
{
    instant_t word = producer->word;
    for (uint32_t i = 0; producer->word == INT64_MIN && i < self->producers.count; i++) {
        const producer_t *other = table_row(&self->producers, i);
        if (is_one_owner(producer, other) && other->word > word)
            word = other->word;
    }
    return word;
}

static void raise_bound(verify_evidence_t *self, producer_t *producer, instant_t word)
{
    if (!producer->bounded || word <= producer->until)
        return;
    producer->until = word;
    if (word >= self->closed) {
        producer->bounded = false;
        self->bounded--;
    }
}

static void take_through(verify_evidence_t *self, const event_usage_through_t *event)
{
    producer_t *producer = need_producer(self, event->producer);
    producer->word = event->through;
    raise_bound(self, producer, event->through);
    for (uint32_t i = 0; i < self->producers.count; i++) {
        producer_t *other = table_row(&self->producers, i);
        if (other->word == INT64_MIN && is_one_owner(producer, other))
            raise_bound(self, other, event->through);
    }
}

static void bound(verify_evidence_t *self, producer_t *producer, instant_t until)
{
    self->bounded += !producer->bounded;
    producer->bounded = true;
    producer->until = until;
}

static void check_bounded(verify_evidence_t *self, uint64_t sequence, const event_t *event)
{
    producer_t *producer = need_producer(self, event->usage_bounded.producer);
    instant_t until = event->usage_bounded.until, word = word_for(self, producer);
    if (producer->bounded && producer->until > word)
        word = producer->until;
    bool start =
        until > word && until % HOUR_US == 0 && until >= self->closed && until <= event->at;
    verify_that(self->report, "metering: a run is bounded at its producer's last word",
                STREAM_METERING, sequence, until == word || start,
                "that word, or the start of the hour that is closed without it", until);
    bound(self, producer, until);
}

static void check_ended(verify_evidence_t *self, uint64_t sequence, const event_t *event)
{
    producer_t *producer = need_producer(self, event->usage_ended.producer);
    instant_t until = word_for(self, producer);
    if (until < self->closed)
        until = self->closed;
    if (producer->bounded)
        until = producer->until;
    if (until > event->at)
        until = event->at;
    verify_equal(self->report, "metering: a run ends where it is vouched for last", STREAM_METERING,
                 sequence, until, event->usage_ended.until);
    if (!producer->bounded || event->at < until + self->late_us)
        self->ended = event->usage_ended.producer, self->ended_sequence = sequence;
    bound(self, producer, event->usage_ended.until);
}

// What may still be vouched for does not end, unless who would vouch is retired.
static void check_patience(verify_evidence_t *self, const event_t *event)
{
    if (!self->ended)
        return;
    verify_that(self->report, "metering: what may still be vouched for goes on", STREAM_METERING,
                self->ended_sequence,
                event->type == EVENT_producer_retired &&
                    event->producer_retired.producer == self->ended,
                "an end when the word is older than minutes may be, or a retired producer",
                (int64_t)self->ended);
    self->ended = 0;
}

static void take_opened(verify_evidence_t *self, const event_t *event)
{
    const uid_t16 *id = &event->meter_opened.resource;
    uint32_t row = table_find(&self->resources, id);
    if (row == TABLE_NONE) {
        row = table_insert(&self->resources, id);
        ((resource_t *)table_row(&self->resources, row))->producer = event->cause.stream;
    }
    ((resource_t *)table_row(&self->resources, row))->meters++;
}

void verify_evidence_forget(verify_evidence_t *self, const uid_t16 *id)
{
    uint32_t row = table_find(&self->resources, id);
    if (row != TABLE_NONE && --((resource_t *)table_row(&self->resources, row))->meters == 0)
        table_remove(&self->resources, row);
}

static void take_owned(verify_evidence_t *self, const event_producer_owned_t *event)
{
    producer_t *producer = need_producer(self, event->producer);
    producer->size = (uint8_t)(event->owner.size < OWNER_MAX ? event->owner.size : OWNER_MAX);
    if (producer->size)
        memcpy(producer->owner, event->owner.data, producer->size);
}

void verify_evidence_feed(verify_evidence_t *self, uint64_t sequence, const event_t *event)
{
    uint32_t row;
    check_patience(self, event);
    switch (event->type) {
    case EVENT_meter_opened:
        take_opened(self, event);
        break;
    case EVENT_resource_moved:
        row = table_find(&self->resources, &event->resource_moved.resource);
        if (row != TABLE_NONE)
            ((resource_t *)table_row(&self->resources, row))->producer =
                event->resource_moved.producer;
        break;
    case EVENT_producer_owned:
        take_owned(self, &event->producer_owned);
        break;
    case EVENT_usage_through:
        take_through(self, &event->usage_through);
        break;
    case EVENT_producer_retired:
        need_producer(self, event->producer_retired.producer)->word = INT64_MIN;
        break;
    case EVENT_usage_bounded:
        check_bounded(self, sequence, event);
        break;
    case EVENT_usage_ended:
        check_ended(self, sequence, event);
        break;
    case EVENT_hour_closed:
        self->closed = event->hour_closed.hour + HOUR_US;
        break;
    case EVENT_metering_policy_changed:
        self->late_us = (instant_t)event->metering_policy_changed.late_us;
        break;
    default:
        break;
    }
}

stream_t verify_evidence_owner(const verify_evidence_t *self, const uid_t16 *resource)
{
    uint32_t row = table_find(&self->resources, resource);
    return row == TABLE_NONE ? 0 : ((const resource_t *)table_row(&self->resources, row))->producer;
}

instant_t verify_evidence_until(const verify_evidence_t *self, const uid_t16 *resource)
{
    if (!self->bounded)
        return INT64_MAX;
    uid_t16 key = table_key(verify_evidence_owner(self, resource), 1);
    uint32_t row = table_find(&self->producers, &key);
    const producer_t *producer = row == TABLE_NONE ? NULL : table_row(&self->producers, row);
    return producer && producer->bounded ? producer->until : INT64_MAX;
}
