#include "services/ledger/ledger_holds.h"
#include "services/ledger/ledger_credited.h"
#include <assert.h>
#include <stddef.h>

void ledger_holds_init(ledger_holds_t *self)
{
    *self = (ledger_holds_t){0};
    table_init(&self->rows, sizeof(ledger_hold_t));
}

void ledger_holds_release(ledger_holds_t *self)
{
    table_release(&self->rows);
}

WALK_ROW(ledger_hold_t)

void ledger_holds_walk(ledger_holds_t *self, walk_t *walk)
{
    table_walk(&self->rows, walk, walk_clear_ledger_hold_t);
    WALK(walk, self->noted);
    WALK(walk, self->over);
    WALK(walk, self->held);
    WALK(walk, self->settled);
    WALK_WHOLE(walk, ledger_holds_t, self);
}

static uint32_t row_of(const ledger_holds_t *self, uint64_t refund)
{
    uid_t16 key = table_key(refund, 0);
    return table_find(&self->rows, &key);
}

static ledger_hold_t *find(const ledger_holds_t *self, uint64_t refund)
{
    uint32_t row = row_of(self, refund);
    return row == TABLE_NONE ? NULL : table_row(&self->rows, row);
}

const ledger_hold_t *ledger_holds_find(const ledger_holds_t *self, uint64_t refund)
{
    return find(self, refund);
}

static chain_links_t links(const ledger_holds_t *self)
{
    return (chain_links_t){self->rows.rows + offsetof(ledger_hold_t, link), sizeof(ledger_hold_t)};
}

static ledger_hold_t *add(ledger_holds_t *self, uint64_t refund)
{
    uid_t16 key = table_key(refund, 0);
    return table_row(&self->rows, table_insert(&self->rows, &key));
}

void ledger_holds_noted(ledger_holds_t *self, const event_refund_noted_t *noted)
{
    assert(!find(self, noted->refund)); // only a journal that is not ours notes it twice
    ledger_hold_t *row = add(self, noted->refund);
    row->noted = *noted;
    row->state = LEDGER_HOLD_NOTED;
    chain_append(&self->noted, links(self), row_of(self, noted->refund) + 1);
}

static bool is_over(ledger_hold_state_t state)
{
    return state == LEDGER_HOLD_REFUSED || state == LEDGER_HOLD_LEFT || state == LEDGER_HOLD_BACK;
}

static void put_over(ledger_holds_t *self, uint64_t refund)
{
    if (!payment_number_is_old(refund))
        chain_append(&self->over, links(self), row_of(self, refund) + 1);
}

void ledger_holds_forget(ledger_holds_t *self, instant_t now)
{
    for (uint32_t n; (n = self->over.first);) {
        uint64_t refund;
        memcpy(&refund, ((const ledger_hold_t *)table_row(&self->rows, n - 1))->key.bytes,
               sizeof refund);
        if (!ledger_credited_is_past(refund, now))
            return;
        chain_remove(&self->over, links(self), n);
        table_remove(&self->rows, n - 1);
    }
}

static ledger_hold_t *enter(ledger_holds_t *self, uint64_t refund, ledger_hold_state_t state)
{
    ledger_hold_t *row = find(self, refund);
    if (!row)
        return NULL;
    if (row->state == LEDGER_HOLD_NOTED)
        chain_remove(&self->noted, links(self), row_of(self, refund) + 1);
    self->held -= row->state == LEDGER_HOLD_HELD;
    self->held += state == LEDGER_HOLD_HELD;
    if (is_over(state) && !is_over(row->state))
        put_over(self, refund);
    row->state = state;
    return row;
}

void ledger_holds_held(ledger_holds_t *self, const event_refund_held_t *held)
{
    ledger_hold_t *row = enter(self, held->refund, LEDGER_HOLD_HELD);
    assert(row);
    row->lot = held->lot;
}

void ledger_holds_refused(ledger_holds_t *self, uint64_t refund)
{
    (void)enter(self, refund, LEDGER_HOLD_REFUSED);
}

const ledger_hold_t *ledger_holds_settled(ledger_holds_t *self,
                                          const event_refund_settled_t *settled)
{
    ledger_hold_state_t state = settled->left ? LEDGER_HOLD_LEFT : LEDGER_HOLD_BACK;
    const ledger_hold_t *row = enter(self, settled->refund, state);
    self->settled++;
    if (!row) {
        add(self, settled->refund)->state = state;
        put_over(self, settled->refund);
    }
    return row;
}
