#pragma once
// table - a growing array of equal rows found by a 16-byte key that each row begins with: what
// every core keeps its accounts, meters, replicas, invoices and mandates in.
//
// Rows are numbered from 0 in order of insertion and never move to another number, so links between
// rows are numbers, a copy of the array is a snapshot, and iteration order is the same everywhere.
// A removed row's number goes to the next insertion, the last removed first; a table that nothing
// is removed from is dense, rows 0 to count - 1. Whoever removes and walks by number asks
// table_holds. Numbers depend only on the order of calls. A row pointer is valid until the next
// insertion.
// Keys are random ids or made of counters; the index hashes them with a fixed seedless mix, since
// an attacker who can choose keys must already hold a platform's certificate.
// Memory: doubling; ends the process by assert when memory is out or rows_max is reached: limits
// are checked by the core, before.
#include "proto/types.h"
#include "services/base/walk.h"

typedef struct {
    uint8_t *rows;
    uint32_t *slots; // row number + 1 and bits of its hash, 0 is free; 2^n, at most 5/8 full
    uint32_t count;  // rows in use and removed ones, as numbered
    uint32_t removed, rows_cap, slots_cap;
    uint32_t row_size;
    uint32_t free; // number + 1 of the row removed last, 0 is none; it begins with that of the next
} table_t;

enum { TABLE_NONE = UINT32_MAX };

void table_init(table_t *self, size_t row_size); // row_size >= 16; key is the first 16 bytes
void table_release(table_t *self);
void table_clear(table_t *self);
uint32_t table_find(const table_t *self, const uid_t16 *key); // TABLE_NONE if absent
uint32_t table_insert(table_t *self, const uid_t16 *key);     // key must be absent; row is zeroed
void table_remove(table_t *self, uint32_t number);            // must be in use
bool table_holds(const table_t *self, uint32_t number);       // in use, not removed
// The number the next insertion takes, and the one taken after that number.
uint32_t table_next(const table_t *self);
uint32_t table_after(const table_t *self, uint32_t number);

// Rows and which of them are in use; the index is made anew. A table that is loaded is a new one.
void table_walk(table_t *self, walk_t *walk, walk_clear_fn *clear);

// Hints before table_find, for a batch of keys: the slots of all of them first, then the rows,
// which only the slots can name. A row is fetched whole.
void table_prefetch(const table_t *self, const uid_t16 *key);
void table_prefetch_row(const table_t *self, const uid_t16 *key);
void table_prefetch_number(const table_t *self, uint64_t number); // of a row, maybe none yet

static inline void *table_row(const table_t *self, uint32_t number)
{
    return self->rows + (size_t)number * self->row_size;
}

static inline uint32_t table_used(const table_t *self)
{
    return self->count - self->removed;
}

// A key made of up to two numbers, for rows that have no uid of their own.
static inline uid_t16 table_key(uint64_t a, uint64_t b)
{
    uid_t16 key;
    memcpy(key.bytes, &a, sizeof a);
    memcpy(key.bytes + sizeof a, &b, sizeof b);
    return key;
}
