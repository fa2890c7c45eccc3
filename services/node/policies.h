#pragma once
// policies - the policies in force: the event of each, since when, and who set it. Example: hours
// settle for 2 minutes by event 2, which nobody sent: the journal began with it.
//
// A value, folded from the journal like all that a node knows. Of each type it holds the last event
// alone, so it does not grow with history. Failures: none. Threads: one.
// Source: proto/PROTOCOL.md §7.2.
#include "proto/event.h"
#include "proto/request.h"
#include "services/base/walk.h"
#include "services/node/allowances.h"

enum { POLICIES_MAX = 2 };

typedef struct {
    event_t first;     // as a new journal has it
    event_t event;     // in force; `first` where none was ever set
    uint64_t sequence; // of the event; 0: none was ever set
    char certificate[CERTIFICATE_NAME_MAX + 1], approver[CERTIFICATE_NAME_MAX + 1]; // or empty
} policy_t;

typedef struct {
    policy_t rows[POLICIES_MAX];
    size_t count;
} policies_t;

// One more, as a new journal has it: an event of numbers and amounts alone, of a type of its own.
void policies_add(policies_t *self, const event_t *first);
// What was set; what a new journal begins with the rows must have already.
void policies_walk(policies_t *self, walk_t *walk);
void policies_note(policies_t *self, const event_t *event, uint64_t sequence);
// Is what the asker of a new policy saw in force still so? True of every other request, and of one
// who does not say what he saw: who read and then writes must not undo what another set meanwhile.
bool policies_are_as_seen(const policies_t *self, const request_t *request);
// Packs the rows of the answer to `policies`; how many.
uint64_t policies_pack(const policies_t *self, pack_t *pack);
