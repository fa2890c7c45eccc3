#pragma once
// metering_quotas - how much one producer's owner has taken of what there is, and whether he may
// have more. One certificate, once it is known to a stranger, must not use up what all share.
//
// Counted are producers of one owner together: what they hold now (meters, replicas, busy
// replicas), and what they opened in the clock hour of `now` by the journal's stamps. Example: with
// 2 000 000 meters an hour, an owner's 2 000 001st since 10:00 waits until 11:00.
//
// Beside the quotas, which an operator changes, stands the size of the tables (metering_limits_t).
// Of its last eighth an owner gets no more than a 128th of the whole, so a newcomer finds room
// whatever the others hold.
//
// Ownership: reads the state, keeps nothing. Failures: FAIL_LATER for what waits, FAIL_QUOTA for
// what is refused, since waiting would hold up other accounts. Threads: one.
// Source: docs/rules.md "Quotas".
#include "services/metering/metering_rows.h"

extern const event_quotas_changed_t quotas_default;

// By one owner.
typedef struct {
    uint64_t meters, replicas, busy;                    // held
    uint64_t meters_hour, accounts_hour, refusals_hour; // of the hour
} quotas_taken_t;

// `row` is a producer's, 0 if it has none yet, and `owner` what its certificate says.
void quotas_taken(const metering_state_t *self, uint32_t row, text_t owner, instant_t now,
                  quotas_taken_t *ret_taken);

// May an owner who has taken that much open a meter, and for an account that is new; or have one
// more replica, or one more busy? `used` counts all rows in use.
bool quotas_allow_meter(const metering_state_t *self, const quotas_taken_t *taken, uint64_t used,
                        bool new_account);
bool quotas_allow_replica(const metering_state_t *self, const quotas_taken_t *taken, uint64_t used);
bool quotas_allow_busy(const metering_state_t *self, const quotas_taken_t *taken);

// --- the fold ---

// The producer's counts of the hour in which an event is stamped, begun anew if it is another.
owner_t *quotas_hour(metering_state_t *self, uint32_t row, instant_t stamped);
// `by` more busy replicas (or fewer) of a meter's account and owner.
void quotas_busy(metering_state_t *self, uint32_t meter, int by);
// All that is counted of a resource goes from its owner to another.
void quotas_move(metering_state_t *self, const resource_t *resource, uint32_t owner);
