#pragma once
// origin - where an event comes from: the events that caused it, and of a debit the lots that it
// took; and whether what it says follows from them.
//
// Example: a charge of 40 kopecks follows from metering's line of 60 minutes, and took of the lot
// of a card payment, which follows from payment's word that the money came, and that from autopay's
// decision to charge.
//
// What is given back comes from the line that it gives back, and a payment that came to nothing
// from the decision to make it; what two persons said of a transfer in suspense from that transfer;
// a step of the ladder from the posting that left the balance, and the last line of the hour;
// an act from all that metering charged and the ledger posted up to two events.
//
// Pure. Ownership: reads what it is given. Failures: none; what does not follow is said. Threads:
// any. Source: docs/rules.md "The ledger", "Carry", "Lots"; PROTOCOL.md §16.
#include "proto/event.h"

enum { ORIGINS_MAX = 17 }; // a cause, and 16 lots

typedef enum {
    ORIGIN_CAUSE,
    ORIGIN_LOT,
    ORIGIN_DECISION,
    ORIGIN_LINE,
    ORIGIN_TRANSFER,
    ORIGIN_BALANCE,
    ORIGIN_HOUR,
    ORIGIN_THROUGH, // an act is of what stands up to there
    ORIGIN_HISTORY  // an earlier event of the same payment (explain_history.h)
} origin_link_t;

typedef struct {
    origin_link_t link;
    stream_t stream;
    uint64_t sequence;
    kopecks_t taken; // of a lot
} origin_t;

// What an event of that stream comes from; returns how many. 0 for what begins by itself: a word of
// somebody outside, a command, time.
size_t origin_list(stream_t stream, uint64_t sequence, const event_t *event,
                   origin_t out[ORIGINS_MAX]);

// What does not follow from it, NULL if all does: amounts, accounts and kinds.
const char *origin_check(const event_t *event, const origin_t *origin, const event_t *from);

// What does not hold in an event by itself: a line's minutes, price and carry are not its
// amount, or an act's lines and taxes are not.
const char *origin_check_alone(const event_t *event);

// Of a line, the carry before it, in units of 1/CARRY_DENOMINATOR kopeck; out of range if it does
// not hold.
__int128 origin_carry_before(const event_usage_charged_t *line);
