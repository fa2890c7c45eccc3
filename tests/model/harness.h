#pragma once
// harness - plays the node for one core: stamps inputs, encodes and decodes what was decided,
// applies it, and keeps every event's bytes. For unit and model tests of any core.
//
// Every input is decided twice and the two decisions must come to the same bytes; only a result
// from outside is not, for it ends work in hand that no journal remembers. Time only moves by
// `now`. Ownership: slices of events and answers live until the next call. Failures: those of the
// core; anything that a node may rely on and that does not hold ends the program by assert.
#include "proto/core.h"
#include "proto/posting.h"

typedef struct {
    const core_t *core;
    void *state;
    const void *settings;
    instant_t now; // the tests set these two before an input
    bool current;
    unsigned unvouched; // bits of input_t.vouched that are not set
    bool once;          // inputs are decided once: autopay's ticks work off an agenda
    role_t role;        // of who sends commands and items; ROLE_IMPORTER at first
    uint64_t entropy;   // counts: each input has another one, the same in every run
    fail_t fail;        // of the last input
    const char *detail;
    uint64_t first; // sequence of the first event that the last input caused, 0 if none
    size_t count;   // how many
    uint8_t *bytes; // all events, one after the other
    size_t bytes_size, bytes_cap;
    size_t *offsets; // [i] is where event i + 1 begins; one more than there are events
    size_t last;     // sequence of the last event
    size_t offsets_cap;
    decision_t decisions[2];
    uint8_t *answer_scratch;
} harness_t;

harness_t *harness_new(const core_t *core, const void *settings); // found() was called
void harness_destroy(harness_t **self_p);

// Decides, encodes, decodes, applies; again while the core wants `more`. Fills in now, current and
// entropy; for an item and an event of a stream also the cause.
fail_t harness_input(harness_t *self, input_t input);
// A command under an id made of the count of inputs.
fail_t harness_command(harness_t *self, const request_t *request);
fail_t harness_item(harness_t *self, stream_t producer, uint64_t sequence, const event_t *item);
fail_t harness_event(harness_t *self, stream_t stream, uint64_t sequence, const event_t *event);
fail_t harness_tick(harness_t *self);
// Brings back what is wished for, as long as anything is; returns how many events that caused.
size_t harness_recall(harness_t *self);
void harness_append(harness_t *self, const event_t *event); // one of the node's own
fail_t harness_check(harness_t *self, const event_t *item);

fail_t harness_query(harness_t *self, const request_t *request, answer_t *ret_answer);
// Completes the answer to the last command.
fail_t harness_answer(harness_t *self, const request_t *request, answer_t *ret_answer);
// The ledger's answer to `totals`, and in it the systems' balances by number.
answer_totals_t harness_totals(harness_t *self, kopecks_t ret_systems[SYSTEM_END]);

bytes_t harness_bytes(const harness_t *self, uint64_t sequence);
event_t harness_read(const harness_t *self, uint64_t sequence);
// The event that the last input caused as its i-th, from 0; its type must be that one.
event_t harness_caused(const harness_t *self, size_t i, event_type_t type);

// The process ends and another one replays its journal.
void harness_restart(harness_t **self_p);
// Another harness whose state was made by replaying the events of this one.
harness_t *harness_replay(const harness_t *self);
// Asserts that both say the same of everything that can be asked without an argument: table,
// counters and what is due.
void harness_compare(harness_t *a, harness_t *b);
