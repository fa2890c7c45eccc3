#include "services/ledger/ledger_decide_ending.h"
#include "services/ledger/ledger_closing.h"
#include "services/ledger/ledger_decide_apart.h"
#include "services/ledger/ledger_decide_wish.h"
#include <assert.h>

// --- by their time ---

// The end of the last hour that a bonus may pay.
static instant_t last_hour(const ledger_bonus_t *row)
{
    return row->until - row->until % HOUR_US;
}

fail_t ledger_ending_closed(const ledger_state_t *self, const event_hour_closed_t *closed,
                            decision_t *out)
{
    const ledger_bonus_t *first = ledger_bonuses_ending(&self->bonuses);
    instant_t now = out->input->now; // no hour ends later that was closed: so no sum overflows
    instant_t end = closed->hour < now ? closed->hour + HOUR_US : now;
    if (first && last_hour(first) <= end && end > self->closed)
        decision_add(out, EVENT_bonuses_ending)->bonuses_ending.closed = end < now ? end : now;
    return FAIL_NONE;
}

instant_t ledger_ending_due(const ledger_state_t *self)
{
    const ledger_bonus_t *first = ledger_bonuses_ending(&self->bonuses);
    if (!first || last_hour(first) > self->closed)
        return INT64_MAX;
    instant_t settled = self->closed_at + LEDGER_LAPSE_AFTER_US;
    return first->until > settled ? first->until : settled;
}

// Unspent of a lot, as far as the balance has it: in old journals it may have less.
static kopecks_t left_of(const ledger_state_t *self, uint32_t account, uint64_t lot)
{
    const ledger_row_t *row = ledger_row_at(self, account);
    kopecks_t left = ledger_ending_left(&self->lots, &row->purse, lot);
    kopecks_t there = row->bonus > 0 ? row->bonus : 0;
    bool apart = ledger_ending_is_apart(&self->lots, &row->purse, lot);
    return apart || left < there ? left : there;
}

static ledger_transfer_t taking(const ledger_state_t *self, uint32_t account,
                                const event_bonus_ended_t *ended)
{
    if (ledger_ending_is_apart(&self->lots, &ledger_row_at(self, account)->purse, ended->lot))
        return ledger_apart_transfer(&ended->reference, ended->amount, false);
    return (ledger_transfer_t){.customer = ended->account,
                               .credit = SYSTEM_PROMO,
                               .amount = ended->amount,
                               .kind = POSTING_LAPSE,
                               .reference = ended->reference,
                               .lot = ended->lot};
}

static bool fits(const ledger_state_t *self, uint32_t account, const event_bonus_ended_t *ended)
{
    ledger_transfer_t transfer = taking(self, account, ended);
    return ledger_transfer_fits(self, &transfer, ledger_row_at(self, account), LEDGER_BALANCE_MAX);
}

// Of a bonus of that account, with what is left of it.
static event_bonus_ended_t ending(const ledger_state_t *self, uint32_t account, uint64_t lot,
                                  bonus_end_t why)
{
    const ledger_bonus_t *row = ledger_bonuses_in(&self->bonuses, lot);
    return (event_bonus_ended_t){.account = ledger_row_at(self, account)->account,
                                 .reference = row ? row->key : (uid_t16){{0}},
                                 .lot = lot,
                                 .amount = left_of(self, account, lot),
                                 .why = why};
}

static void end(const ledger_state_t *self, uint32_t account, const event_bonus_ended_t *ended,
                decision_t *out)
{
    ledger_transfer_t transfer = taking(self, account, ended);
    if (ended->amount)
        ledger_transfer_add(self, out, &transfer, account);
    decision_add(out, EVENT_bonus_ended)->bonus_ended = *ended;
}

bool ledger_ending_lapse(const ledger_state_t *self, const input_t *input, decision_t *out)
{
    if (!input->current || input->now < ledger_ending_due(self))
        return false;
    const ledger_bonus_t *row = ledger_bonuses_ending(&self->bonuses);
    event_bonus_ended_t ended = {.account = ledger_row_at(self, row->account)->account,
                                 .reference = row->key,
                                 .lot = row->lot,
                                 .amount = left_of(self, row->account, row->lot),
                                 .why = BONUS_END_LAPSED};
    if (!fits(self, row->account, &ended))
        ended.amount = 0; // what no balance can bear is not moved
    end(self, row->account, &ended, out);
    return true;
}

// --- before it ---

instant_t ledger_ending_warn_due(const ledger_state_t *self)
{
    const ledger_bonus_t *first = ledger_bonuses_untold(&self->bonuses);
    return first && self->lapse_notice_us ? first->until - (instant_t)self->lapse_notice_us
                                          : INT64_MAX;
}

bool ledger_ending_warn(const ledger_state_t *self, const input_t *input, decision_t *out)
{
    if (!input->current || input->now < ledger_ending_warn_due(self))
        return false;
    const ledger_bonus_t *row = ledger_bonuses_untold(&self->bonuses);
    decision_add(out, EVENT_bonus_ends_soon)->bonus_ends_soon =
        (event_bonus_ends_soon_t){.account = ledger_row_at(self, row->account)->account,
                                  .reference = row->key,
                                  .lot = row->lot,
                                  .amount = left_of(self, row->account, row->lot),
                                  .until = row->until};
    return true;
}

// --- because their account is closed ---

// The account of the first row that is in use.
static uint32_t closing_account(const ledger_state_t *self)
{
    for (uint32_t number = 0; number < self->closing.count; number++)
        if (table_holds(&self->closing, number))
            return table_find(&self->accounts, table_row(&self->closing, number));
    return TABLE_NONE;
}

bool ledger_ending_close(const ledger_state_t *self, decision_t *out)
{
    uint32_t account = closing_account(self);
    if (account == TABLE_NONE)
        return false;
    uint64_t lot = ledger_state_bonus_left(self, ledger_row_at(self, account));
    event_bonus_ended_t ended = ending(self, account, lot, BONUS_END_CLOSED);
    if (!fits(self, account, &ended))
        ended.amount = 0; // what no balance can bear is not moved
    end(self, account, &ended, out);
    return true;
}

// --- by an operator ---

// Of one that stands apart: what a posting is asked before it is made.
static fail_t order_apart(const ledger_state_t *self, const event_posting_requested_t *wish,
                          const event_bonus_given_t *bonus, decision_t *out)
{
    ledger_transfer_t transfer;
    const char *detail = ledger_transfer_read(wish, &transfer);
    uint32_t index = table_find(&self->accounts, &bonus->account);
    if (detail)
        return decision_refuse(out, FAIL_INVALID, detail);
    if (index == TABLE_NONE && !wish->opens)
        return decision_refuse(out, FAIL_UNKNOWN_ACCOUNT,
                               "the ledger knows no such account; say that it is to be opened");
    if (index == TABLE_NONE && self->accounts.count >= self->accounts_max)
        return decision_refuse(out, FAIL_LIMIT, "the ledger holds as many accounts as it may");
    transfer = ledger_apart_transfer(&bonus->reference, bonus->amount, true);
    if (!ledger_transfer_fits(self, &transfer, NULL, LEDGER_BALANCE_MAX))
        return decision_refuse(out, FAIL_OVERFLOW, "a balance would leave its range");
    ledger_apart_give(self, index, bonus, out);
    return FAIL_NONE;
}

static const char *order_wrong(const request_bonus_give_t *order, instant_t now)
{
    if (order->until && (order->until <= now || order->until > now + LEDGER_BONUS_LIFE_MAX_US))
        return "a bonus ends later than now, within 3660 days";
    if (order->begins && (order->begins <= now || order->begins > now + LEDGER_BONUS_LIFE_MAX_US))
        return "a bonus begins later than now, within 3660 days";
    if (order->until && order->begins >= order->until)
        return "a bonus ends after it begins";
    return posting_system_number(&order->account) ? "a bonus is a customer's, and given once"
                                                  : NULL;
}

fail_t ledger_bonus_order(const ledger_state_t *self, const request_bonus_give_t *order,
                          decision_t *out)
{
    instant_t now = out->input->now;
    event_posting_requested_t wish = {.debit = posting_system_id(SYSTEM_PROMO),
                                      .credit = order->account,
                                      .amount = order->amount,
                                      .kind = POSTING_BONUS,
                                      .reference = out->input->cause.command,
                                      .opens = order->opens};
    event_bonus_given_t bonus = {.account = order->account,
                                 .reference = wish.reference,
                                 .amount = order->amount,
                                 .until = order->until,
                                 .source = BONUS_OF_OPERATOR,
                                 .category = order->category,
                                 .begins = order->begins};
    const char *wrong = order_wrong(order, now);
    if (wrong)
        return decision_refuse(out, FAIL_INVALID, wrong);
    if (ledger_closing_is(self, &order->account))
        return decision_refuse(out, FAIL_STATE, "the account is closed");
    if (ledger_bonuses_find(&self->bonuses, &wish.reference))
        return decision_refuse(out, FAIL_INVALID, "a bonus is a customer's, and given once");
    if (ledger_apart_is(&bonus, now))
        return order_apart(self, &wish, &bonus, out);
    fail_t fail = ledger_decide_wish(self, &wish, out);
    if (fail)
        return fail;
    const event_t *posted = &out->events[out->count - 1];
    posted -= posted->type != EVENT_posted; // account.restored stands behind it
    assert(posted->type == EVENT_posted);
    bonus.lot = posted->posted.lot;
    decision_add(out, EVENT_bonus_given)->bonus_given = bonus;
    return FAIL_NONE;
}

fail_t ledger_bonus_void(const ledger_state_t *self, const request_bonus_void_t *order,
                         decision_t *out)
{
    uint32_t index = table_find(&self->accounts, &order->account);
    if (index == TABLE_NONE)
        return decision_refuse(out, FAIL_UNKNOWN_ACCOUNT, "the ledger knows no such account");
    kopecks_t left = left_of(self, index, order->lot);
    if (left <= 0)
        return decision_refuse(out, FAIL_MISSING, "nothing is left of such a bonus");
    if (left != order->amount)
        return decision_refuse(out, FAIL_MISMATCH, "another amount is left of it");
    event_bonus_ended_t ended = ending(self, index, order->lot, BONUS_END_VOIDED);
    if (!fits(self, index, &ended))
        return decision_refuse(out, FAIL_OVERFLOW, "a balance would leave its range");
    end(self, index, &ended, out);
    return FAIL_NONE;
}
