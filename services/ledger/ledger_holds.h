#pragma once
// ledger_holds - the refunds that payment asked for, and what is held for each: nothing yet, a part
// of one lot, or nothing any more.
//
// A refund is held once and settled once, whatever history payment has. Its row is kept until it is
// over and its number 400 days old; one that is older and not here is no refund any more
// (ledger_credited.h). Numbers of the old kind tell no time, and their rows stay.
// Those whose payment's posting is looked for stand in a chain of their own, and so do those that
// are over.
//
// Ownership  The rows are the table's; pointers are valid until the next is noted.
// Memory     96 bytes a refund. Failures: none. Threads: one.
// Source     docs/rules.md "Refunds in the ledger".
#include "proto/event.h"
#include "services/base/chain.h"
#include "services/base/table.h"

typedef enum {
    LEDGER_HOLD_NOTED = 1, // its payment's posting is looked for
    LEDGER_HOLD_HELD,
    LEDGER_HOLD_REFUSED, // nothing was held
    LEDGER_HOLD_LEFT,
    LEDGER_HOLD_BACK
} ledger_hold_state_t;

typedef struct {
    uid_t16 key; // made of its number
    event_refund_noted_t noted;
    uint64_t lot;
    ledger_hold_state_t state;
    chain_link_t link;
} ledger_hold_t;

typedef struct {
    table_t rows;
    chain_t noted, over;
    uint64_t held, settled; // how many
} ledger_holds_t;

void ledger_holds_init(ledger_holds_t *self);
void ledger_holds_release(ledger_holds_t *self);
void ledger_holds_walk(ledger_holds_t *self, walk_t *walk);
// NULL if there is none.
const ledger_hold_t *ledger_holds_find(const ledger_holds_t *self, uint64_t refund);

// Those that are over and too old to be told of again.
void ledger_holds_forget(ledger_holds_t *self, instant_t now);

// Each stores what the event says, and knows no rule.
void ledger_holds_noted(ledger_holds_t *self, const event_refund_noted_t *noted);
void ledger_holds_held(ledger_holds_t *self, const event_refund_held_t *held);
void ledger_holds_refused(ledger_holds_t *self, uint64_t refund);
// The row as it was before, for the lot; its state is the new one. NULL if there is no row: it left
// unheard of, and is known from now on.
const ledger_hold_t *ledger_holds_settled(ledger_holds_t *self,
                                          const event_refund_settled_t *settled);
