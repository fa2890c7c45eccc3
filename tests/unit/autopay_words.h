#pragma once
// autopay_words - the words in which autopay's tests by hand speak of its small world: an account
// with a mandate, what was asked for last, why nothing was. Each test has a world of its own.
#include "tests/model/autopay_harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { RUBLE = 100, AMOUNT = 500 * RUBLE, COUNT_MAX = 3, SUM_MAX = COUNT_MAX * AMOUNT };

static harness_t *world;

static inline instant_t at(const char *text)
{
    instant_t instant;
    assert_true(time_parse(text, &instant));
    return instant;
}

static inline int begin(void **state)
{
    (void)state;
    world = harness_new(at("2026-03-10T09:00:00Z"));
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    harness_free(world);
    return 0;
}

static inline size_t requests(void)
{
    return harness_count(world, EVENT_autopay_payment_requested);
}

static inline const event_autopay_payment_requested_t *last_request(void)
{
    return &harness_last(world, EVENT_autopay_payment_requested)->autopay_payment_requested;
}

static inline uint64_t request(void)
{
    return harness_last_sequence(world, EVENT_autopay_payment_requested);
}

static inline unsigned last_reason(void)
{
    const event_t *event = harness_last(world, EVENT_autopay_withheld);
    return event ? (unsigned)event->autopay_withheld.reason : AUTOPAY_CHARGE;
}

static inline void settle(void)
{
    harness_catch_up(world);
    harness_tick(world, true);
}

static inline request_t policy_of(kopecks_t threshold, uint64_t crowd)
{
    request_t request = {.type = REQUEST_autopay_policy};
    request.autopay_policy = (request_autopay_policy_t){
        .threshold = threshold,
        .interval_us = HOUR_US,
        .backoff_first_us = HOUR_US,
        .backoff_second_us = 6 * HOUR_US,
        .declines_max = 3,
        .attempts_max = 5,
        .pacing_us = 15 * MINUTE_US,
        .crowd = crowd,
    };
    return request;
}

// An account with a live mandate, its linking top-up posted and its balance at `balance`.
static inline size_t linked(kopecks_t balance)
{
    size_t account = harness_open(world);
    harness_consent(world, account, AMOUNT, COUNT_MAX, SUM_MAX);
    settle();
    harness_post(world, account, balance - AMOUNT);
    harness_catch_up(world);
    return account;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
