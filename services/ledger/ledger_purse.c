#include "services/ledger/ledger_purse.h"
#include <assert.h>

const ledger_terms_t ledger_no_terms;

void ledger_purses_init(ledger_purses_t *self)
{
    *self = (ledger_purses_t){0};
    pool_init(&self->lots, sizeof(ledger_lot_t));
    pool_init(&self->terms, sizeof(ledger_terms_t));
    pool_init(&self->debts, sizeof(ledger_debt_t));
}

void ledger_purses_release(ledger_purses_t *self)
{
    pool_release(&self->lots);
    pool_release(&self->terms);
    pool_release(&self->debts);
}

WALK_ROW(ledger_lot_t)
WALK_ROW(ledger_terms_t)
WALK_ROW(ledger_debt_t)

void ledger_purses_walk(ledger_purses_t *self, walk_t *walk)
{
    pool_walk(&self->lots, walk, walk_clear_ledger_lot_t);
    pool_walk(&self->terms, walk, walk_clear_ledger_terms_t);
    pool_walk(&self->debts, walk, walk_clear_ledger_debt_t);
    WALK(walk, self->paid);
    WALK_PASS(walk, self->moved);
    WALK_PASS(walk, self->arg);
    WALK_WHOLE(walk, ledger_purses_t, self);
}

// --- rings: each row begins with the number of the next; the purse knows the last ---

static uint32_t *next_of(const pool_t *pool, uint32_t row)
{
    return pool_row(pool, row);
}

uint32_t ledger_purse_first_in(const pool_t *pool, uint32_t ring)
{
    return ring ? *next_of(pool, ring) : 0;
}

uint32_t ledger_purse_after_in(const pool_t *pool, uint32_t ring, uint32_t row)
{
    return row == ring ? 0 : *next_of(pool, row);
}

// Behind `before`, which is 0 for the first place.
static void ring_insert(const pool_t *pool, uint32_t *ring, uint32_t before, uint32_t row)
{
    if (!*ring) {
        *next_of(pool, row) = row;
        *ring = row;
        return;
    }
    uint32_t at = before ? before : *ring;
    *next_of(pool, row) = *next_of(pool, at);
    *next_of(pool, at) = row;
    if (before == *ring)
        *ring = row;
}

// The row behind `before`; that of the first is the last one.
static void ring_remove(const pool_t *pool, uint32_t *ring, uint32_t before)
{
    uint32_t row = *next_of(pool, before);
    if (row == before) {
        *ring = 0;
        return;
    }
    *next_of(pool, before) = *next_of(pool, row);
    if (row == *ring)
        *ring = before;
}

// --- lots in their order ---

static uint32_t *ring_of(ledger_purse_t *purse, const ledger_lot_t *lot)
{
    return lot->bonus ? &purse->bonus : &purse->cash;
}

static instant_t end_of(const ledger_purses_t *self, const ledger_lot_t *lot)
{
    instant_t until = ledger_purse_terms(self, lot)->until;
    return until ? until : INT64_MAX;
}

static bool is_before(const ledger_purses_t *self, const ledger_lot_t *a, const ledger_lot_t *b)
{
    instant_t end_a = end_of(self, a), end_b = end_of(self, b);
    return end_a != end_b ? end_a < end_b : a->number < b->number;
}

static void put_in_order(ledger_purses_t *self, ledger_purse_t *purse, uint32_t number)
{
    const ledger_lot_t *lot = ledger_purse_lot(self, number);
    uint32_t *ring = ring_of(purse, lot), before = 0;
    if (*ring && is_before(self, ledger_purse_lot(self, *ring), lot))
        before = *ring; // nearly always: the newest comes last
    else
        for (uint32_t n = ledger_purse_first_in(&self->lots, *ring);
             n && is_before(self, ledger_purse_lot(self, n), lot);
             n = ledger_purse_after_in(&self->lots, *ring, n))
            before = n;
    ring_insert(&self->lots, ring, before, number);
}

uint32_t ledger_purse_first(const ledger_purses_t *self, const ledger_purse_t *purse)
{
    return ledger_purse_first_in(&self->lots, purse->bonus ? purse->bonus : purse->cash);
}

uint32_t ledger_purse_after(const ledger_purses_t *self, const ledger_purse_t *purse, uint32_t lot)
{
    if (lot == purse->bonus)
        return ledger_purse_first_in(&self->lots, purse->cash);
    return ledger_purse_after_in(&self->lots, purse->cash, lot);
}

static uint32_t find_in(const ledger_purses_t *self, uint32_t ring, uint64_t number)
{
    uint32_t n = ledger_purse_first_in(&self->lots, ring);
    while (n && ledger_purse_lot(self, n)->number != number)
        n = ledger_purse_after_in(&self->lots, ring, n);
    return n;
}

uint32_t ledger_purse_find(const ledger_purses_t *self, const ledger_purse_t *purse,
                           uint64_t number)
{
    uint32_t found = find_in(self, purse->cash, number);
    if (!found)
        found = find_in(self, purse->bonus, number);
    return found ? found : find_in(self, purse->spent, number);
}

// --- the current lot ---

// Pays whatever comes, whatever its hour and its kind?
static bool is_plain(const ledger_purses_t *self, const ledger_lot_t *lot)
{
    const ledger_terms_t *terms = ledger_purse_terms(self, lot);
    return !terms->category && !terms->from && !terms->until && !lot->lapsed;
}

static bool is_used_up(const ledger_purses_t *self, const ledger_lot_t *lot)
{
    return !lot->left && !ledger_purse_terms(self, lot)->held;
}

void ledger_purse_open(ledger_purses_t *self, ledger_purse_t *purse)
{
    if (!purse->number)
        return;
    uint32_t current = ledger_purse_first(self, purse); // nothing else is ever current
    ledger_purse_lot(self, current)->left = purse->cover;
    purse->cover = 0;
    purse->number = 0;
}

static void set_aside(ledger_purses_t *self, ledger_purse_t *purse, uint32_t *ring)
{
    for (uint32_t n; (n = ledger_purse_first_in(&self->lots, *ring)) != 0;) {
        if (!is_used_up(self, ledger_purse_lot(self, n)))
            return;
        ring_remove(&self->lots, ring, *ring);
        ring_insert(&self->lots, &purse->spent, purse->spent, n);
    }
}

static void drop_paid(ledger_purses_t *self, ledger_purse_t *purse)
{
    uint32_t before = purse->debts;
    for (uint32_t n = ledger_purse_first_in(&self->debts, before), after; n; n = after) {
        after = ledger_purse_after_in(&self->debts, purse->debts, n);
        if (ledger_purse_debt(self, n)->left) {
            before = n;
            continue;
        }
        ring_remove(&self->debts, &purse->debts, before);
        pool_give(&self->debts, n);
    }
}

void ledger_purse_close(ledger_purses_t *self, ledger_purse_t *purse)
{
    set_aside(self, purse, &purse->bonus);
    set_aside(self, purse, &purse->cash);
    if (self->paid) // or each charge of one who owes would walk over all that he owes
        drop_paid(self, purse);
    self->paid = false;
    uint32_t first = ledger_purse_first(self, purse);
    if (!first || !is_plain(self, ledger_purse_lot(self, first)))
        return;
    purse->cover = ledger_purse_lot(self, first)->left;
    purse->number = ledger_purse_lot(self, first)->number;
}

// --- changes ---

static void tell(const ledger_purses_t *self, ledger_move_kind_t kind, uint64_t lot, uint64_t debt,
                 kopecks_t amount)
{
    if (self->moved && amount)
        self->moved(self->arg, &(ledger_move_t){kind, lot, debt, amount});
}

ledger_terms_t *ledger_purse_agree(ledger_purses_t *self, uint32_t lot)
{
    if (!ledger_purse_lot(self, lot)->terms)
        ledger_purse_lot(self, lot)->terms = pool_take(&self->terms);
    return pool_row(&self->terms, ledger_purse_lot(self, lot)->terms);
}

uint32_t ledger_purse_add(ledger_purses_t *self, ledger_purse_t *purse, const ledger_lot_t *lot,
                          const ledger_terms_t *terms)
{
    uint32_t number = pool_take(&self->lots);
    *ledger_purse_lot(self, number) = *lot;
    ledger_purse_lot(self, number)->terms = 0;
    if (terms)
        *ledger_purse_agree(self, number) = *terms;
    put_in_order(self, purse, number);
    tell(self, LEDGER_MOVE_CREDIT, lot->number, 0, lot->left);
    return number;
}

static bool take_out(ledger_purses_t *self, uint32_t *ring, uint32_t lot)
{
    uint32_t before = *ring;
    for (uint32_t n = ledger_purse_first_in(&self->lots, before); n;
         before = n, n = ledger_purse_after_in(&self->lots, *ring, n))
        if (n == lot) {
            ring_remove(&self->lots, ring, before);
            return true;
        }
    return false;
}

void ledger_purse_limit(ledger_purses_t *self, ledger_purse_t *purse, uint32_t lot, instant_t until)
{
    bool there = take_out(self, ring_of(purse, ledger_purse_lot(self, lot)), lot);
    ledger_purse_agree(self, lot)->until = until;
    if (there)
        put_in_order(self, purse, lot);
}

// A used-up lot that gets something back stands at its place again.
static void take_back(ledger_purses_t *self, ledger_purse_t *purse, uint32_t lot)
{
    if (take_out(self, &purse->spent, lot))
        put_in_order(self, purse, lot);
}

void ledger_purse_move(ledger_purses_t *self, ledger_purse_t *purse, ledger_move_kind_t kind,
                       uint32_t lot, kopecks_t amount)
{
    ledger_lot_t *row = ledger_purse_lot(self, lot);
    kopecks_t held = 0; // how much more of it
    assert(amount >= 0);
    switch (kind) {
    case LEDGER_MOVE_TAKE:
    case LEDGER_MOVE_REVOKE:
    case LEDGER_MOVE_LAPSE:
        row->left -= amount;
        break;
    case LEDGER_MOVE_GIVE:
        if (amount && !row->left)
            take_back(self, purse, lot);
        row->left += amount;
        break;
    case LEDGER_MOVE_HOLD:
        row->left -= amount;
        held = amount;
        break;
    case LEDGER_MOVE_FREE:
        row->left += amount;
        held = -amount;
        break;
    case LEDGER_MOVE_SEND:
        held = -amount;
        break;
    default:
        assert(false); // there is no other move of a lot
    }
    assert(row->left >= 0);
    if (held) {
        ledger_terms_t *terms = ledger_purse_agree(self, lot);
        terms->held += held;
        assert(terms->held >= 0);
    }
    tell(self, kind, row->number, 0, amount);
}

void ledger_purse_owe(ledger_purses_t *self, ledger_purse_t *purse, const ledger_debt_t *debt)
{
    assert(debt->left > 0);
    uint32_t number = pool_take(&self->debts);
    *ledger_purse_debt(self, number) = *debt;
    ring_insert(&self->debts, &purse->debts, purse->debts, number);
    tell(self, LEDGER_MOVE_OWE, 0, debt->number, debt->left);
}

void ledger_purse_repay(ledger_purses_t *self, uint32_t lot, uint32_t debt, kopecks_t amount)
{
    ledger_lot_t *row = ledger_purse_lot(self, lot);
    ledger_debt_t *owed = ledger_purse_debt(self, debt);
    assert(amount >= 0 && amount <= row->left && amount <= owed->left);
    row->left -= amount;
    owed->left -= amount;
    self->paid = true;
    tell(self, LEDGER_MOVE_REPAY, row->number, owed->number, amount);
}

void ledger_purse_forgive(ledger_purses_t *self, uint32_t debt, kopecks_t amount)
{
    ledger_debt_t *owed = ledger_purse_debt(self, debt);
    assert(amount >= 0 && amount <= owed->left);
    owed->left -= amount;
    self->paid = true;
    tell(self, LEDGER_MOVE_FORGIVE, 0, owed->number, amount);
}

void ledger_purse_forget(ledger_purses_t *self, ledger_purse_t *purse, uint64_t day)
{
    for (uint32_t n; (n = ledger_purse_first_in(&self->lots, purse->spent)) != 0;) {
        const ledger_lot_t *lot = ledger_purse_lot(self, n);
        if (lot->day >= day)
            return;
        if (lot->terms)
            pool_give(&self->terms, lot->terms);
        ring_remove(&self->lots, &purse->spent, purse->spent);
        pool_give(&self->lots, n);
    }
}
