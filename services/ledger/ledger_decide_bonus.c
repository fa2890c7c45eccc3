#include "services/ledger/ledger_decide_bonus.h"
#include "services/ledger/ledger_decide_apart.h"

// --- what payment says ---

// A bonus to be given: the event that will say so, but for its lot.
static fail_t give(const ledger_state_t *self, const event_bonus_given_t *wish, decision_t *out)
{
    ledger_transfer_t transfer = {.customer = wish->account,
                                  .debit = SYSTEM_PROMO,
                                  .amount = wish->amount,
                                  .kind = POSTING_BONUS,
                                  .reference = wish->reference};
    event_bonus_given_t given = *wish;
    uint32_t index;
    bool place = ledger_transfer_has_place(self, &transfer, &index);
    if (place && ledger_apart_is(wish, out->input->now)) {
        ledger_apart_give(self, index, wish, out);
        return FAIL_NONE;
    }
    if (place) {
        // The node gives a decision's events the next sequences in their order.
        given.lot = self->last + out->count + 1 + (index == TABLE_NONE);
        ledger_transfer_add(self, out, &transfer, index);
    } else {
        fail_t fail = ledger_transfer_suspend(self, out, &transfer);
        if (fail)
            return fail;
    }
    decision_add(out, EVENT_bonus_given)->bonus_given = given;
    return FAIL_NONE;
}

static fail_t withhold(const event_bonus_given_t *wish, bool repeated, decision_t *out)
{
    decision_add(out, EVENT_bonus_withheld)->bonus_withheld = (event_bonus_withheld_t){
        .account = wish->account, .reference = wish->reference, .repeated = repeated};
    return FAIL_NONE;
}

fail_t ledger_bonus_redeemed(const ledger_state_t *self, const event_promo_redeemed_t *redeemed,
                             decision_t *out)
{
    event_bonus_given_t wish = {.account = redeemed->account,
                                .reference = posting_bonus_reference(redeemed->invoice),
                                .invoice = redeemed->invoice,
                                .campaign = redeemed->campaign,
                                .amount = redeemed->amount,
                                .until = redeemed->until,
                                .category = redeemed->category,
                                .begins = redeemed->begins,
                                .topup = redeemed->topup};
    bool repeated = ledger_bonuses_find(&self->bonuses, &wish.reference) != NULL;
    bool credited = ledger_credited_has(&self->credited, wish.invoice) &&
                    !ledger_credited_is_past(wish.invoice, out->input->now);
    if (wish.amount <= 0)
        return FAIL_NONE;
    return repeated || !credited ? withhold(&wish, repeated, out) : give(self, &wish, out);
}

fail_t ledger_bonus_gift(const ledger_state_t *self, const event_promo_given_t *gift,
                         decision_t *out)
{
    event_bonus_given_t wish = {.account = gift->account,
                                .reference = posting_gift_reference(&gift->hmac, &gift->account),
                                .campaign = gift->campaign,
                                .amount = gift->amount,
                                .until = gift->until,
                                .category = gift->category,
                                .begins = gift->begins};
    if (wish.amount <= 0)
        return FAIL_NONE;
    return ledger_bonuses_find(&self->bonuses, &wish.reference) ? withhold(&wish, true, out)
                                                                : give(self, &wish, out);
}

fail_t ledger_bonus_welcome(const ledger_state_t *self, const event_promo_welcomed_t *welcomed,
                            decision_t *out)
{
    event_bonus_given_t wish = {.account = welcomed->account,
                                .reference = posting_welcome_reference(&welcomed->account),
                                .campaign = welcomed->campaign,
                                .amount = welcomed->amount,
                                .until = welcomed->until,
                                .source = BONUS_OF_WELCOME,
                                .category = welcomed->category,
                                .begins = welcomed->begins};
    if (wish.amount <= 0)
        return FAIL_NONE;
    return ledger_bonuses_find(&self->bonuses, &wish.reference) ? withhold(&wish, true, out)
                                                                : give(self, &wish, out);
}

// --- what goes back with a top-up ---

static kopecks_t more_than(kopecks_t a, kopecks_t b)
{
    return a > b ? a - b : 0;
}

static kopecks_t least(kopecks_t a, kopecks_t b)
{
    return a < b ? a : b;
}

// What is unspent of the bonus's own lot, and of what was given again.
static kopecks_t left_of(const ledger_state_t *self, const ledger_bonus_t *row)
{
    if (!row->lot)
        return 0;
    const ledger_row_t *account = ledger_row_at(self, row->account);
    kopecks_t left = ledger_ending_left(&self->lots, &account->purse, row->lot) +
                     ledger_ending_left(&self->lots, &account->purse, row->again);
    return row->apart ? left : least(left, account->bonus > 0 ? account->bonus : 0);
}

// From the customer to promo expense, or, if it `returns`, to him.
static ledger_transfer_t moving(const ledger_state_t *self, const ledger_bonus_t *row,
                                posting_kind_t kind, kopecks_t amount, bool returns)
{
    if (row->apart && kind == POSTING_BONUS)
        return ledger_apart_transfer(&row->key, amount, returns);
    return (ledger_transfer_t){.customer = ledger_row_at(self, row->account)->account,
                               .debit = returns ? SYSTEM_PROMO : 0,
                               .credit = returns ? 0 : SYSTEM_PROMO,
                               .amount = amount,
                               .kind = kind,
                               .reference = row->key};
}

// What no balance can bear is not moved.
static kopecks_t fitting(const ledger_state_t *self, const ledger_bonus_t *row, posting_kind_t kind,
                         kopecks_t amount, bool returns)
{
    ledger_transfer_t transfer = moving(self, row, kind, amount, returns);
    const ledger_row_t *account = ledger_row_at(self, row->account);
    return ledger_transfer_fits(self, &transfer, account, LEDGER_BALANCE_MAX) ? amount : 0;
}

// What ended unspent is owed by nobody.
static kopecks_t spent_of(const ledger_bonus_t *row, kopecks_t taken)
{
    return more_than(row->bonus - row->ended, row->due + taken);
}

static void claw(const ledger_state_t *self, const ledger_bonus_t *row, kopecks_t due,
                 decision_t *out)
{
    kopecks_t more = more_than(due, row->due);
    // What refunds alone would have made due is forgotten where it is spent.
    kopecks_t refunded =
        more_than(ledger_bonus_share(row, row->returned - row->disputed), row->due);
    kopecks_t taken = fitting(self, row, POSTING_BONUS, least(more, left_of(self, row)), false);
    kopecks_t owed = least(spent_of(row, taken), least(more - taken, more_than(more, refunded)));
    owed = fitting(self, row, POSTING_CHARGEBACK, owed, false);
    ledger_transfer_t parts[2] = {moving(self, row, POSTING_BONUS, taken, false),
                                  moving(self, row, POSTING_CHARGEBACK, owed, false)};
    ledger_transfer_add_both(self, out, parts, row->account);
    decision_add(out, EVENT_bonus_clawed)->bonus_clawed =
        (event_bonus_clawed_t){.account = ledger_row_at(self, row->account)->account,
                               .invoice = row->invoice,
                               .returned = row->returned,
                               .due = due,
                               .taken = taken,
                               .owed = owed};
}

// As if less had gone back: what was owed last goes first, then what was forgotten, then what was
// taken.
static void regain(const ledger_state_t *self, const ledger_bonus_t *row, kopecks_t due,
                   decision_t *out)
{
    kopecks_t less = row->due - due, forgotten = row->due - row->taken - row->owed;
    kopecks_t cleared = fitting(self, row, POSTING_CHARGEBACK, least(less, row->owed), true);
    kopecks_t rest = more_than(less - least(less, row->owed), forgotten);
    kopecks_t given = fitting(self, row, POSTING_BONUS, least(rest, row->taken), true);
    ledger_transfer_t parts[2] = {moving(self, row, POSTING_BONUS, given, true),
                                  moving(self, row, POSTING_CHARGEBACK, cleared, true)};
    // The first posting is it.
    uint64_t lot = !given ? 0 : row->apart ? row->lot : self->last + out->count + 1;
    ledger_transfer_add_both(self, out, parts, row->account);
    decision_add(out, EVENT_bonus_regained)->bonus_regained =
        (event_bonus_regained_t){.account = ledger_row_at(self, row->account)->account,
                                 .invoice = row->invoice,
                                 .returned = row->returned,
                                 .due = due,
                                 .cleared = cleared,
                                 .given = given,
                                 .lot = lot};
}

bool ledger_bonus_settle(const ledger_state_t *self, decision_t *out)
{
    const ledger_bonus_t *row = ledger_bonuses_waiting(&self->bonuses);
    if (!row)
        return false;
    kopecks_t due = ledger_bonus_share(row, row->returned);
    if (due < row->due)
        regain(self, row, due, out);
    else
        claw(self, row, due, out);
    return true;
}
