#pragma once
// metering_batch - what the items of one decision have opened and accepted so far, and how an item
// opens the meter and the replica that it names for the first time, within the quotas.
//
// Ownership: of the decision; tables are released by metering_decide_feed. Failures: FAIL_QUOTA and
// FAIL_LATER by quotas, FAIL_CONFLICT. Threads: one. Source: docs/rules.md "Quotas".
#include "services/metering/metering_item.h"
#include "services/metering/metering_masks.h"
#include "services/metering/metering_quotas.h"

typedef struct {
    uid_t16 id, account;
    uint32_t meters[CODES_COUNT_resource_kind + 1];
} new_resource_t;

typedef struct {
    uid_t16 id;
    uint32_t number, meter;
} new_replica_t;

typedef struct {
    uid_t16 key;     // replica, minute
    uint16_t billed; // the version that it is billed under, 0 if it is not
} new_minute_t;

// An account that has a replica more.
typedef struct {
    uid_t16 id;
    uint32_t busy;
} new_account_t;

// Refused items of one type, for one cause, beyond those that are stored one by one.
typedef struct {
    uint64_t failure, type, first, last, count;
} refused_t;

enum { REFUSED_MAX = 16 };

// What the items before this one will have opened and accepted once the decision is applied.
typedef struct {
    const metering_state_t *self;
    const input_t *input;
    teller_t teller;
    decision_t *out;
    table_t resources, replicas, accounts;
    table_t minutes;                       // row i is of entry i
    uint32_t next_meter, next_replica;     // numbers that the next ones opened get
    uint32_t meters_count, replicas_count; // in use
    quotas_taken_t taken;                  // by who says them, as it will be
    int64_t lost_carry;                    // of the loss account, as it will be
    refused_t refused[REFUSED_MAX];
    size_t refused_count;
    masks_entry_t *entries;
    size_t entries_count;
} batch_t;

// `account` is NULL where none is named. What one account may not have is refused, for by waiting
// it would hold up all the others.
fail_t batch_room(batch_t *b, const uid_t16 *account, bool meter, bool replica);
uint32_t batch_open_meter(batch_t *b, const uid_t16 *account, const uid_t16 *resource,
                          uint64_t kind);
uint32_t batch_open_replica(batch_t *b, uint32_t number, uint32_t meter, const uid_t16 *id);
// Gives the named meter and replica their numbers, opening them if need be.
fail_t batch_open_named(batch_t *b, named_t *named);
// Minutes, or what is counted, that are too old go to the loss account, at the price of the first.
void batch_expire(batch_t *b, const named_t *named, instant_t from, uint64_t minutes);
