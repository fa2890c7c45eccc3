#pragma once
// notify_words - the few things that tests of notify say: a balance, an hour's line, a payment.
#include "tests/model/harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the ones above first
#include <cmocka.h>

#include "services/notify/notify_core.h"
#include "services/notify/notify_state.h"

#define NOON (INT64_C(1767268800) * SECOND_US) // 2026-01-01T12:00:00Z
#define HOURLY 720                             // kopecks for 720 hours: one kopeck an hour

// What each stream said last.
static struct {
    uint64_t ledger, metering, payment;
} said;

static inline uid_t16 customer(uint8_t number)
{
    return (uid_t16){{0xc0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, number}};
}

static inline event_t posted(uint8_t account, kopecks_t cash, uint64_t usage)
{
    event_t event = {.type = EVENT_posted};
    event.posted.account = customer(account);
    event.posted.debit = SYSTEM_CLEARING;
    event.posted.credit = SYSTEM_END;
    event.posted.cash = cash;
    if (usage)
        event.cause = (cause_t){.stream = STREAM_METERING, .sequence = usage};
    return event;
}

static inline void balance_is(harness_t *h, uint8_t account, kopecks_t cash)
{
    event_t event = posted(account, cash, 0);
    notify_core.observe(h->state, STREAM_LEDGER, &event, ++said.ledger);
}

static inline event_t line(uint8_t account, instant_t hour, kopecks_t price)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = customer(account);
    event.usage_charged.hour = hour;
    event.usage_charged.minutes = 60;
    event.usage_charged.price = price;
    event.usage_charged.amount = price / 720;
    event.usage_charged.reason = CHARGED_HOUR;
    return event;
}

// An hour at that price for 720 of them; the ledger has posted it, and this is what is left.
static inline void hour_cost(harness_t *h, uint8_t account, instant_t hour, kopecks_t price,
                             kopecks_t left)
{
    event_t event = line(account, hour, price);
    notify_core.observe(h->state, STREAM_METERING, &event, ++said.metering);
    event = posted(account, left, said.metering);
    notify_core.observe(h->state, STREAM_LEDGER, &event, ++said.ledger);
}

static inline void hour_closed(harness_t *h, instant_t hour)
{
    event_t event = {.type = EVENT_hour_closed, .hour_closed.hour = hour};
    notify_core.observe(h->state, STREAM_METERING, &event, ++said.metering);
}

static inline void payment_begins(harness_t *h, uint8_t account, uint64_t invoice,
                                  payment_kind_t kind)
{
    event_t event = {.type = EVENT_payment_created, .at = h->now};
    event.payment_created.account = customer(account);
    event.payment_created.invoice = invoice;
    event.payment_created.kind = kind;
    notify_core.observe(h->state, STREAM_PAYMENT, &event, ++said.payment);
}

static inline void payment_fails(harness_t *h, uint8_t account, uint64_t invoice)
{
    event_t event = {.type = EVENT_payment_declined};
    event.payment_declined.account = customer(account);
    event.payment_declined.invoice = invoice;
    notify_core.observe(h->state, STREAM_PAYMENT, &event, ++said.payment);
}

static inline const notify_state_t *state_of(const harness_t *h)
{
    return h->state;
}

static inline ladder_step_t step_of(const harness_t *h, uint8_t account)
{
    uid_t16 id = customer(account);
    const notify_account_t *row = notify_account(h->state, &id);
    return row ? (ladder_step_t)row->step : LADDER_NONE;
}

// Ticks at that instant; how many moves it caused.
static inline size_t tick_at(harness_t *h, instant_t now)
{
    uint64_t before = state_of(h)->moves;
    h->now = now;
    assert_int_equal(harness_tick(h), FAIL_NONE);
    return (size_t)(state_of(h)->moves - before);
}

static inline int setup(void **state)
{
    memset(&said, 0, sizeof said);
    harness_t *h = harness_new(&notify_core, NULL);
    h->once = true;
    h->current = true;
    h->now = NOON;
    *state = h;
    return 0;
}

static inline int teardown(void **state)
{
    harness_destroy((harness_t **)state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
