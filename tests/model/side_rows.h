#pragma once
// side_rows - the side store as the shell would keep it, for tests of cores that put rows: what
// decisions changed, and what a recall of an owner's rows brings.
//
// One store a program; a test clears it first. Failures: a full store ends the program by assert.
#include "tests/model/harness.h"
#include <assert.h>
#include <string.h>

static struct {
    side_row_t rows[512];
    uint8_t bytes[512][SIDE_ROW_MAX];
    size_t count;
} side;

// What the harness's last decision changed.
static inline void keep_rows(const harness_t *h)
{
    const decision_t *decision = &h->decisions[0];
    for (size_t i = 0; i < decision->rows_count; i++) {
        side_row_t row = decision->rows[i];
        size_t left = 0;
        for (size_t at = 0; at < side.count; at++) // what it replaces, or erases
            if (!uid_equal(&side.rows[at].owner, &row.owner) ||
                (row.bytes.size && side.rows[at].kind != row.kind)) {
                uint32_t size = side.rows[at].bytes.size;
                memmove(side.bytes[left], side.rows[at].bytes.data, size);
                side.rows[left] = side.rows[at];
                side.rows[left].bytes.data = side.bytes[left];
                left++;
            }
        side.count = left;
        if (!row.bytes.size)
            continue;
        assert(side.count < sizeof side.rows / sizeof side.rows[0] &&
               row.bytes.size <= SIDE_ROW_MAX);
        memcpy(side.bytes[left], row.bytes.data, row.bytes.size);
        row.bytes.data = side.bytes[left];
        side.rows[side.count++] = row;
    }
}

// Those of the owner; valid until the store changes.
static inline size_t rows_of(const uid_t16 *owner, side_row_t ret_rows[SIDE_KINDS])
{
    size_t count = 0;
    for (size_t i = 0; i < side.count; i++)
        if (uid_equal(&side.rows[i].owner, owner))
            ret_rows[count++] = side.rows[i];
    return count;
}
