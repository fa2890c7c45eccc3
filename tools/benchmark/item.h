#pragma once
// item - the encoded postings that the benchmark pushes: one is encoded, and of each copy only the
// customer and the amount are overwritten.
//
// Amounts are in kopecks; a charge moves 40 to 55 of them, one byte on the wire. Failures: asserts.
// Threads: any.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ITEM_MAX = 256, ITEM_AMOUNT_MIN = 40 };

typedef struct {
    uint8_t bytes[ITEM_MAX];
    size_t size, account_at, amount_at;
    bool funding;
} item_t;

// A credit that opens the account, or a charge.
void item_make(item_t *self, bool funding);
// Writes one for that account (draws_account), adds what it moves to *amount, returns its size.
size_t item_put(const item_t *self, uint32_t account, int64_t *amount, uint8_t *out);
