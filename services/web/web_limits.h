#pragma once
// web_limits - how often somebody may ask: token buckets by key (an account, an address), in a
// table of bounded size.
//
// Where its row of the table is full, the bucket that was used longest ago is forgotten, which
// forgives its owner; so a crowd of addresses costs no memory and shuts nobody out.
// Units: milliseconds of a clock that never goes back. Ownership: plain. Failures: none. Threads:
// one.
#include <stddef.h>
#include <stdint.h>

enum { LIMITS_ROWS = 1024, LIMITS_PER_ROW = 8, LIMITS_KEY_SIZE = 17 };

typedef struct {
    uint8_t key[LIMITS_KEY_SIZE];
    int64_t full_ms; // when it will be full again
} web_bucket_t;

typedef struct {
    web_bucket_t rows[LIMITS_ROWS][LIMITS_PER_ROW];
} web_limits_t;

// Takes one of `burst` that come back one in `each_ms`. 0, or the milliseconds until there is one.
int64_t web_limits_take(web_limits_t *self, const uint8_t key[LIMITS_KEY_SIZE], int64_t each_ms,
                        int64_t burst, int64_t now_ms);
