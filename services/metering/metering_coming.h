#pragma once
// metering_coming - which of the prices that an account pays now are going to change, when, and to
// what: noted while what runs is looked at, and written as rows.
//
// A row is [resource_kind, code, effective, price until then, price from then on], the price being
// 0 where none holds. Example: nachalny runs at 290.00, and its version of July 1st costs 320.00.
// One row a code, in the order in which they were met, of the first COMING_MAX.
//
// Ownership: texts borrow from the tariffs. Failures: none; what finds no room is left out.
// Threads: any. Source: docs/rules.md "Announced prices".
#include "proto/wire.h"
#include "services/metering/metering_tariff.h"

enum { COMING_MAX = 8 };

typedef struct {
    uint16_t codes[COMING_MAX];
    size_t count;
} coming_t;

void coming_note(coming_t *self, const tariffs_t *tariffs, uint16_t version);
// Returns how many rows were packed.
size_t coming_pack(const coming_t *self, const tariffs_t *tariffs, instant_t now, pack_t *rows);
