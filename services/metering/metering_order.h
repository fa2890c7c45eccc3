#pragma once
// metering_order - a set of numbers kept sorted by a comparison of the caller's, for walking meters
// in the order that charge lines are posted in.
//
// Numbers lie in blocks of at most ORDER_BLOCK, the blocks in one array: adding and removing cost
// O(log n) comparisons and one short move, walking is linear. No two members may compare equal.
// Memory: ends the process by assert when it is out.
#include "services/base/walk.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ORDER_BLOCK = 510 };

// Less than, equal to, greater than 0 as a stands before, at, after b.
typedef int order_compare_t(const void *context, uint32_t a, uint32_t b);

typedef struct {
    uint32_t count;
    uint32_t numbers[ORDER_BLOCK];
} order_block_t;

typedef struct {
    order_block_t **blocks; // none is empty
    uint32_t blocks_count, blocks_cap;
    order_compare_t *compare;
    const void *context;
} order_t;

// Where a walk stands; valid until the next change.
typedef struct {
    uint32_t block, index;
} order_at_t;

void order_init(order_t *self, order_compare_t *compare, const void *context);
void order_release(order_t *self);
// The members in their order; what they are compared by is there already.
void order_walk(order_t *self, walk_t *walk);
void order_add(order_t *self, uint32_t number);    // must not be a member
void order_remove(order_t *self, uint32_t number); // must be a member

order_at_t order_seek(const order_t *self, uint32_t number); // the first member not before it
// The member there, and steps on; false at the end.
bool order_next(const order_t *self, order_at_t *at, uint32_t *ret_number);
static inline bool order_empty(const order_t *self)
{
    return self->blocks_count == 0;
}
