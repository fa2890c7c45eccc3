#include "services/ledger/ledger_ending.h"
#include "proto/wire.h"
#include <assert.h>

static kopecks_t least(kopecks_t a, kopecks_t b)
{
    return a < b ? a : b;
}

// Those that end stand before those that do not.
bool ledger_ending_is(const ledger_purses_t *self, const ledger_purse_t *purse)
{
    uint32_t first = ledger_purse_first_in(&self->lots, purse->bonus);
    return first && ledger_purse_terms(self, ledger_purse_lot(self, first))->until;
}

size_t ledger_ending_name(const ledger_purses_t *self, const ledger_purse_t *purse, instant_t hour,
                          kopecks_t amount, ledger_part_t ret_parts[LEDGER_NAMED_MAX])
{
    size_t count = 0;
    for (uint32_t n = ledger_purse_first_in(&self->lots, purse->bonus);
         n && amount && count < LEDGER_NAMED_MAX;
         n = ledger_purse_after_in(&self->lots, purse->bonus, n)) {
        const ledger_lot_t *lot = ledger_purse_lot(self, n);
        kopecks_t part = least(amount, ledger_purse_left(purse, lot));
        if (!part || !ledger_lots_serves(ledger_purse_terms(self, lot), lot, hour))
            continue;
        ret_parts[count++] = (ledger_part_t){lot->number, part};
        amount -= part;
    }
    return count;
}

static void take(ledger_purses_t *self, ledger_purse_t *purse, ledger_move_kind_t kind,
                 uint64_t lot, kopecks_t amount)
{
    uint32_t n = ledger_purse_find(self, purse, lot);
    assert(n); // it was named as it stood there
    ledger_purse_move(self, purse, kind, n, amount);
}

static void take_named(ledger_purses_t *self, ledger_purse_t *purse, ledger_move_kind_t kind,
                       const event_posted_t *posted)
{
    wire_t wire;
    if (!posted->lots.size) {
        take(self, purse, kind, posted->lot, posted->amount);
        return;
    }
    wire_start(&wire, posted->lots.data, posted->lots.size);
    for (uint32_t count = wire_array(&wire, LEDGER_NAMED_MAX); count; count--) {
        uint64_t lot = 0;
        kopecks_t part = 0;
        (void)wire_array(&wire, 2);
        wire_u64(&wire, &lot);
        wire_i64(&wire, &part);
        take(self, purse, kind, lot, part);
    }
}

void ledger_ending_walk(ledger_purses_t *self, ledger_purse_t *purse, const event_t *posting,
                        uint64_t sequence, bool bonus)
{
    const event_posted_t *posted = &posting->posted;
    bool charge = bonus && posted->kind == POSTING_CHARGE && ledger_ending_is(self, purse);
    if (!charge && posted->kind != POSTING_LAPSE) {
        ledger_unnamed_walk(self, purse, posting, sequence, bonus);
        return;
    }
    ledger_purse_open(self, purse);
    take_named(self, purse, charge ? LEDGER_MOVE_TAKE : LEDGER_MOVE_LAPSE, posted);
    ledger_purse_close(self, purse);
}

void ledger_ending_limit(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                         instant_t until)
{
    ledger_purse_open(self, purse);
    uint32_t n = ledger_purse_find(self, purse, lot);
    if (n)
        ledger_purse_limit(self, purse, n, until);
    ledger_purse_close(self, purse);
}

kopecks_t ledger_ending_left(const ledger_purses_t *self, const ledger_purse_t *purse, uint64_t lot)
{
    uint32_t n = ledger_purse_find(self, purse, lot);
    const ledger_lot_t *row = n ? ledger_purse_lot(self, n) : NULL;
    return row && row->bonus && !row->lapsed ? ledger_purse_left(purse, row) : 0;
}

void ledger_ending_end(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot)
{
    ledger_purse_open(self, purse);
    uint32_t n = ledger_purse_find(self, purse, lot);
    if (n)
        ledger_purse_lot(self, n)->lapsed = true;
    ledger_purse_close(self, purse);
}
