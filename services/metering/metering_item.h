#pragma once
// metering_item - what an item of the platform's feed names, and whether who says it may say it:
// the checks that need nothing but the item and the state. The refusals and their order:
// metering_decide_feed.h. Ownership: reads the state, keeps nothing. Failures: the item's result.
// Threads: one. Source: docs/rules.md "Each minute once", "Whose resource it is".
#include "proto/core.h"
#include "services/metering/metering_rows.h"

// What an item may count: 32 TiB of files, 10^9 tokens.
#define MIB_MAX UINT64_C(33554432)
#define TOKENS_MAX UINT64_C(1000000000)

// Who and what an item names; numbers are 0 where the state does not know it yet.
typedef struct {
    const uid_t16 *resource, *replica, *account;
    uint64_t kind;
    instant_t at;
    uint16_t code, version;
    uint32_t meter, replica_number;
} named_t;

// What an item that counts names, of one kind or of two.
typedef struct {
    const uid_t16 *resource, *account;
    instant_t at;
    uint64_t mib; // of a disk
    unsigned count;
    struct {
        uint64_t kind, quantity;
        uint32_t meter;   // 0 where the state does not know it yet
        uint16_t version; // 0 for a disk that no rate prices: it is not billed
    } of[2];
} counted_t;

// Who says it.
typedef struct {
    const metering_state_t *self;
    instant_t now;
    uint32_t row; // the producer's, 0 if it is not known yet
    text_t owner; // by its certificate; empty: it is its own
} teller_t;

teller_t item_teller(const metering_state_t *self, const input_t *input);

// What of it the state knows is written to `named`.
fail_t item_check_start(const teller_t *teller, const event_t *item, named_t *named);
fail_t item_check_tick(const teller_t *teller, const event_t *item, named_t *named);
// Of a disk that no rate prices, and of no tokens, there is nothing to count.
fail_t item_check_disk(const teller_t *teller, const event_t *item, counted_t *counted);
fail_t item_check_tokens(const teller_t *teller, const event_t *item, counted_t *counted);
fail_t item_check_stop(const teller_t *teller, const event_t *item);
fail_t item_check_created(const teller_t *teller, const event_t *item);
fail_t item_check_deleted(const teller_t *teller, const event_t *item);
// Scaling changes nothing; but who says it of another's is told so.
fail_t item_check_scaled(const teller_t *teller, const event_t *item);

// Before the window: of what is not known it may have been forgotten, or contradicts `through`.
bool item_is_before_window(const metering_state_t *self, instant_t at);
