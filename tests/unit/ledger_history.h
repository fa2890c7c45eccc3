#pragma once
// ledger_history - what the ledger's core made of a life, for tests of checkers: its events, whose
// bytes are the core's until the release. For one test program each.
#include "services/ledger/ledger_core.h"
#include "tests/model/harness.h"
#include "tests/unit/verify_rig.h"
#include <stdlib.h>

static harness_t *ledger_history_core; // whose bytes the events' slices are

static inline histories_t *ledger_history(void (*live)(harness_t *h))
{
    histories_t *out = calloc(1, sizeof *out);
    harness_t *h = ledger_history_core = harness_new(&ledger_core, NULL);
    live(h);
    for (uint64_t i = 1; i <= h->last; i++) {
        event_t event = harness_read(h, i);
        history_add(&out->of[STREAM_LEDGER], &event);
    }
    return out;
}

static inline int ledger_history_release(void **state)
{
    harness_destroy(&ledger_history_core);
    histories_release(*state);
    free(*state);
    return 0;
}
