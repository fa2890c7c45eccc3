#pragma once
// outbox - what a platform links to bill by Kopeck: a durable queue of usage events that metering
// follows by pub/sub and replay.
//
// An event is the platform's business from the moment outbox_add returned: it is on stable storage,
// numbered without a gap, published, and will be replayed to metering however often either side
// dies. There is nothing to acknowledge and nothing to resend by hand. outbox_through then says up
// to which instant everything has been added; metering bills no minute beyond it.
//
//     outbox_t *outbox = outbox_open(&options, error);
//     outbox_add(outbox, events, count);                   events of proto/events.def, 10 to 15
//     outbox_through(outbox, now);
//
// A platform that would rather push asks for no doors and sends what outbox_read gives it.
//
// One number per outbox (stream_t, from PRODUCER_FIRST on), one process per directory.
// Threads: any one at a time; the outbox publishes and answers from threads of its own.
// Failures: outbox_open: NULL and the reason in `error`. After a failed outbox_add the outbox
// refuses everything: close it, open it again, and ask outbox_last what had become durable.
// Source: proto/PROTOCOL.md §8, §13.
#include "proto/event.h"

typedef struct outbox outbox_t;

typedef struct {
    const char *directory; // of the journal
    bool create;           // a new one where there is none. Metering stops at another history:
                           // ask for it once, for a volume may not be mounted
    stream_t producer;
    uint64_t segment_events;      // of a new journal, a power of two; 0 for what is there
    const char *publish, *replay; // endpoints that metering connects to; NULL to be read only
    const char *secret;           // our NAME.cert_secret
    const char *certificates;     // directory of the public certificates that may come in
                                  // (both are not looked at without doors)
} outbox_options_t;

enum { OUTBOX_ERROR_MAX = 512, OUTBOX_EVENTS_MAX = 8192 };

outbox_t *outbox_open(const outbox_options_t *options, char error[OUTBOX_ERROR_MAX]);
void outbox_close(outbox_t **self_p);

// All or nothing, durable on return. At most OUTBOX_EVENTS_MAX events.
fail_t outbox_add(outbox_t *self, const event_t *events, size_t count);

// All that happened up to `through` has been added. Never backwards.
fail_t outbox_through(outbox_t *self, instant_t through);

uint64_t outbox_last(outbox_t *self);          // sequence of the last event added
instant_t outbox_through_last(outbox_t *self); // as of the last durable call
uint64_t outbox_epoch(const outbox_t *self);   // its history's name: when it was made, in seconds

// Copies the encoded events from `from` on, one after the other, as a pushed batch carries them: at
// most count_max of them, at most `cap` bytes. None beyond the last.
fail_t outbox_read(outbox_t *self, uint64_t from, uint32_t count_max, uint8_t *out, size_t cap,
                   size_t *ret_size, uint32_t *ret_count);
