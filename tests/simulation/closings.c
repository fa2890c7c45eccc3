#include "tests/simulation/closings.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/turns.h"
#include "tests/simulation/world.h"
#include <inttypes.h>

#define LOOK_EVERY_US (3 * HOUR_US)
#define LAST_ACTION_US DAY_US     // before the end nobody does anything new
#define HEARD_US (10 * MINUTE_US) // current is what was heard of seconds ago, and then some

static void say(void *arg, const violation_t *violation)
{
    world_violate(arg, "I26", "%" PRIu64 ": %s: expected %s, found %s", violation->sequence,
                  violation->rule, violation->expected, violation->found);
}

void closings_init(world_t *world)
{
    closings_t *self = &world->closings;
    *self = (closings_t){.draw = draw_fork(world->scenario.seed, 13)};
    self->report = (verify_report_t){.say = say, .arg = world};
    verify_closing_init(&self->verify, &self->report);
}

void closings_release(world_t *world)
{
    verify_closing_release(&world->closings.verify);
}

static closing_row_t *row_of(world_t *world, const uid_t16 *account)
{
    return &world->closings.rows[fold_account_of(world, account)];
}

bool closings_is_closed(const world_t *world, unsigned account)
{
    return world->closings.rows[account].closed_at != 0;
}

// --- the ledger ---

static void take_closed(world_t *world, const event_account_closed_t *e)
{
    const fold_account_t *account = &world->fold.accounts[fold_account_of(world, &e->account)];
    if (e->cash != account->cash || e->bonus != account->bonus)
        world_violate(world, "I26", "closed with %" PRId64 " and %" PRId64 " kopecks", e->cash,
                      e->bonus);
    row_of(world, &e->account)->closed_at = world->now;
    world_reach(world, REACH_CLOSED);
}

static void take_limit(world_t *world, const event_credit_limit_set_t *e)
{
    fold_account_t *account = &world->fold.accounts[fold_account_of(world, &e->account)];
    if (e->before != account->limit)
        world_violate(world, "I10", "a limit of %" PRId64 " is said to have been %" PRId64,
                      account->limit, e->before);
    account->limit = e->limit;
    fold_owes(world, account);
    world_reach(world, REACH_LIMIT_SET);
}

static void fold_one(world_t *world, const event_t *event)
{
    if (event->type == EVENT_account_closed)
        take_closed(world, &event->account_closed);
    else if (event->type == EVENT_account_reopened)
        row_of(world, &event->account_reopened.account)->closed_at = 0;
    else if (event->type == EVENT_credit_limit_set)
        take_limit(world, &event->credit_limit_set);
    else if (event->type == EVENT_bonus_ended && event->bonus_ended.why == BONUS_END_CLOSED)
        world_reach(world, REACH_BONUS_CLOSED);
}

// --- autopay ---

static void take_announced(world_t *world, const event_t *event)
{
    const event_autopay_announced_t *e = &event->autopay_announced;
    closing_row_t *row = row_of(world, &e->account);
    if (e->earliest != event->at + (instant_t)world->closings.prenotice_us || row->earliest)
        world_violate(world, "I26", "announced for another instant, or twice");
    row->earliest = e->earliest;
    world_reach(world, REACH_ANNOUNCED);
}

static void take_requested(world_t *world, const event_t *event)
{
    const event_autopay_payment_requested_t *e = &event->autopay_payment_requested;
    closing_row_t *row = row_of(world, &e->account);
    instant_t most = HEARD_US + (world->profile.late ? HOUR_US : 0);
    bool announced = row->earliest != 0 && event->at >= row->earliest;
    if (!announced && (row->earliest || world->closings.prenotice_us))
        world_violate(world, "I26", "a payment before the instant that was announced for it");
    if (row->closed_at && world->now - row->closed_at > most)
        world_violate(world, "I26", "a decision for an account that was closed %" PRId64 " s ago",
                      (world->now - row->closed_at) / SECOND_US);
    if (uid_equal(&row->gone, &e->mandate))
        world_violate(world, "I26", "a decision under a mandate whose card is gone");
    row->earliest = 0;
}

static void fold_decision(world_t *world, const event_t *event)
{
    if (event->type == EVENT_autopay_policy_changed)
        world->closings.prenotice_us = event->autopay_policy_changed.prenotice_us;
    else if (event->type == EVENT_autopay_announced)
        take_announced(world, event);
    else if (event->type == EVENT_autopay_payment_requested)
        take_requested(world, event);
    else if (event->type == EVENT_autopay_card_gone) {
        row_of(world, &event->autopay_card_gone.account)->gone = event->autopay_card_gone.mandate;
        world_reach(world, REACH_CARD_GONE);
    } else if (event->type == EVENT_autopay_mandate_noted &&
               event->autopay_mandate_noted.state == MANDATE_LIVE) {
        const event_autopay_mandate_noted_t *e = &event->autopay_mandate_noted;
        if (!uid_equal(&world->fold.accounts[fold_account_of(world, &e->account)].noted,
                       &e->mandate))
            row_of(world, &e->account)->earliest = 0;
    } else if (event->type == EVENT_autopay_withheld &&
               event->autopay_withheld.reason != AUTOPAY_NO_PRENOTICE)
        row_of(world, &event->autopay_withheld.account)->earliest = 0;
}

// --- all ---

static void begin_anew(world_t *world, process_name_t process)
{
    closings_t *self = &world->closings;
    for (unsigned i = 0; process == LEDGER && i < ACCOUNTS_MAX; i++) {
        self->rows[i].closed_at = 0;
        world->fold.accounts[i].limit = 0;
    }
    // An older mandate may be live again, and autopay tries its card once more.
    for (unsigned i = 0; process == PAYMENT && i < ACCOUNTS_MAX; i++)
        self->rows[i].gone = (uid_t16){{0}};
    verify_closing_restart(&self->verify, process == LEDGER ? STREAM_LEDGER : STREAM_PAYMENT);
}

void closings_fold(world_t *world, process_name_t process, const event_t *event, uint64_t sequence)
{
    verify_closing_t *verify = &world->closings.verify;
    if (sequence == 1 && (process == LEDGER || process == PAYMENT))
        begin_anew(world, process);
    if (process == LEDGER) {
        verify_closing_ledger(verify, sequence, event, NULL);
        fold_one(world, event);
    } else if (process == PAYMENT)
        verify_closing_payment(verify, sequence, event);
    else if (process == AUTOPAY)
        fold_decision(world, event);
}

// All has been heard.
static void check_closed(world_t *world, unsigned number)
{
    const fold_account_t *account = &world->fold.accounts[number];
    request_t request = {.type = REQUEST_autopay, .number = 1};
    answer_t answer = {0};
    if (account->bonus > 0)
        world_violate(world, "I26", "account %u is closed, and has a bonus of %" PRId64, number,
                      account->bonus);
    if (fold_live_mandate(&world->fold, number))
        world_violate(world, "I26", "account %u is closed, and allows autopay", number);
    request.autopay.account = platform_model_account(number);
    if (account->noted_amount && turns_query(world, AUTOPAY, &request, &answer) && !answer.fail &&
        answer.autopay.verdict != AUTOPAY_NO_ACCOUNT_CLOSED)
        world_violate(world, "I26", "account %u is closed, and the verdict %" PRIu64, number,
                      answer.autopay.verdict);
}

// I10: a payment that comes up to the limit restores the account, also when it stays below zero.
static void check_restored(world_t *world)
{
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        const fold_account_t *account = &world->fold.accounts[i];
        if (account->exhausted && account->balance + account->limit >= 0)
            world_violate(world, "I10",
                          "account %u has %" PRId64 ", may owe %" PRId64 ", and is exhausted", i,
                          account->balance, account->limit);
    }
}

void closings_check(world_t *world)
{
    check_restored(world);
    for (unsigned i = 0; i < world->profile.accounts; i++)
        if (closings_is_closed(world, i))
            check_closed(world, i);
}

// --- operators ---

static void announce(world_t *world)
{
    request_t request = {.type = REQUEST_autopay_policy};
    request.autopay_policy = (request_autopay_policy_t){
        .threshold = 10000,
        .interval_us = HOUR_US,
        .backoff_first_us = HOUR_US,
        .backoff_second_us = 6 * HOUR_US,
        .declines_max = 3,
        .attempts_max = 5,
        .pacing_us = 15 * MINUTE_US,
        .crowd = 64,
        .prenotice_us = (uint64_t)draw_span(&world->closings.draw, HOUR_US, 6 * HOUR_US)};
    customers_order(world, AUTOPAY, ROLE_OPERATOR, 0, &request);
}

static void close_account(world_t *world, unsigned number)
{
    const fold_account_t *account = &world->fold.accounts[number];
    request_t request = {.type = REQUEST_account_close};
    request.account_close.account = platform_model_account(number);
    request.account_close.cash = account->cash;
    request.account_close.bonus = account->bonus;
    customers_order(world, LEDGER, ROLE_OPERATOR, number, &request);
}

static void reopen(world_t *world, unsigned number)
{
    request_t request = {.type = REQUEST_account_reopen};
    request.account_reopen.account = platform_model_account(number);
    customers_order(world, LEDGER, ROLE_OPERATOR, number, &request);
}

static void lend(world_t *world, unsigned number)
{
    request_t request = {.type = REQUEST_credit_limit};
    request.credit_limit.account = platform_model_account(number);
    request.credit_limit.limit = (int64_t)draw_below(&world->closings.draw, 4) * 5000;
    customers_order(world, LEDGER, ROLE_OPERATOR, number, &request);
}

static void look(world_t *world, const step_t *step)
{
    draw_t *draw = &world->closings.draw;
    unsigned number = (unsigned)draw_below(draw, world->profile.accounts);
    (void)step;
    check_restored(world);
    if (world->now > world->end - LAST_ACTION_US)
        return;
    if (closings_is_closed(world, number) && draw_chance(draw, 400000))
        reopen(world, number);
    else if (draw_chance(draw, 500000))
        close_account(world, number);
    else
        lend(world, number);
    world_after(world, draw_span(draw, HOUR_US / 2, LOOK_EVERY_US), look, NULL, 0);
}

void closings_begin(world_t *world)
{
    if (!world->profile.closes)
        return;
    if (draw_chance(&world->closings.draw, 500000))
        announce(world);
    world_after(world, draw_span(&world->closings.draw, HOUR_US, DAY_US), look, NULL, 0);
}
