// Notify's core against a naive model, in random worlds: accounts are paid and charged, hours
// close, payments begin and fail, time passes, and what is heard may be old. After each tick every
// account must stand where the model says, which keeps a balance, the last hour and a promise for
// each, and finds out how long money lasts by paying minute by minute.
//
// The seed is printed when it fails; KOPECK_SEED=n runs that one alone.
#include "services/notify/notify_core.h"
#include "services/notify/notify_state.h"
#include "tests/model/harness.h"
#include "tests/model/random.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the ones above first
#include <cmocka.h>

#define BEGIN (INT64_C(490000) * HOUR_US)

enum { ACCOUNTS = 4, STEPS = 400, SEEDS = 60 };

typedef struct {
    bool known;
    int64_t balance, said, kopecks_hour;
    instant_t hour, next, grace, opened;
    uint64_t invoice;
    bool card;
    int step;
} naive_t;

static harness_t *h;
static naive_t naive[ACCOUNTS];
static uint64_t ledger, metering, payment, invoices;
static instant_t hour; // the next one that closes

static uid_t16 id_of(unsigned account)
{
    return (uid_t16){{0xc0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, (uint8_t)account}};
}

// --- what is heard ---

static void say_balance(unsigned account, int64_t amount, uint64_t usage)
{
    event_t event = {.type = EVENT_posted};
    naive[account].known = true;
    naive[account].balance += amount;
    event.posted.account = id_of(account);
    event.posted.cash = naive[account].balance;
    if (usage)
        event.cause = (cause_t){.stream = STREAM_METERING, .sequence = usage};
    notify_core.observe(h->state, STREAM_LEDGER, &event, ++ledger);
}

static void close_hour(uint64_t *random)
{
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        int64_t cost = (int64_t)random_below(random, 3) * (int64_t)random_below(random, 1500);
        if (!cost)
            continue;
        event_t event = {.type = EVENT_usage_charged};
        event.usage_charged.account = id_of(i);
        event.usage_charged.hour = hour;
        event.usage_charged.price = cost * 720;
        event.usage_charged.minutes = 60;
        event.usage_charged.amount = cost;
        event.usage_charged.reason = CHARGED_HOUR;
        notify_core.observe(h->state, STREAM_METERING, &event, ++metering);
        naive[i].hour = hour;
        naive[i].kopecks_hour = cost;
        say_balance(i, -cost, metering);
    }
    event_t event = {.type = EVENT_hour_closed, .hour_closed.hour = hour};
    notify_core.observe(h->state, STREAM_METERING, &event, ++metering);
    hour += HOUR_US;
}

static void begin_payment(unsigned account, bool card)
{
    event_t event = {.type = EVENT_payment_created, .at = h->now};
    event.payment_created.account = id_of(account);
    event.payment_created.invoice = ++invoices;
    event.payment_created.kind = card ? PAYMENT_KIND_AUTOPAY : PAYMENT_KIND_TOPUP;
    notify_core.observe(h->state, STREAM_PAYMENT, &event, ++payment);
    naive_t *n = &naive[account];
    if (n->invoice && n->card && !card)
        return;
    n->invoice = invoices;
    n->card = card;
    n->opened = h->now;
}

static void fail_payment(unsigned account)
{
    event_t event = {.type = EVENT_payment_declined};
    event.payment_declined.account = id_of(account);
    event.payment_declined.invoice = naive[account].invoice;
    if (!naive[account].invoice)
        return;
    notify_core.observe(h->state, STREAM_PAYMENT, &event, ++payment);
    naive[account].invoice = 0;
}

// --- where one belongs ---

static instant_t lasts(const naive_t *n)
{
    if (n->hour != hour - HOUR_US || !n->kopecks_hour)
        return INT64_MAX;
    instant_t until = n->hour + HOUR_US;
    for (int64_t left = n->balance * 60; left >= n->kopecks_hour; left -= n->kopecks_hour)
        until += MINUTE_US;
    return until;
}

static int warning(const naive_t *n)
{
    instant_t until = lasts(n);
    if (until != INT64_MAX && h->now > until - 3 * HOUR_US)
        return LADDER_LATE;
    if (until != INT64_MAX && h->now > until - DAY_US)
        return LADDER_EARLY;
    return n->balance < 10000 ? LADDER_LOW : LADDER_NONE;
}

static bool is_under_way(const naive_t *n)
{
    return n->invoice &&
           (n->card || n->step == LADDER_GRACE || h->now < n->opened + 15 * MINUTE_US);
}

static int belongs(const naive_t *n)
{
    bool due = n->next && h->now >= n->next;
    if (n->balance >= 0) {
        int step = warning(n);
        instant_t until = lasts(n);
        bool eased =
            n->step >= LADDER_EARLY && (until == INT64_MAX || until - 2 * DAY_US >= h->now);
        bool over = n->step >= LADDER_EXHAUSTED || n->balance > n->said || eased;
        return step > n->step || over ? step : n->step;
    }
    if (n->step < LADDER_EXHAUSTED)
        return LADDER_EXHAUSTED;
    if (n->step == LADDER_EXHAUSTED && due)
        return is_under_way(n) && (!n->grace || h->now >= n->grace + DAY_US) ? LADDER_GRACE
                                                                             : LADDER_STOPPED;
    if (n->step == LADDER_GRACE)
        return due || !is_under_way(n) ? LADDER_STOPPED : LADDER_GRACE;
    return due && n->step >= LADDER_STOPPED && n->step < LADDER_DELETABLE ? n->step + 1 : n->step;
}

static instant_t promise(int step)
{
    static const instant_t spans[] = {MINUTE_US, 15 * MINUTE_US, 30 * DAY_US, 30 * DAY_US};
    return step < LADDER_EXHAUSTED || step == LADDER_DELETABLE
               ? 0
               : h->now + spans[step - LADDER_EXHAUSTED];
}

// Steps that are due at once follow each other in one tick.
static bool settle(naive_t *n)
{
    int step = belongs(n);
    bool relief = n->step >= LADDER_EXHAUSTED && n->balance >= 0;
    if (!n->known || step == n->step || (!h->current && !relief))
        return false;
    n->step = step;
    n->said = n->balance;
    n->next = promise(step);
    n->grace = step == LADDER_GRACE ? h->now : n->grace;
    return true;
}

static bool compare(uint64_t seed, unsigned at)
{
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        while (settle(&naive[i]))
            continue;
        uid_t16 id = id_of(i);
        const notify_account_t *row = notify_account(h->state, &id);
        int step = row ? row->step : LADDER_NONE;
        if (step == naive[i].step)
            continue;
        printf("the ladder is not what it should be: seed %" PRIu64
               ", step %u, account %u with %" PRId64 " kopecks: %d, expected %d\n",
               seed, at, i, naive[i].balance, step, naive[i].step);
        return false;
    }
    return true;
}

// --- a world ---

static void pass_time(uint64_t *random)
{
    static const instant_t spans[] = {SECOND_US,      MINUTE_US,   5 * MINUTE_US,
                                      15 * MINUTE_US, 10 * DAY_US, 31 * DAY_US};
    instant_t to = h->now + spans[random_below(random, random_below(random, 20) ? 4 : 6)];
    while (hour + HOUR_US + 2 * MINUTE_US <= to) {
        h->now = h->now > hour + HOUR_US ? h->now : hour + HOUR_US + 2 * MINUTE_US;
        close_hour(random);
    }
    h->now = to;
}

static void act(uint64_t *random)
{
    unsigned account = (unsigned)random_below(random, ACCOUNTS);
    switch (random_below(random, 8)) {
    case 0:
        say_balance(account, (int64_t)random_below(random, 60000), 0);
        break;
    case 1:
        say_balance(account, naive[account].balance > 0 ? -naive[account].balance : 1, 0);
        break;
    case 2:
        begin_payment(account, random_below(random, 2));
        break;
    case 3:
        fail_payment(account);
        break;
    case 4:
        say_balance(account, -(int64_t)random_below(random, 20000), 0);
        break;
    default:
        pass_time(random);
    }
}

static unsigned met[LADDER_DELETABLE + 1];

static void run(uint64_t seed)
{
    uint64_t random = seed * 2654435761u + 1;
    memset(naive, 0, sizeof naive);
    ledger = metering = payment = invoices = 0;
    hour = BEGIN;
    h = harness_new(&notify_core, NULL);
    h->once = true;
    h->now = BEGIN + HOUR_US;
    for (unsigned i = 0; i < STEPS; i++) {
        act(&random);
        h->current = random_below(&random, 4) > 0;
        assert_int_equal(harness_tick(h), FAIL_NONE);
        if (!compare(seed, i))
            fail();
        for (unsigned a = 0; a < ACCOUNTS; a++)
            met[naive[a].step]++;
    }
    harness_destroy(&h);
}

static void everybody_stands_where_the_model_says(void **state)
{
    (void)state;
    const char *one = getenv("KOPECK_SEED");
    for (uint64_t seed = 1; !one && seed <= SEEDS; seed++)
        run(seed);
    for (unsigned step = 0; !one && step <= LADDER_DELETABLE; step++)
        assert_true(met[step] > 100);
    if (one)
        run(strtoull(one, NULL, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everybody_stands_where_the_model_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
