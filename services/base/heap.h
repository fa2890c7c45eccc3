#pragma once
// heap - numbered rows, each with one key, the least key first. Rows with the same key come in the
// order of their numbers, so that what a heap says depends only on what was put in.
//
// It knows the place of every row, so a row can be moved or taken out at once. Example: invoices by
// the instant at which each is to be asked about; one that is paid leaves from the middle.
//
// Numbers count from 0. Costs are O(log rows). Memory: 4 bytes for every number ever used, 16 for
// each row that is in; ends the process by assert when memory is out. A zeroed heap is an empty
// one. Failures: none. Threads: one.
#include "proto/types.h"
#include "services/base/walk.h"

enum { HEAP_NONE = UINT32_MAX, HEAP_LIST_MAX = 64 };

typedef struct {
    int64_t key;
    uint32_t number;
} heap_item_t;

typedef struct {
    heap_item_t *items;
    uint32_t *places; // by number: place in items + 1, 0 if it is not in
    uint32_t count, items_cap, places_cap;
} heap_t;

void heap_release(heap_t *self);
void heap_set(heap_t *self, uint32_t number, int64_t key); // puts in, or moves
void heap_remove(heap_t *self, uint32_t number);           // also if it is not in
// The rows as they lie; a load of a number beyond `numbers` does not fit.
void heap_walk(heap_t *self, walk_t *walk, uint32_t numbers);
bool heap_has(const heap_t *self, uint32_t number);
int64_t heap_least(const heap_t *self); // INT64_MAX if empty
// Takes out the first row whose key is not above `key`; HEAP_NONE if there is none.
uint32_t heap_take(heap_t *self, int64_t key);
// The first rows whose key is not above `key`, in order, at most `max` (and HEAP_LIST_MAX). They
// stay in. *ret_next becomes the key of the first row that was left out, INT64_MAX if there is
// none.
size_t heap_list(const heap_t *self, int64_t key, size_t max, uint32_t *numbers, int64_t *ret_next);
