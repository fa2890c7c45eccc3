#include "services/ledger/ledger_ending.h"
#include "proto/wire.h"
#include <assert.h>

static kopecks_t least(kopecks_t a, kopecks_t b)
{
    return a < b ? a : b;
}

static bool has_terms(const ledger_terms_t *terms)
{
    return terms->until || terms->from || terms->category;
}

bool ledger_ending_is(const ledger_purses_t *self, const ledger_purse_t *purse)
{
    for (uint32_t n = ledger_purse_first_in(&self->lots, purse->bonus); n;
         n = ledger_purse_after_in(&self->lots, purse->bonus, n)) {
        const ledger_lot_t *lot = ledger_purse_lot(self, n);
        if (ledger_purse_left(purse, lot) && has_terms(ledger_purse_terms(self, lot)))
            return true;
    }
    return false;
}

static bool serves(const ledger_ending_use_t *use, const ledger_terms_t *terms,
                   const ledger_lot_t *lot)
{
    bool fits = !terms->category || terms->category == use->category;
    return fits && (use->apart || !lot->apart) && ledger_lots_serves(terms, lot, use->hour);
}

size_t ledger_ending_name(const ledger_purses_t *self, const ledger_purse_t *purse,
                          const ledger_ending_use_t *use, ledger_part_t ret_parts[LEDGER_NAMED_MAX],
                          kopecks_t *ret_apart)
{
    size_t count = 0;
    kopecks_t amount = use->amount, balance = use->balance;
    *ret_apart = 0;
    for (uint32_t n = ledger_purse_first_in(&self->lots, purse->bonus);
         n && amount && count < LEDGER_NAMED_MAX;
         n = ledger_purse_after_in(&self->lots, purse->bonus, n)) {
        const ledger_lot_t *lot = ledger_purse_lot(self, n);
        kopecks_t part = least(amount, ledger_purse_left(purse, lot));
        part = lot->apart ? part : least(part, balance);
        if (part <= 0 || !serves(use, ledger_purse_terms(self, lot), lot))
            continue;
        ret_parts[count++] = (ledger_part_t){lot->number, part};
        amount -= part;
        *(lot->apart ? ret_apart : &balance) += lot->apart ? part : -part;
    }
    return count;
}

size_t ledger_ending_keep_apart(const ledger_purses_t *self, const ledger_purse_t *purse,
                                ledger_part_t parts[LEDGER_NAMED_MAX], size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (ledger_ending_is_apart(self, purse, parts[i].lot))
            parts[kept++] = parts[i];
    return kept;
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
    if (posted->kind == POSTING_BEGUN)
        return; // into the balance, and in its lot as before
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

void ledger_ending_end(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot, kopecks_t amount)
{
    ledger_purse_open(self, purse);
    uint32_t n = ledger_purse_find(self, purse, lot);
    if (n && ledger_purse_lot(self, n)->apart)
        ledger_purse_move(self, purse, LEDGER_MOVE_LAPSE, n, amount);
    if (n)
        ledger_purse_lot(self, n)->lapsed = true;
    ledger_purse_close(self, purse);
}

// --- what stands apart ---

void ledger_ending_set_apart(ledger_purses_t *self, ledger_purse_t *purse,
                             const event_bonus_set_apart_t *apart, instant_t at)
{
    ledger_credit_lot_t lot = {
        .number = apart->lot,
        .amount = apart->amount,
        .at = at,
        .bonus = true,
        .limited = true,
        .terms = {.category = apart->category, .from = apart->begins, .until = apart->until}};
    ledger_lots_deposit(self, purse, &lot);
    uint32_t n = ledger_purse_find(self, purse, apart->lot);
    ledger_purse_lot(self, n)->apart = true;
}

static uint32_t find_apart(const ledger_purses_t *self, const ledger_purse_t *purse, uint64_t lot)
{
    uint32_t n = lot ? ledger_purse_find(self, purse, lot) : 0;
    return n && ledger_purse_lot(self, n)->apart ? n : 0;
}

bool ledger_ending_is_apart(const ledger_purses_t *self, const ledger_purse_t *purse, uint64_t lot)
{
    return find_apart(self, purse, lot) != 0;
}

void ledger_ending_begin(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                         kopecks_t amount)
{
    uint32_t n = find_apart(self, purse, lot);
    if (n && ledger_purse_lot(self, n)->left == amount)
        ledger_purse_lot(self, n)->apart = false;
}

void ledger_ending_claw(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                        kopecks_t amount)
{
    ledger_purse_open(self, purse);
    uint32_t n = find_apart(self, purse, lot);
    if (n)
        ledger_purse_move(self, purse, amount < 0 ? LEDGER_MOVE_GIVE : LEDGER_MOVE_LAPSE, n,
                          amount < 0 ? -amount : amount);
    ledger_purse_close(self, purse);
}
