#include "services/ledger/ledger_lots.h"
#include <assert.h>

static kopecks_t least(kopecks_t a, kopecks_t b)
{
    return a < b ? a : b;
}

// --- what pays what ---

static bool is_general(const ledger_terms_t *terms, instant_t now)
{
    return !terms->category && (!terms->from || now >= terms->from);
}

static bool may_repay(const ledger_purses_t *self, const ledger_lot_t *lot,
                      const ledger_debt_t *debt, bool usage)
{
    const ledger_terms_t *terms = ledger_purse_terms(self, lot);
    if (usage != (debt->kind == LEDGER_DEBT_USAGE))
        return false;
    if (!lot->bonus)
        return true;
    return usage && !debt->issued && !terms->category && ledger_lots_serves(terms, lot, debt->hour);
}

static void repay_kind(ledger_purses_t *self, ledger_purse_t *purse, uint32_t lot, bool usage)
{
    for (uint32_t n = ledger_purse_first_in(&self->debts, purse->debts); n;
         n = ledger_purse_after_in(&self->debts, purse->debts, n)) {
        const ledger_lot_t *row = ledger_purse_lot(self, lot);
        const ledger_debt_t *debt = ledger_purse_debt(self, n);
        if (!row->left)
            return;
        if (may_repay(self, row, debt, usage))
            ledger_purse_repay(self, lot, n, least(row->left, debt->left));
    }
}

// Whatever a lot gained pays at once what is owed: the oldest first.
static void repay(ledger_purses_t *self, ledger_purse_t *purse, uint32_t lot)
{
    repay_kind(self, purse, lot, false);
    repay_kind(self, purse, lot, true);
}

// --- credits and charges ---

static uint32_t add_lot(ledger_purses_t *self, ledger_purse_t *purse,
                        const ledger_credit_lot_t *credit)
{
    ledger_lot_t lot = {.number = credit->number & ((UINT64_C(1) << 44) - 1),
                        .day = (uint64_t)(credit->at / DAY_US) & UINT16_MAX,
                        .bonus = credit->bonus,
                        .left = credit->amount,
                        .amount = credit->amount};
    assert(credit->amount > 0 && lot.number == credit->number);
    return ledger_purse_add(self, purse, &lot, credit->limited ? &credit->terms : NULL);
}

static void credit_lot(ledger_purses_t *self, ledger_purse_t *purse,
                       const ledger_credit_lot_t *credit)
{
    repay(self, purse, add_lot(self, purse, credit));
}

void ledger_lots_deposit(ledger_purses_t *self, ledger_purse_t *purse,
                         const ledger_credit_lot_t *credit)
{
    ledger_purse_open(self, purse);
    (void)add_lot(self, purse, credit);
    ledger_purse_close(self, purse);
}

void ledger_lots_credit(ledger_purses_t *self, ledger_purse_t *purse,
                        const ledger_credit_lot_t *credit)
{
    ledger_purse_open(self, purse);
    credit_lot(self, purse, credit);
    ledger_purse_close(self, purse);
}

void ledger_lots_burn(ledger_purses_t *self, ledger_purse_t *purse, const ledger_use_t *use)
{
    kopecks_t rest = use->amount;
    ledger_purse_open(self, purse);
    for (uint32_t n = ledger_purse_first(self, purse); n && rest;
         n = ledger_purse_after(self, purse, n)) {
        const ledger_lot_t *lot = ledger_purse_lot(self, n);
        const ledger_terms_t *terms = ledger_purse_terms(self, lot);
        bool fits = !terms->category || terms->category == use->category;
        kopecks_t part =
            fits && ledger_lots_serves(terms, lot, use->hour) ? least(rest, lot->left) : 0;
        ledger_purse_move(self, purse, LEDGER_MOVE_TAKE, n, part);
        rest -= part;
    }
    if (rest)
        ledger_purse_owe(
            self, purse,
            &(ledger_debt_t){
                .kind = LEDGER_DEBT_USAGE, .number = use->number, .left = rest, .hour = use->hour});
    ledger_purse_close(self, purse);
}

void ledger_lots_begin(ledger_purses_t *self, ledger_purse_t *purse, instant_t now)
{
    ledger_purse_open(self, purse);
    for (uint32_t n = ledger_purse_first_in(&self->lots, purse->bonus); n;
         n = ledger_purse_after_in(&self->lots, purse->bonus, n))
        if (is_general(ledger_purse_terms(self, ledger_purse_lot(self, n)), now))
            repay(self, purse, n);
    ledger_purse_close(self, purse);
}

void ledger_lots_issue(ledger_purses_t *self, ledger_purse_t *purse, uint64_t number)
{
    for (uint32_t n = ledger_purse_first_in(&self->debts, purse->debts); n;
         n = ledger_purse_after_in(&self->debts, purse->debts, n))
        if (ledger_purse_debt(self, n)->number <= number)
            ledger_purse_debt(self, n)->issued = true;
}

static kopecks_t lapse(ledger_purses_t *self, ledger_purse_t *purse, uint32_t lot)
{
    kopecks_t left = ledger_purse_lot(self, lot)->left;
    ledger_purse_lot(self, lot)->lapsed = true;
    ledger_purse_move(self, purse, LEDGER_MOVE_LAPSE, lot, left);
    return left;
}

kopecks_t ledger_lots_end(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot)
{
    kopecks_t left = 0;
    ledger_purse_open(self, purse);
    uint32_t n = ledger_purse_find(self, purse, lot);
    if (n && ledger_purse_lot(self, n)->bonus)
        left = lapse(self, purse, n);
    ledger_purse_close(self, purse);
    return left;
}

// --- a bonus that was given with a top-up goes back with it ---

typedef enum { CLAW_ASKED, CLAW_SENT, CLAW_BACK, CLAW_CHARGED } claw_t;

// The share of the bonus that belongs to so much of the top-up, in whole kopecks: bonus x part /
// base, bit by bit, for the product may leave int64. Example: 100 x 100 / 300 is 33.
static kopecks_t share(const ledger_lot_t *lot, const ledger_terms_t *terms, kopecks_t returned)
{
    uint64_t part = (uint64_t)least(returned, terms->base), base = (uint64_t)terms->base;
    uint64_t quotient = 0, rest = 0;
    for (unsigned bit = 64; bit-- > 0;) {
        quotient *= 2;
        rest = rest * 2 + ((uint64_t)lot->amount >> bit & 1 ? part : 0);
        for (; rest >= base; rest -= base)
            quotient++;
    }
    return (kopecks_t)quotient;
}

// What a chargeback wants comes out of the unspent, then of what a refund had asked back already.
static void claw_charged(ledger_purses_t *self, ledger_purse_t *purse, uint32_t n, kopecks_t due)
{
    const ledger_terms_t *terms = ledger_purse_terms(self, ledger_purse_lot(self, n));
    kopecks_t part = least(due, ledger_purse_lot(self, n)->left);
    kopecks_t held = least(due - part, terms->held);
    ledger_purse_move(self, purse, LEDGER_MOVE_REVOKE, n, part);
    ledger_purse_move(self, purse, LEDGER_MOVE_SEND, n, held);
    if (due > part + held)
        ledger_purse_owe(self, purse,
                         &(ledger_debt_t){.kind = LEDGER_DEBT_BONUS,
                                          .number = terms->with,
                                          .left = due - part - held});
}

static void claw_back(ledger_purses_t *self, ledger_purse_t *purse, uint32_t n, kopecks_t amount)
{
    ledger_purse_move(self, purse, LEDGER_MOVE_FREE, n, amount);
    if (ledger_purse_lot(self, n)->lapsed)
        (void)lapse(self, purse, n);
    else
        repay(self, purse, n);
}

static void claw_lot(ledger_purses_t *self, ledger_purse_t *purse, uint32_t n, kopecks_t amount,
                     claw_t how)
{
    const ledger_lot_t *lot = ledger_purse_lot(self, n);
    ledger_terms_t *terms = ledger_purse_agree(self, n);
    kopecks_t all_before = share(lot, terms, terms->gone + terms->going);
    kopecks_t gone_before = share(lot, terms, terms->gone);
    if (how == CLAW_ASKED)
        terms->going += amount;
    else if (how != CLAW_CHARGED) // what was asked back before there was this bonus never counted
        terms->going -= least(amount, terms->going);
    if (how == CLAW_SENT || how == CLAW_CHARGED)
        terms->gone += amount;
    kopecks_t all = share(lot, terms, terms->gone + terms->going);
    kopecks_t gone = share(lot, terms, terms->gone);
    switch (how) {
    case CLAW_ASKED: // what is missing is forgotten
        ledger_purse_move(self, purse, LEDGER_MOVE_HOLD, n, least(all - all_before, lot->left));
        break;
    case CLAW_SENT:
        ledger_purse_move(self, purse, LEDGER_MOVE_SEND, n, least(gone - gone_before, terms->held));
        break;
    case CLAW_BACK:
        if (terms->held > all - gone)
            claw_back(self, purse, n, terms->held - (all - gone));
        break;
    case CLAW_CHARGED:
        claw_charged(self, purse, n, gone - gone_before);
        break;
    }
}

// All bonuses that came with that top-up, also those that are used up. A lot may change its ring
// only by a gift, which this makes none of.
static void claw(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot, kopecks_t amount,
                 claw_t how)
{
    const uint32_t rings[] = {purse->bonus, purse->spent};
    for (size_t i = 0; i < sizeof rings / sizeof rings[0]; i++)
        for (uint32_t n = ledger_purse_first_in(&self->lots, rings[i]); n;
             n = ledger_purse_after_in(&self->lots, rings[i], n))
            if (ledger_purse_terms(self, ledger_purse_lot(self, n))->with == lot)
                claw_lot(self, purse, n, amount, how);
}

// --- refunds ---

static kopecks_t hold_part(ledger_purses_t *self, ledger_purse_t *purse, uint32_t n,
                           kopecks_t amount)
{
    if (amount > 0) {
        ledger_purse_move(self, purse, LEDGER_MOVE_HOLD, n, amount);
        claw(self, purse, ledger_purse_lot(self, n)->number, amount, CLAW_ASKED);
    }
    return amount;
}

static kopecks_t cash_left(const ledger_purses_t *self, const ledger_purse_t *purse, uint64_t only)
{
    kopecks_t sum = 0;
    for (uint32_t n = ledger_purse_first_in(&self->lots, purse->cash); n;
         n = ledger_purse_after_in(&self->lots, purse->cash, n)) {
        const ledger_lot_t *lot = ledger_purse_lot(self, n);
        sum += !only || lot->number == only ? lot->left : 0;
    }
    return sum;
}

bool ledger_lots_hold(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot, kopecks_t amount)
{
    ledger_purse_open(self, purse);
    kopecks_t stays = cash_left(self, purse, lot) - amount;
    // The newest first: so the oldest keep what stays.
    for (uint32_t n = ledger_purse_first_in(&self->lots, purse->cash); n && stays >= 0;
         n = ledger_purse_after_in(&self->lots, purse->cash, n)) {
        const ledger_lot_t *row = ledger_purse_lot(self, n);
        if (lot && row->number != lot)
            continue;
        kopecks_t kept = least(stays, row->left);
        stays -= kept;
        (void)hold_part(self, purse, n, row->left - kept);
    }
    ledger_purse_close(self, purse);
    return stays >= 0;
}

// A lot whose last kopeck went back takes nothing any more.
static void close_lot(ledger_purses_t *self, uint32_t n)
{
    ledger_lot_t *lot = ledger_purse_lot(self, n);
    if (!lot->left && !ledger_purse_terms(self, lot)->held)
        lot->returned = true;
}

static void owe_reversal(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                         kopecks_t amount)
{
    if (amount)
        ledger_purse_owe(
            self, purse,
            &(ledger_debt_t){.kind = LEDGER_DEBT_REVERSAL, .number = lot, .left = amount});
}

void ledger_lots_settle(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                        kopecks_t amount, bool done)
{
    ledger_purse_open(self, purse);
    uint32_t n = ledger_purse_find(self, purse, lot);
    kopecks_t held = n ? ledger_purse_terms(self, ledger_purse_lot(self, n))->held : 0;
    kopecks_t part = least(held, amount);
    if (part)
        ledger_purse_move(self, purse, done ? LEDGER_MOVE_SEND : LEDGER_MOVE_FREE, n, part);
    claw(self, purse, lot, amount, done ? CLAW_SENT : CLAW_BACK);
    if (!done && part)
        repay(self, purse, n);
    if (done && n)
        close_lot(self, n);
    if (done) // it went back twice: to the payer by us, and by his bank
        owe_reversal(self, purse, lot, amount - part);
    ledger_purse_close(self, purse);
}

// --- chargebacks and disputes ---

static kopecks_t revoke(ledger_purses_t *self, ledger_purse_t *purse, uint32_t n, kopecks_t amount)
{
    kopecks_t part = least(amount, ledger_purse_lot(self, n)->left);
    ledger_purse_move(self, purse, LEDGER_MOVE_REVOKE, n, part);
    return part;
}

void ledger_lots_chargeback(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                            kopecks_t amount)
{
    kopecks_t rest = amount;
    ledger_purse_open(self, purse);
    uint32_t own = ledger_purse_find(self, purse, lot);
    if (own) {
        rest -= revoke(self, purse, own, rest);
        kopecks_t held = least(rest, ledger_purse_terms(self, ledger_purse_lot(self, own))->held);
        if (held)
            ledger_purse_move(self, purse, LEDGER_MOVE_SEND, own, held);
        rest -= held;
        close_lot(self, own);
    }
    for (uint32_t n = ledger_purse_first_in(&self->lots, purse->cash); n && rest;
         n = ledger_purse_after_in(&self->lots, purse->cash, n))
        rest -= revoke(self, purse, n, rest);
    owe_reversal(self, purse, lot, rest);
    claw(self, purse, lot, amount, CLAW_CHARGED);
    ledger_purse_close(self, purse);
}

void ledger_lots_won(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                     const ledger_credit_lot_t *credit)
{
    ledger_purse_open(self, purse);
    for (uint32_t n = ledger_purse_first_in(&self->debts, purse->debts); n;
         n = ledger_purse_after_in(&self->debts, purse->debts, n)) {
        const ledger_debt_t *debt = ledger_purse_debt(self, n);
        if (debt->kind == LEDGER_DEBT_BONUS && debt->number == lot)
            ledger_purse_forgive(self, n, debt->left);
    }
    credit_lot(self, purse, credit);
    ledger_purse_close(self, purse);
}

// --- corrections ---

static kopecks_t forgive_usage(ledger_purses_t *self, ledger_purse_t *purse, uint64_t charge,
                               kopecks_t amount)
{
    kopecks_t rest = amount;
    for (uint32_t n = ledger_purse_first_in(&self->debts, purse->debts); n && rest;
         n = ledger_purse_after_in(&self->debts, purse->debts, n)) {
        const ledger_debt_t *debt = ledger_purse_debt(self, n);
        if (debt->kind != LEDGER_DEBT_USAGE || debt->number != charge)
            continue;
        kopecks_t part = least(rest, debt->left);
        ledger_purse_forgive(self, n, part);
        rest -= part;
    }
    return amount - rest;
}

// To the lots that a charge took, the last first; what those take that are gone is returned.
static kopecks_t give_back(ledger_purses_t *self, ledger_purse_t *purse, const ledger_part_t *parts,
                           size_t count, kopecks_t *rest)
{
    kopecks_t lost = 0;
    for (size_t i = count; i-- > 0 && *rest;) {
        if (!parts[i].lot)
            continue;
        kopecks_t part = least(*rest, parts[i].amount);
        uint32_t n = ledger_purse_find(self, purse, parts[i].lot);
        *rest -= part;
        if (!n || ledger_purse_lot(self, n)->lapsed || ledger_purse_lot(self, n)->returned) {
            lost += part;
            continue;
        }
        ledger_purse_move(self, purse, LEDGER_MOVE_GIVE, n, part);
        repay(self, purse, n);
    }
    return lost;
}

kopecks_t ledger_lots_correct(ledger_purses_t *self, ledger_purse_t *purse, uint64_t charge,
                              const ledger_part_t *parts, size_t count, kopecks_t amount,
                              const ledger_credit_lot_t *instead)
{
    kopecks_t rest = amount;
    ledger_purse_open(self, purse);
    for (size_t i = 0; i < count; i++) // what nothing paid was taken last
        if (!parts[i].lot)
            rest -= forgive_usage(self, purse, charge, least(rest, parts[i].amount));
    kopecks_t lost = give_back(self, purse, parts, count, &rest);
    if (lost) {
        ledger_credit_lot_t credit = *instead;
        credit.amount = lost;
        credit.bonus = credit.limited = true;
        credit.terms = (ledger_terms_t){.until = instead->at + LEDGER_CORRECTION_LIFE_US};
        credit_lot(self, purse, &credit);
    }
    ledger_purse_close(self, purse);
    return rest;
}

// --- what there is ---

ledger_totals_t ledger_lots_totals(const ledger_purses_t *self, const ledger_purse_t *purse,
                                   instant_t now)
{
    ledger_totals_t totals = {0};
    for (uint32_t n = ledger_purse_first(self, purse); n; n = ledger_purse_after(self, purse, n)) {
        const ledger_lot_t *lot = ledger_purse_lot(self, n);
        const ledger_terms_t *terms = ledger_purse_terms(self, lot);
        kopecks_t left = ledger_purse_left(purse, lot);
        bool general = !lot->apart && is_general(terms, now);
        *(!lot->bonus ? &totals.cash : general ? &totals.bonus : &totals.apart) += left;
        totals.held += terms->held;
    }
    for (uint32_t n = ledger_purse_first_in(&self->debts, purse->debts); n;
         n = ledger_purse_after_in(&self->debts, purse->debts, n)) {
        const ledger_debt_t *debt = ledger_purse_debt(self, n);
        *(debt->kind == LEDGER_DEBT_USAGE ? &totals.usage : &totals.reversal) += debt->left;
    }
    return totals;
}
