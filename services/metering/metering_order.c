#include "services/metering/metering_order.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void order_init(order_t *self, order_compare_t *compare, const void *context)
{
    *self = (order_t){.compare = compare, .context = context};
}

void order_release(order_t *self)
{
    for (uint32_t i = 0; i < self->blocks_count; i++)
        free(self->blocks[i]);
    free(self->blocks);
    *self = (order_t){0};
}

// The last block whose first member is not after the number; the first block if there is none.
static uint32_t block_of(const order_t *self, uint32_t number)
{
    uint32_t low = 0, high = self->blocks_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (self->compare(self->context, self->blocks[middle]->numbers[0], number) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

// The first place in the block whose member is not before the number.
static uint32_t index_of(const order_t *self, const order_block_t *block, uint32_t number)
{
    uint32_t low = 0, high = block->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (self->compare(self->context, block->numbers[middle], number) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static order_block_t *insert_block(order_t *self, uint32_t at)
{
    if (self->blocks_count == self->blocks_cap) {
        self->blocks_cap = self->blocks_cap ? 2 * self->blocks_cap : 16;
        self->blocks = realloc(self->blocks, self->blocks_cap * sizeof(order_block_t *));
        assert(self->blocks);
    }
    order_block_t *block = calloc(1, sizeof *block);
    assert(block);
    memmove(&self->blocks[at + 1], &self->blocks[at],
            (self->blocks_count - at) * sizeof(order_block_t *));
    self->blocks[at] = block;
    self->blocks_count++;
    return block;
}

// Blocks are filled by half: they have room for what comes between.
static void append(order_t *self, uint32_t number)
{
    order_block_t *last = self->blocks_count ? self->blocks[self->blocks_count - 1] : NULL;
    if (!last || last->count == ORDER_BLOCK / 2)
        last = insert_block(self, self->blocks_count);
    last->numbers[last->count++] = number;
}

void order_walk(order_t *self, walk_t *walk)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->blocks_count; i++)
        count += self->blocks[i]->count;
    WALK(walk, count);
    for (uint32_t i = 0; i < self->blocks_count && walk->kind == WALK_SAVE; i++)
        walk_rows(walk, "block", self->blocks[i]->numbers, sizeof(uint32_t), self->blocks[i]->count,
                  NULL);
    for (uint32_t i = 0; i < count && walk_loads(walk) && !walk->fail; i++) {
        uint32_t number = 0;
        WALK(walk, number);
        append(self, number);
    }
    walk_pass(walk, self, sizeof *self);
}

static void split(order_t *self, uint32_t at)
{
    order_block_t *right = insert_block(self, at + 1);
    order_block_t *left = self->blocks[at];
    right->count = left->count / 2;
    left->count -= right->count;
    memcpy(right->numbers, left->numbers + left->count, right->count * sizeof right->numbers[0]);
}

void order_add(order_t *self, uint32_t number)
{
    if (self->blocks_count == 0)
        insert_block(self, 0);
    uint32_t at = block_of(self, number);
    if (self->blocks[at]->count == ORDER_BLOCK) {
        split(self, at);
        at = block_of(self, number);
    }
    order_block_t *block = self->blocks[at];
    uint32_t index = index_of(self, block, number);
    memmove(&block->numbers[index + 1], &block->numbers[index],
            (block->count - index) * sizeof block->numbers[0]);
    block->numbers[index] = number;
    block->count++;
}

void order_remove(order_t *self, uint32_t number)
{
    assert(self->blocks_count > 0);
    uint32_t at = block_of(self, number);
    order_block_t *block = self->blocks[at];
    uint32_t index = index_of(self, block, number);
    assert(index < block->count && block->numbers[index] == number);
    block->count--;
    memmove(&block->numbers[index], &block->numbers[index + 1],
            (block->count - index) * sizeof block->numbers[0]);
    if (block->count)
        return;
    free(block);
    self->blocks_count--;
    memmove(&self->blocks[at], &self->blocks[at + 1],
            (self->blocks_count - at) * sizeof(order_block_t *));
}

order_at_t order_seek(const order_t *self, uint32_t number)
{
    if (self->blocks_count == 0)
        return (order_at_t){0};
    uint32_t at = block_of(self, number);
    return (order_at_t){at, index_of(self, self->blocks[at], number)};
}

bool order_next(const order_t *self, order_at_t *at, uint32_t *ret_number)
{
    while (at->block < self->blocks_count && at->index >= self->blocks[at->block]->count)
        *at = (order_at_t){at->block + 1, 0};
    if (at->block >= self->blocks_count)
        return false;
    *ret_number = self->blocks[at->block]->numbers[at->index++];
    return true;
}
