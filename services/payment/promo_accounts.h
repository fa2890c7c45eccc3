#pragma once
// promo_accounts - when accounts were opened, as the ledger told: for campaigns that are for new
// ones.
//
// Accounts are numbered by the ledger without a gap. So whoever has heard of as many as the last
// number says has heard of all, and an account that he does not know is not opened yet: it is the
// newest there can be. A journal of payment from before accounts were noted lacks the first ones;
// there an account that is not known counts as an old one.
//
// Example: the accounts 64 to 70 are noted. An id that is none of theirs is new.
//
// Memory: 28 bytes an account. Failures: none. Threads: one.
// Source: docs/rules.md "Promo campaigns".
#include "proto/event.h"
#include "services/base/table.h"

typedef struct {
    table_t rows;
    uint64_t last; // the highest number that was told
} promo_accounts_t;

void promo_accounts_init(promo_accounts_t *self);
void promo_accounts_release(promo_accounts_t *self);
void promo_accounts_walk(promo_accounts_t *self, walk_t *walk);
void promo_accounts_apply(promo_accounts_t *self, const event_account_noted_t *noted);
bool promo_accounts_knows(const promo_accounts_t *self, const uid_t16 *account);
// When it was opened: `now` if it is not yet, INT64_MIN if nobody knows.
instant_t promo_accounts_opened(const promo_accounts_t *self, const uid_t16 *account,
                                instant_t now);
