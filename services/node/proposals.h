#pragma once
// proposals - commands for which two must agree: those that wait, and what became of the last ones.
// Example: 100 000 rubles posted by anna wait as a proposal; boris approves it within 72 hours.
//
// Folded from the journal like all that a node knows. Bounded: who fills his own places waits, and
// the others go on. Ownership: rows are valid until the next note. Failures: said by the caller.
// Threads: one. Source: docs/rules.md "Two persons".
#include "proto/codes.h"
#include "proto/event.h"
#include "proto/money.h"
#include "services/base/walk.h"
#include "services/node/allowances.h"

#define PROPOSAL_LIFE_US (72 * HOUR_US)

enum {
    PROPOSALS_MAX = 512,      // remembered
    PROPOSALS_OPEN_MAX = 256, // that wait
    PROPOSALS_OWN_MAX = 32,   // of one certificate that wait
    PROPOSAL_BYTES_MAX = 1024
};

typedef struct {
    uid_t16 id; // of the command
    uint64_t sequence;
    instant_t at, expires;
    kopecks_t amount;
    proposal_state_t state; // PROPOSAL_LAPSED is never stored: it follows from the time
    char certificate[CERTIFICATE_NAME_MAX + 1], by[CERTIFICATE_NAME_MAX + 1];
    size_t size;
    uint8_t request[PROPOSAL_BYTES_MAX];
} proposal_t;

typedef struct {
    proposal_t *rows; // sequences ascend; NULL before the first
    size_t count;
} proposals_t;

void proposals_release(proposals_t *self);
const proposal_t *proposals_find(const proposals_t *self, const uid_t16 *id); // NULL: none
proposal_state_t proposal_state(const proposal_t *self, instant_t now);
// May that certificate propose one more?
bool proposals_have_room(const proposals_t *self, text_t certificate, instant_t now);
void proposals_walk(proposals_t *self, walk_t *walk);
void proposals_note(proposals_t *self, const event_t *event, uint64_t sequence);
