#pragma once
// lot_row - a row of the ledger's answer to `lots` (proto/PROTOCOL.md §16): what is left of one
// credit, or one debt.
#include "proto/wire.h"

typedef struct {
    uint64_t kind, number; // lot_kind_t
    int64_t amount, left, held, from, until;
    uint64_t category; // category_t: of a bonus that is for one
    bool apart;        // it stands in no balance
} lot_row_t;

// False for what is no such row.
bool lot_row_read(wire_t *wire, lot_row_t *ret_row);
