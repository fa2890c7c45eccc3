#include "tests/simulation/fold_notify.h"
#include "proto/money.h"
#include "tests/simulation/counting.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/turns.h"
#include <inttypes.h>

#define KOPECK_COST CARRY_DENOMINATOR
#define SLACK_US (10 * MINUTE_US)
enum { HOURS_LOOKED = 24 * 60 };

static void order_policy(world_t *world, const step_t *step)
{
    (void)step;
    request_t request = {.type = REQUEST_ladder_policy};
    request.ladder_policy = (request_ladder_policy_t){.low_threshold = 10000,
                                                      .early_us = DAY_US,
                                                      .late_us = 3 * HOUR_US,
                                                      .stop_us = 2 * MINUTE_US,
                                                      .grace_us = 20 * MINUTE_US,
                                                      .grace_again_us = DAY_US,
                                                      .freeze_us = 20 * HOUR_US,
                                                      .delete_us = 10 * HOUR_US};
    customers_order(world, NOTIFY, ROLE_OPERATOR, 0, &request);
}

void fold_notify_begin(world_t *world)
{
    if (world->profile.notices)
        world_after(world, HOUR_US, order_policy, NULL, 0);
}

void fold_notify_line(world_t *world, const event_usage_charged_t *line, uint64_t sequence)
{
    if (!world->profile.notices || line->reason != CHARGED_HOUR)
        return;
    fold_list_t *lines = &world->fold.ladder.accounts[fold_account_of(world, &line->account)].lines;
    *(fold_line_t *)fold_add(lines, sizeof(fold_line_t)) =
        (fold_line_t){sequence, line->hour,
                      (__int128)line->price * (int64_t)line->minutes * counting_unit(line->kind)};
}

// What the lines of that hour up to `last` cost; *ret_last is the last one of them.
static __int128 cost_of(const fold_list_t *lines, instant_t hour, uint64_t last, uint64_t *ret_last)
{
    const fold_line_t *rows = lines->rows;
    __int128 cost = 0;
    *ret_last = 0;
    for (size_t i = lines->count; i-- > 0;)
        if (rows[i].hour == hour && rows[i].sequence <= last) {
            cost += rows[i].cost;
            *ret_last = *ret_last ? *ret_last : rows[i].sequence;
        }
    return cost;
}

// Minutes are paid one after the other until the money is used up.
static instant_t lasts_until(int64_t balance, __int128 cost, instant_t hour)
{
    if (!cost)
        return INT64_MAX;
    __int128 left = (__int128)balance * KOPECK_COST, hours = left / cost;
    if (hours > HOURS_LOOKED)
        return INT64_MAX;
    __int128 rest = (left - hours * cost) * 60;
    instant_t until = hour + HOUR_US + (instant_t)hours * HOUR_US;
    for (; rest >= cost; rest -= cost)
        until += MINUTE_US;
    return until;
}

static void wrong(world_t *world, const event_ladder_moved_t *e, const char *what)
{
    world_violate(world, "I22",
                  "account %u: step %" PRIu64 " after %" PRIu64 " with %" PRId64 " kopecks: %s",
                  fold_account_of(world, &e->account), e->rung, e->rung_before, e->balance, what);
}

// The balance is the ledger's there, and was not old.
static void check_balance(world_t *world, const event_ladder_moved_t *e)
{
    const fold_list_t *list = &world->fold.accounts[fold_account_of(world, &e->account)].balances;
    const fold_balance_t *rows = list->rows;
    size_t i = list->count;
    while (i > 0 && rows[i - 1].sequence > e->balance_sequence)
        i--;
    if (i == 0 || rows[i - 1].sequence != e->balance_sequence) {
        if (!world->profile.restore_every_us)
            wrong(world, e, "the ledger has no such posting");
        return;
    }
    if (rows[i - 1].balance != e->balance)
        wrong(world, e, "the ledger has another balance");
    bool rises = e->rung > e->rung_before;
    if (rises && i < list->count && rows[i].durable_at + BEHIND_US < world->now &&
        !world->profile.restore_every_us)
        wrong(world, e, "the balance is an old one");
}

static __int128 check_burn(world_t *world, const event_ladder_moved_t *e)
{
    const fold_list_t *lines =
        &world->fold.ladder.accounts[fold_account_of(world, &e->account)].lines;
    uint64_t last;
    __int128 cost = cost_of(lines, e->hour, e->burn_sequence, &last);
    if (cost != e->burn || last != e->burn_sequence)
        wrong(world, e, "the hour cost something else");
    return cost;
}

// --- each step by its own terms ---

static bool is_due(const fold_ladder_account_t *account, instant_t at)
{
    return account->next && at >= account->next;
}

static void check_owing(world_t *world, const event_ladder_moved_t *e,
                        const fold_ladder_account_t *account, instant_t at)
{
    const event_ladder_policy_changed_t *policy = &world->fold.ladder.policy;
    const uint64_t spans[] = {policy->stop_us, policy->grace_us, policy->freeze_us,
                              policy->delete_us, 0};
    bool graced = account->grace && at < account->grace + (instant_t)policy->grace_again_us;
    bool fits = e->rung == LADDER_EXHAUSTED ? e->rung_before < LADDER_EXHAUSTED
                : e->rung == LADDER_GRACE   ? e->rung_before == LADDER_EXHAUSTED &&
                                                is_due(account, at) && e->pending && !graced
                : e->rung == LADDER_STOPPED
                    ? (e->rung_before == LADDER_EXHAUSTED && is_due(account, at) &&
                       (graced || !e->pending)) ||
                          (e->rung_before == LADDER_GRACE && (is_due(account, at) || !e->pending))
                    : e->rung == e->rung_before + 1 && is_due(account, at);
    if (!fits)
        wrong(world, e, "it is not its turn");
    instant_t next =
        e->rung == LADDER_DELETABLE ? 0 : at + (instant_t)spans[e->rung - LADDER_EXHAUSTED];
    if (e->next != next)
        wrong(world, e, "it does not say when the next one comes");
    const fold_invoice_t *invoice = fold_invoice_ever(&world->fold, e->pending);
    if (e->pending && (!invoice || invoice->account != fold_account_of(world, &e->account)))
        wrong(world, e, "no payment of his is under way");
}

static void check_funded(world_t *world, const event_ladder_moved_t *e,
                         const fold_ladder_account_t *account, instant_t at, __int128 cost)
{
    const event_ladder_policy_changed_t *policy = &world->fold.ladder.policy;
    int64_t money = e->balance + e->limit;
    instant_t lasts = lasts_until(money, cost, e->hour);
    bool late = lasts != INT64_MAX && at > lasts - (instant_t)policy->late_us;
    bool early = lasts != INT64_MAX && at > lasts - (instant_t)policy->early_us;
    uint64_t expected = late                            ? LADDER_LATE
                        : early                         ? LADDER_EARLY
                        : money < policy->low_threshold ? LADDER_LOW
                                                        : LADDER_NONE;
    if (e->closed)
        expected = LADDER_NONE;
    if (e->rung != expected)
        wrong(world, e, "the money lasts for another time");
    bool eased = e->rung_before >= LADDER_EARLY &&
                 (lasts == INT64_MAX || lasts - 2 * (instant_t)policy->early_us >= at);
    if (e->rung < e->rung_before && e->rung_before < LADDER_EXHAUSTED && money <= account->said &&
        !eased && !e->closed)
        wrong(world, e, "no money came");
}

static void note_reached(world_t *world, const event_ladder_moved_t *e)
{
    static const reach_t steps[] = {
        REACH_LADDER_WITHDRAWN, REACH_LADDER_LOW,       REACH_LADDER_EARLY,
        REACH_LADDER_LATE,      REACH_LADDER_EXHAUSTED, REACH_LADDER_GRACE,
        REACH_LADDER_STOPPED,   REACH_LADDER_FROZEN,    REACH_LADDER_DELETABLE};
    if (e->rung > e->rung_before)
        world_reach(world, steps[e->rung]);
    else
        world_reach(world, e->rung_before >= LADDER_STOPPED ? REACH_LADDER_RESUMED
                                                            : REACH_LADDER_WITHDRAWN);
}

static void fold_moved(world_t *world, const event_t *event, uint64_t sequence)
{
    const event_ladder_moved_t *e = &event->ladder_moved;
    fold_ladder_account_t *account =
        &world->fold.ladder.accounts[fold_account_of(world, &e->account)];
    if (e->rung_before != account->step || e->previous != account->moved ||
        e->rung > LADDER_DELETABLE) {
        wrong(world, e, "he did not stand there");
        return;
    }
    if (e->rung == e->rung_before)
        wrong(world, e, "said twice");
    if ((e->balance + e->limit < 0) != (e->rung >= LADDER_EXHAUSTED))
        wrong(world, e, e->balance < 0 ? "he owes" : "he has money");
    check_balance(world, e);
    __int128 cost = check_burn(world, e);
    if (e->rung >= LADDER_EXHAUSTED)
        check_owing(world, e, account, event->at);
    else
        check_funded(world, e, account, event->at, cost);
    note_reached(world, e);
    bool turns = (e->rung >= LADDER_STOPPED) != (account->step >= LADDER_STOPPED);
    account->step = e->rung;
    account->moved = sequence;
    account->at = event->at;
    account->next = e->next;
    account->said = e->balance + e->limit;
    account->grace = e->rung == LADDER_GRACE ? event->at : account->grace;
    account->turned_at = turns ? world->now : account->turned_at;
    if (turns)
        platform_model_exhausted(world, fold_account_of(world, &e->account));
}

bool fold_notify_stops(const world_t *world, unsigned account)
{
    return world->fold.ladder.accounts[account].step >= LADDER_STOPPED;
}

void fold_notify(world_t *world, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_ladder_policy_changed)
        world->fold.ladder.policy = event->ladder_policy_changed;
    if (event->type == EVENT_ladder_moved)
        fold_moved(world, event, sequence);
}

// --- the end ---

static void check_end_owing(world_t *world, unsigned number, const fold_ladder_account_t *account)
{
    instant_t since = world->fold.accounts[number].negative_since;
    if (account->step < LADDER_EXHAUSTED && world->now > since + SLACK_US)
        world_violate(world, "I22", "account %u owes, and nobody was told", number);
    if (account->step >= LADDER_EXHAUSTED && account->next && world->now > account->next + SLACK_US)
        world_violate(world, "I22", "account %u owes, and its step after %" PRIu64 " did not come",
                      number, account->step);
}

// The last hour that was closed, if he had a line in it.
static __int128 burn_now(const world_t *world, const fold_ladder_account_t *account,
                         instant_t *ret_hour)
{
    const fold_line_t *rows = account->lines.rows;
    instant_t hour = account->lines.count ? rows[account->lines.count - 1].hour : 0;
    uint64_t last;
    *ret_hour = hour;
    return hour + 3 * HOUR_US > world->now ? cost_of(&account->lines, hour, UINT64_MAX, &last) : 0;
}

static void check_end_funded(world_t *world, unsigned number, const fold_ladder_account_t *account)
{
    const event_ladder_policy_changed_t *policy = &world->fold.ladder.policy;
    int64_t balance = world->fold.accounts[number].balance;
    instant_t hour, now = world->now - SLACK_US;
    __int128 cost = burn_now(world, account, &hour);
    instant_t lasts = lasts_until(balance, cost, hour);
    uint64_t least = balance < policy->low_threshold ? LADDER_LOW : LADDER_NONE;
    if (lasts != INT64_MAX && hour + 2 * HOUR_US > world->now) {
        least = now > lasts - (instant_t)policy->early_us ? LADDER_EARLY : least;
        least = now > lasts - (instant_t)policy->late_us ? LADDER_LATE : least;
    }
    const fold_list_t *balances = &world->fold.accounts[number].balances;
    const fold_balance_t *rows = balances->rows;
    if (balances->count && rows[balances->count - 1].durable_at > now)
        return; // it is just posted
    if (account->step < least)
        world_violate(world, "I22",
                      "account %u runs out of money, and only step %" PRIu64 " is said", number,
                      account->step);
    if (account->step >= LADDER_EXHAUSTED)
        world_violate(world, "I22", "account %u has money, and stands on step %" PRIu64, number,
                      account->step);
    if (account->step && balance > account->said && least == LADDER_NONE && !cost)
        world_violate(world, "I22", "account %u has new money, and step %" PRIu64 " stays", number,
                      account->step);
}

static void check_answer(world_t *world, unsigned number, const fold_ladder_account_t *account)
{
    request_t request = {.type = REQUEST_notices, .number = 1};
    answer_t answer = {0};
    request.notices.account = platform_model_account(number);
    if (!turns_query(world, NOTIFY, &request, &answer) || answer.fail)
        return;
    if (answer.notices.rung != account->step || answer.notices.moved != account->moved)
        world_violate(world, "I22", "account %u: notify answers another step", number);
    if (answer.notices.balance_sequence &&
        answer.notices.balance != world->fold.accounts[number].balance)
        world_violate(world, "I22", "account %u: notify sees %" PRId64 " of %" PRId64 " kopecks",
                      number, answer.notices.balance, world->fold.accounts[number].balance);
}

void fold_notify_check(world_t *world)
{
    if (!world->profile.notices)
        return;
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        const fold_ladder_account_t *account = &world->fold.ladder.accounts[i];
        if (world->fold.accounts[i].balance < 0)
            check_end_owing(world, i, account);
        else
            check_end_funded(world, i, account);
        check_answer(world, i, account);
    }
}
