#pragma once
// reading - one stream read through its replay door, from its first event on and never with a gap.
//
// Ownership: the client is handed over. Failures: false and the reason in `error`; an event that is
// not known here is skipped if it may be, else it ends the reading. Threads: one.
#include "proto/event.h"
#include "services/process/client.h"

enum { READING_ERROR_MAX = 512, READING_ANSWER_MS = 10000 };

typedef struct {
    const char *name; // of the process, for errors; borrowed
    client_t *client; // of its replay door
    uint64_t epoch, next, last;
    hash_t leaf; // of event next - 1
} reading_t;

typedef void reading_visit_fn(void *arg, uint64_t sequence, const event_t *event);

void reading_init(reading_t *self, const char *name, client_t **client_p);
void reading_release(reading_t *self);

// Visits every event up to the head.
bool reading_catch_up(reading_t *self, reading_visit_fn *visit, void *arg,
                      char error[READING_ERROR_MAX]);
