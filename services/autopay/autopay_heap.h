#pragma once
// autopay_heap - accounts, each with one key, the least first; ties go by number, so that the order
// is the same everywhere.
//
// Accounts go by their dense numbers from 0. Costs are O(log accounts). Memory: 20 bytes an
// account; ends the process by assert when there is none.
#include "proto/types.h"

typedef struct {
    int64_t key;
    uint32_t number;
} heap_item_t;

typedef struct {
    heap_item_t *items;
    uint32_t *places; // by account: place in items + 1, 0 if it is not in
    uint32_t count, items_cap, places_cap;
} heap_t;

void heap_release(heap_t *self);
void heap_set(heap_t *self, uint32_t number, int64_t key); // puts in, or moves
void heap_remove(heap_t *self, uint32_t number);           // also if it is not in
bool heap_has(const heap_t *self, uint32_t number);
int64_t heap_least(const heap_t *self); // INT64_MAX if empty
// Takes out the first account whose key is not above `key`; TABLE_NONE if there is none.
uint32_t heap_take(heap_t *self, int64_t key);
