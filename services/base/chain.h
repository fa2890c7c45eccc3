#pragma once
// chain - lists of numbered rows, linked both ways by numbers that the rows hold, so that a row
// leaves its list without a walk.
//
// A row is in at most one chain by one of its links. Numbers count from 1, 0 ends a chain. A
// chain_links_t says where row 1's link lies; it is valid as long as the rows do not move.
#include "proto/types.h"

typedef struct {
    uint32_t before, after;
} chain_link_t;

typedef struct {
    uint32_t first, last;
} chain_t;

typedef struct {
    uint8_t *first; // the link of row 1
    size_t row_size;
} chain_links_t;

static inline chain_link_t *chain_link(chain_links_t links, uint32_t number)
{
    return (chain_link_t *)(void *)(links.first + (size_t)(number - 1) * links.row_size);
}

void chain_append(chain_t *self, chain_links_t links, uint32_t number);  // must be in no chain
void chain_prepend(chain_t *self, chain_links_t links, uint32_t number); // likewise
void chain_remove(chain_t *self, chain_links_t links, uint32_t number);  // must be in this one
