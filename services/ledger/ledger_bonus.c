#include "services/ledger/ledger_bonus.h"
#include "proto/posting.h"
#include <assert.h>
#include <stddef.h>

// What an account was given for missed service levels.
typedef struct {
    uid_t16 key; // the account
    kopecks_t granted;
} level_t;

void ledger_bonuses_init(ledger_bonuses_t *self)
{
    *self = (ledger_bonuses_t){.waiting = {0}};
    table_init(&self->rows, sizeof(ledger_bonus_t));
    table_init(&self->levels, sizeof(level_t));
}

void ledger_bonuses_release(ledger_bonuses_t *self)
{
    table_release(&self->rows);
    table_release(&self->levels);
    heap_release(&self->ends);
    heap_release(&self->soon);
    heap_release(&self->begins);
}

WALK_ROW(ledger_bonus_t)
WALK_ROW(level_t)

void ledger_bonuses_walk(ledger_bonuses_t *self, walk_t *walk)
{
    table_walk(&self->rows, walk, walk_clear_ledger_bonus_t);
    table_walk(&self->levels, walk, walk_clear_level_t);
    WALK(walk, self->waiting);
    heap_walk(&self->ends, walk, self->rows.count);
    heap_walk(&self->soon, walk, self->rows.count);
    heap_walk(&self->begins, walk, self->rows.count);
    WALK_WHOLE(walk, ledger_bonuses_t, self);
}

ledger_bonus_t *ledger_bonuses_find(const ledger_bonuses_t *self, const uid_t16 *reference)
{
    uint32_t row = table_find(&self->rows, reference);
    return row == TABLE_NONE ? NULL : table_row(&self->rows, row);
}

kopecks_t ledger_bonuses_levels(const ledger_bonuses_t *self, const uid_t16 *account)
{
    uint32_t row = table_find(&self->levels, account);
    return row == TABLE_NONE ? 0 : ((const level_t *)table_row(&self->levels, row))->granted;
}

kopecks_t ledger_bonus_share(const ledger_bonus_t *row, kopecks_t returned)
{
    kopecks_t part = returned < 0 ? 0 : returned > row->topup ? row->topup : returned;
    return row->topup > 0
               ? (kopecks_t)((unsigned __int128)row->bonus * (uint64_t)part / (uint64_t)row->topup)
               : 0;
}

const ledger_bonus_t *ledger_bonuses_waiting(const ledger_bonuses_t *self)
{
    return self->waiting.first ? table_row(&self->rows, self->waiting.first - 1) : NULL;
}

static const ledger_bonus_t *first_of(const ledger_bonuses_t *self, const heap_t *heap)
{
    uint32_t row;
    instant_t next;
    return heap_list(heap, INT64_MAX, 1, &row, &next) ? table_row(&self->rows, row) : NULL;
}

const ledger_bonus_t *ledger_bonuses_ending(const ledger_bonuses_t *self)
{
    return first_of(self, &self->ends);
}

const ledger_bonus_t *ledger_bonuses_untold(const ledger_bonuses_t *self)
{
    return first_of(self, &self->soon);
}

const ledger_bonus_t *ledger_bonuses_beginning(const ledger_bonuses_t *self)
{
    return first_of(self, &self->begins);
}

const ledger_bonus_t *ledger_bonuses_in(const ledger_bonuses_t *self, uint64_t lot)
{
    for (uint32_t i = 0; i < self->rows.count; i++) {
        const ledger_bonus_t *row = table_row(&self->rows, i);
        if (row->lot == lot)
            return row;
    }
    return NULL;
}

// --- apply ---

static chain_links_t links_of(const ledger_bonuses_t *self)
{
    return (chain_links_t){self->rows.rows + offsetof(ledger_bonus_t, link),
                           sizeof(ledger_bonus_t)};
}

static void count_level(ledger_bonuses_t *self, const event_bonus_given_t *given)
{
    uint32_t row = table_find(&self->levels, &given->account);
    row = row == TABLE_NONE ? table_insert(&self->levels, &given->account) : row;
    ((level_t *)table_row(&self->levels, row))->granted += given->amount;
}

void ledger_bonus_apply_given(ledger_bonuses_t *self, uint32_t account,
                              const event_bonus_given_t *given, bool apart)
{
    assert(table_find(&self->rows, &given->reference) == TABLE_NONE);
    uint32_t number = table_insert(&self->rows, &given->reference);
    ledger_bonus_t *row = table_row(&self->rows, number);
    row->invoice = given->invoice;
    row->lot = given->lot;
    row->bonus = given->amount;
    row->topup = given->topup;
    row->account = account;
    row->until = given->until;
    row->begins = given->begins;
    row->apart = apart;
    if (given->source == BONUS_OF_LEVEL)
        count_level(self, given);
    if (given->lot && given->until) {
        heap_set(&self->ends, number, given->until);
        heap_set(&self->soon, number, given->until);
    }
    if (apart && !given->category)
        heap_set(&self->begins, number, given->begins);
}

void ledger_bonus_apply_begun(ledger_bonuses_t *self, const event_bonus_begun_t *begun)
{
    uint32_t number = table_find(&self->rows, &begun->reference);
    assert(number != TABLE_NONE);
    ((ledger_bonus_t *)table_row(&self->rows, number))->apart = false;
    heap_remove(&self->begins, number);
}

void ledger_bonus_apply_ends_soon(ledger_bonuses_t *self, const event_bonus_ends_soon_t *soon)
{
    uint32_t number = table_find(&self->rows, &soon->reference);
    assert(number != TABLE_NONE);
    heap_remove(&self->soon, number);
}

void ledger_bonus_apply_ended(ledger_bonuses_t *self, const event_bonus_ended_t *ended)
{
    uint32_t number = table_find(&self->rows, &ended->reference);
    if (number == TABLE_NONE) // one that was posted by hand
        return;
    ledger_bonus_t *row = table_row(&self->rows, number);
    row->ended = ended->amount;
    row->apart = false;
    heap_remove(&self->ends, number);
    heap_remove(&self->soon, number);
    heap_remove(&self->begins, number);
}

// It waits while more or less of it is due than was taken along.
static void wait_or_not(ledger_bonuses_t *self, uint32_t number)
{
    ledger_bonus_t *row = table_row(&self->rows, number);
    bool waits = ledger_bonus_share(row, row->returned) != row->due;
    if (waits && !row->waits)
        chain_append(&self->waiting, links_of(self), number + 1);
    else if (row->waits && !waits)
        chain_remove(&self->waiting, links_of(self), number + 1);
    row->waits = waits;
}

static ledger_bonus_t *settled(ledger_bonuses_t *self, uint64_t invoice, kopecks_t due)
{
    uid_t16 reference = posting_bonus_reference(invoice);
    ledger_bonus_t *row = ledger_bonuses_find(self, &reference);
    assert(row);
    row->due = due;
    row->disputed = 0;
    wait_or_not(self, table_find(&self->rows, &reference));
    return row;
}

const ledger_bonus_t *ledger_bonus_apply_clawed(ledger_bonuses_t *self,
                                                const event_bonus_clawed_t *clawed)
{
    ledger_bonus_t *row = settled(self, clawed->invoice, clawed->due);
    row->taken += clawed->taken;
    row->owed += clawed->owed;
    return row;
}

const ledger_bonus_t *ledger_bonus_apply_regained(ledger_bonuses_t *self,
                                                  const event_bonus_regained_t *regained)
{
    ledger_bonus_t *row = settled(self, regained->invoice, regained->due);
    row->taken -= regained->given;
    row->owed -= regained->cleared;
    if (regained->given && regained->lot != row->lot)
        row->again = regained->lot;
    return row;
}

static void count(ledger_bonuses_t *self, uint32_t account, uint64_t invoice, kopecks_t moved,
                  bool chargeback)
{
    uid_t16 reference = posting_bonus_reference(invoice);
    ledger_bonus_t *row = invoice ? ledger_bonuses_find(self, &reference) : NULL;
    if (!row || row->account != account)
        return;
    row->returned += moved;
    row->disputed += chargeback ? moved : 0;
    wait_or_not(self, table_find(&self->rows, &reference));
}

void ledger_bonus_apply_returned(ledger_bonuses_t *self, uint32_t account,
                                 const event_posted_t *posted)
{
    bool chargeback = posted->kind == POSTING_CHARGEBACK;
    if (chargeback || posted->kind == POSTING_REFUND)
        count(self, account, posting_payment_number(&posted->reference),
              posted->debit >= SYSTEM_END ? posted->amount : -posted->amount, chargeback);
}

void ledger_bonus_apply_left(ledger_bonuses_t *self, uint32_t account, uint64_t invoice,
                             kopecks_t amount)
{
    count(self, account, invoice, amount, false);
}
