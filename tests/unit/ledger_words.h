#pragma once
// ledger_words - the words in which the ledger's tests by hand speak: who pays, who uses, who is
// given what, and what a balance is then. Each test has a ledger of its own, whose journal is
// replayed at its end.
#include "services/ledger/ledger_core.h"
#include "tests/model/harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { POSTER = PRODUCER_FIRST };

static inline uid_t16 customer(uint8_t n)
{
    return (uid_t16){{n, 0xa1, 7, 9, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, n}};
}

static inline uid_t16 nobody(void)
{
    return (uid_t16){{0}};
}

// It opens the account if need be.
static inline event_t wish(uid_t16 debit, uid_t16 credit, kopecks_t amount, uint64_t kind)
{
    event_t event = {.type = EVENT_posting_requested};
    event.posting_requested = (event_posting_requested_t){debit, credit, amount, kind, {{0}}, true};
    return event;
}

// Each payment has another number, of the old kind, which no time makes past.
static inline event_t payment(uid_t16 account, kopecks_t amount, uint64_t kind)
{
    event_t event = {.type = EVENT_payment_succeeded};
    static uint64_t numbers = UINT64_C(1767225600000000000);
    event.payment_succeeded.invoice = ++numbers;
    event.payment_succeeded.account = account;
    event.payment_succeeded.amount = amount;
    event.payment_succeeded.kind = kind;
    return event;
}

static inline event_t usage(uid_t16 account, kopecks_t amount)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = account;
    event.usage_charged.amount = amount;
    event.usage_charged.resource = customer(200);
    return event;
}

static uint64_t stream_sequence; // of the last fact that was told

static inline void paid(harness_t *h, uid_t16 account, kopecks_t amount)
{
    event_t event = payment(account, amount, 1);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
}

static inline void used(harness_t *h, uid_t16 account, kopecks_t amount)
{
    event_t event = usage(account, amount);
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

// Metering gives usage back: of a line that had charged that much, `before` of it before.
static inline void credited(harness_t *h, uid_t16 account, uint64_t line, kopecks_t amount,
                            kopecks_t charged, kopecks_t before)
{
    event_t event = {.type = EVENT_usage_credited};
    event.usage_credited = (event_usage_credited_t){.original = line,
                                                    .account = account,
                                                    .resource = customer(200),
                                                    .amount = amount,
                                                    .charged = charged,
                                                    .before = before};
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

static inline void given(harness_t *h, uid_t16 account, kopecks_t amount)
{
    event_t event = wish(posting_system_id(SYSTEM_PROMO), account, amount, POSTING_BONUS);
    assert_int_equal(harness_item(h, POSTER, ++stream_sequence, &event), FAIL_NONE);
}

static inline fail_t balance(harness_t *h, uid_t16 account, answer_balance_t *ret_balance)
{
    request_t request = {.type = REQUEST_balance};
    request.balance.account = account;
    answer_t answer;
    fail_t fail = harness_query(h, &request, &answer);
    *ret_balance = answer.balance;
    return fail;
}

static inline answer_balance_t balance_of(harness_t *h, uid_t16 account)
{
    answer_balance_t answer;
    assert_int_equal(balance(h, account, &answer), FAIL_NONE);
    return answer;
}

// The systems' balances by number, and that the sum over all accounts is zero.
static inline answer_totals_t totals_of(harness_t *h, kopecks_t ret_systems[SYSTEM_END])
{
    answer_totals_t totals = harness_totals(h, ret_systems);
    kopecks_t sum = totals.customers;
    for (size_t i = 0; i < SYSTEM_END; i++)
        sum += ret_systems[i];
    assert_int_equal(sum, 0);
    assert_int_equal(totals.sum, 0);
    return totals;
}

static inline kopecks_t system_of(harness_t *h, system_account_t number)
{
    kopecks_t systems[SYSTEM_END];
    (void)totals_of(h, systems);
    return systems[number];
}

static inline int setup(void **state)
{
    stream_sequence = 0;
    *state = harness_new(&ledger_core, NULL);
    return 0;
}

static inline int teardown(void **state)
{
    harness_t *h = *state;
    harness_t *replayed = harness_replay(h);
    harness_compare(h, replayed); // whatever a test did: replay comes to the same
    harness_destroy(&replayed);
    harness_destroy(&h);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
