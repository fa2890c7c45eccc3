#pragma once
// fold_parts - the inside of the fold, shared by its files: fold.c (journals and their trees) and
// one for each journal's events. Nobody else includes this.
#include "tests/simulation/fold.h"
#include "tests/simulation/world.h"

// A heartbeat of the ledger's lost history may be an hour late, and the process hears nothing else.
#define RESTORED_US (2 * HOUR_US)
// Current is what was heard of seconds ago; to that comes a slow disk's commit, and where messages
// may be late, a heartbeat that was an hour on its way.
#define BEHIND_US (3 * MINUTE_US)

fold_fact_t *fold_fact(fold_list_t *list, uint64_t sequence); // NULL if there is none
unsigned fold_account_of(world_t *world, const uid_t16 *id);

// Of one journal of payment; NULL if there is none.
fold_invoice_t *fold_invoice_in(const fold_history_t *history, uint64_t invoice);
fold_mandate_t *fold_mandate_in(const fold_history_t *history, const uid_t16 *id);
void fold_history_release(fold_history_t *self);
void fold_backup_release(fold_backup_t *self);
// A process goes by another history from now on.
void fold_reseeded(world_t *world, process_name_t process, const event_t *event);
// Was the mandate's linking money posted before that posting?
bool fold_is_before(fold_t *self, const fold_mandate_t *mandate, uint64_t posting);
void fold_mark_posted(fold_t *self, const fold_fact_t *fact, uint64_t sequence);
void fold_credit_number(world_t *world, uint64_t number, uint64_t sequence);
void fold_repeat_number(world_t *world, uint64_t number, int64_t amount);

void fold_metering(world_t *world, const event_t *event, uint64_t sequence);
void fold_ledger(world_t *world, const event_t *event, uint64_t sequence);
void fold_payment(world_t *world, const event_t *event, uint64_t sequence);
void fold_documents(world_t *world, const event_t *event, uint64_t sequence);
// Since when the account owes more than it may.
void fold_owes(world_t *world, fold_account_t *account);
// A posting that documents caused.
void fold_bank_posted(world_t *world, const event_t *event);
void fold_autopay(world_t *world, const event_t *event, uint64_t sequence);
// Acts: what metering charged, what documents says of it, and what is missing at the end.
void fold_acts_metering(world_t *world, const event_t *event, uint64_t sequence);
void fold_acts_documents(world_t *world, const event_t *event);
void fold_acts_finish(world_t *world);
