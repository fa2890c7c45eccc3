#pragma once
// fold_parts - the inside of the fold, shared by its files: fold.c (journals and their trees) and
// one for each journal's events. Nobody else includes this.
#include "tests/simulation/fold.h"
#include "tests/simulation/world.h"

// A heartbeat of the ledger's lost history may be an hour late, and the process hears nothing else.
#define RESTORED_US (2 * HOUR_US)

enum { FOLD_EPOCH_NUMBERS = 1000000000 }; // invoices of an epoch of payment

fold_fact_t *fold_fact(fold_list_t *list, uint64_t sequence); // NULL if there is none
unsigned fold_account_of(world_t *world, const uid_t16 *id);

void fold_metering(world_t *world, const event_t *event, uint64_t sequence);
void fold_ledger(world_t *world, const event_t *event, uint64_t sequence);
void fold_payment(world_t *world, const event_t *event, uint64_t sequence);
void fold_autopay(world_t *world, const event_t *event, uint64_t sequence);
