// What the ledger's state is made of, for who saves or loads it (services/base/walk.h).
#include "services/ledger/ledger_state.h"
#include <assert.h>
#include <stdlib.h>

WALK_ROW(ledger_row_t)
WALK_ROW(ledger_credit_t)
WALK_ROW(ledger_bank_t)
WALK_ROW(ledger_limit_t)

// As many words as there are accounts for.
static void walk_pending(ledger_state_t *self, walk_t *walk)
{
    size_t words = ((size_t)self->accounts.count + LEDGER_WORD_BITS - 1) / LEDGER_WORD_BITS;
    if (walk_loads(walk)) {
        if (!walk_fits(walk, words, sizeof *self->pending))
            return;
        self->pending = calloc(words + 1, sizeof *self->pending);
        assert(self->pending);
        self->pending_cap = words;
    }
    walk_rows(walk, "pending", self->pending, sizeof *self->pending, words, NULL);
    WALK_PASS(walk, self->pending);
    WALK_PASS(walk, self->pending_cap);
    WALK(walk, self->pending_count);
}

static void walk_sums(ledger_state_t *self, walk_t *walk)
{
    WALK(walk, self->systems);
    WALK(walk, self->customers);
    WALK(walk, self->held);
    WALK(walk, self->postings);
    WALK(walk, self->last);
    WALK(walk, self->suspended);
    WALK(walk, self->low_threshold);
    WALK(walk, self->lapse_notice_us);
    WALK(walk, self->policy);
    WALK(walk, self->reseeded);
}

void ledger_state_walk(void *state, walk_t *walk)
{
    ledger_state_t *self = state;
    table_walk(&self->accounts, walk, walk_clear_ledger_row_t);
    ledger_purses_walk(&self->lots, walk);
    ledger_holds_walk(&self->holds, walk);
    walk_pending(self, walk);
    walk_sums(self, walk);
    table_walk(&self->credits, walk, walk_clear_ledger_credit_t);
    WALK(walk, self->credits_order);
    WALK(walk, self->credits_made);
    ledger_bonuses_walk(&self->bonuses, walk);
    WALK(walk, self->closed);
    WALK(walk, self->closed_at);
    ledger_credited_walk(&self->credited, walk);
    table_walk(&self->bank, walk, walk_clear_ledger_bank_t);
    table_walk(&self->limits, walk, walk_clear_ledger_limit_t);
    table_walk(&self->closing, walk, NULL);
    WALK(walk, self->closed_count);
    WALK_PASS(walk, self->accounts_max); // a setting
    WALK_WHOLE(walk, ledger_state_t, self);
}
