#pragma once
// push - sends an outbox's events through metering's feed door in acknowledged batches.
//
// There is no cursor of ours: what metering acknowledges is the cursor, so after a start it is
// asked for it, and whatever is not acknowledged is sent again with the same numbers. One batch is
// under way at a time. An item that metering refuses is behind the cursor for good and counted.
//
// Ownership: the client is handed over, the outbox borrowed. Failures: push_run: FAIL_TIMEOUT while
// metering is away or asks to come later (run it again), anything else is for people: push_trouble.
// Threads: one. Source: proto/PROTOCOL.md §8.
#include "services/process/client.h"
#include "tools/outbox/outbox.h"

enum { PUSH_RESEND_FIRST_MS = 1000, PUSH_RESEND_MAX_MS = 5000, PUSH_TROUBLE_MAX = 256 };

typedef struct push push_t;

push_t *push_new(client_t **client_p, stream_t producer, outbox_t *outbox);
void push_destroy(push_t **self_p);

// Sends until everything up to the outbox's head and its `through` is acknowledged, or the time is
// over.
fail_t push_run(push_t *self, int timeout_ms);
uint64_t push_acknowledged(const push_t *self);
uint64_t push_resent(const push_t *self);  // batches
uint64_t push_refused(const push_t *self); // items, for good
const char *push_trouble(const push_t *self);
