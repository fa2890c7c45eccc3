// The decision alone: every reason, every pair of reasons, and the examples of
// docs/rules.md "Threshold" and "Limits".
#include "proto/month.h"
#include "services/autopay/autopay_verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static instant_t at(const char *text)
{
    instant_t instant;
    assert_true(time_parse(text, &instant));
    return instant;
}

static const autopay_policy_t policy = {
    .threshold = 10000,
    .interval_us = HOUR_US,
    .backoff_first_us = HOUR_US,
    .backoff_second_us = 6 * HOUR_US,
    .declines_max = 3,
    .attempts_max = 5,
};

// An account that would be charged: 500 rubles, three times a month.
static autopay_inputs_t charged(void)
{
    return (autopay_inputs_t){
        .rule = AUTOPAY_RULE,
        .now = at("2026-03-15T12:00:00Z"),
        .balance = 9999,
        .amount = 50000,
        .count_max = 3,
        .sum_max = 150000,
        .policy = policy,
    };
}

// --- one row for each reason: the least that makes it hold ---

static void set_stale(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_STALE;
}
static void set_closed(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_ACCOUNT_CLOSED;
}
static void set_never(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_NEVER_ENABLED;
}
static void set_revoked(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_REVOKED;
}
static void set_no_card(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_NO_CARD;
}
static void set_held(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_OPERATOR_HOLD;
}
static void set_suspended(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_SUSPENDED;
}
static void set_pending(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_PENDING;
}
static void set_above(autopay_inputs_t *in)
{
    in->balance = in->policy.threshold;
}
static void set_backoff(autopay_inputs_t *in)
{
    in->declines = 1;
    in->declined = in->now - HOUR_US + 1;
}
static void set_interval(autopay_inputs_t *in)
{
    in->last = in->now - HOUR_US + 1;
}
static void set_attempts(autopay_inputs_t *in)
{
    in->attempts = 5;
}
static void set_count(autopay_inputs_t *in)
{
    in->count = 3;
}
static void set_sum(autopay_inputs_t *in)
{
    in->sum = 100001;
}
static void set_notice(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_NOTICE_RUNS;
}

static void set_returned(autopay_inputs_t *in)
{
    in->flags |= AUTOPAY_RETURNED;
}

static const struct {
    autopay_reason_t reason;
    void (*set)(autopay_inputs_t *in);
} rows[] = {
    {AUTOPAY_NO_STALE, set_stale},           {AUTOPAY_NO_ACCOUNT_CLOSED, set_closed},
    {AUTOPAY_NO_NOT_ENABLED, set_never},     {AUTOPAY_NO_REVOKED, set_revoked},
    {AUTOPAY_NO_INSTRUMENT, set_no_card},    {AUTOPAY_NO_OPERATOR_HOLD, set_held},
    {AUTOPAY_NO_SUSPENDED, set_suspended},   {AUTOPAY_NO_PENDING, set_pending},
    {AUTOPAY_NO_ABOVE_THRESHOLD, set_above}, {AUTOPAY_NO_BACKOFF, set_backoff},
    {AUTOPAY_NO_INTERVAL, set_interval},     {AUTOPAY_NO_ATTEMPT_CAP, set_attempts},
    {AUTOPAY_NO_COUNT_CAP, set_count},       {AUTOPAY_NO_SUM_CAP, set_sum},
    {AUTOPAY_NO_PRENOTICE, set_notice},      {AUTOPAY_NO_RETURNED, set_returned},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void every_reason_of_the_closed_list_has_a_row_in_its_order(void **state)
{
    (void)state;
    const codes_info_t *list = codes_info(CODES_autopay_reason);
    assert_int_equal(list->count, ROWS + 1);
    assert_int_equal(list->codes[0].number, AUTOPAY_CHARGE);
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(rows[i].reason, list->codes[i + 1].number);
}

static void each_reason_alone_is_the_verdict(void **state)
{
    (void)state;
    autopay_inputs_t in = charged();
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
    for (size_t i = 0; i < ROWS; i++) {
        in = charged();
        rows[i].set(&in);
        assert_int_equal(autopay_verdict(&in), rows[i].reason);
    }
}

static void of_two_reasons_the_earlier_is_the_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = i + 1; j < ROWS; j++) {
            autopay_inputs_t in = charged();
            rows[j].set(&in);
            rows[i].set(&in);
            assert_int_equal(autopay_verdict(&in), rows[i].reason);
        }
}

static void rule_1_did_not_know_what_was_given_back(void **state)
{
    (void)state;
    autopay_inputs_t in = charged();
    in.rule = AUTOPAY_RULE_FIRST;
    in.flags = AUTOPAY_RETURNED;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
    in.flags = AUTOPAY_SUSPENDED;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_SUSPENDED);
    assert_false(autopay_rule_is_known(0));
    assert_true(autopay_rule_is_known(AUTOPAY_RULE_FIRST) && autopay_rule_is_known(AUTOPAY_RULE));
    assert_false(autopay_rule_is_known(AUTOPAY_RULE + 1));
}

// --- the examples of docs/rules.md ---

static void only_a_drop_that_refunds_caused_is_theirs(void **state)
{
    (void)state;
    static const struct {
        kopecks_t balance, returned;
        bool alone;
    } cases[] = {{5000, 95000, true}, {5000, 0, false},     {5000, 5000, true},
                 {5000, 4999, false}, {10000, 5000, false}, {-300, 10300, true},
                 {1, INT64_MAX, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(autopay_balance_was_returned(cases[i].balance, cases[i].returned, 10000),
                         cases[i].alone);
}

static void exactly_the_threshold_is_not_below_it(void **state)
{
    (void)state;
    autopay_inputs_t in = charged();
    in.balance = 10000;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_ABOVE_THRESHOLD);
    in.balance = 9999;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
    in.balance = -1000000;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
}

static void a_count_used_up_waits_for_the_month_of_moscow(void **state)
{
    (void)state;
    autopay_inputs_t in = charged();
    in.now = at("2026-03-31T20:59:59Z");
    in.count = 3;
    in.sum = 150000;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_COUNT_CAP);
    assert_int_equal(autopay_verdict_until(&in, AUTOPAY_NO_COUNT_CAP), at("2026-03-31T21:00:00Z"));
    assert_int_equal(month_of(in.now), 2026 * 12 + 2);
    assert_int_equal(month_of(at("2026-03-31T21:00:00Z")), 2026 * 12 + 3);
}

static void a_raised_amount_does_not_raise_the_sum(void **state)
{
    (void)state;
    autopay_inputs_t in = charged();
    in.amount = 200000;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_SUM_CAP);
}

static void an_unknown_outcome_stays_reserved(void **state)
{
    (void)state;
    autopay_inputs_t in = charged();
    in.count = 2;
    in.sum = 100000;
    in.flags = AUTOPAY_PENDING;
    in.last = in.now - 2 * HOUR_US;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_PENDING);
    autopay_inputs_t declined = in;
    declined.flags = 0;
    declined.declines = declined.attempts = 1;
    declined.declined = in.now;
    assert_int_equal(autopay_verdict(&declined), AUTOPAY_NO_BACKOFF);
    declined.now += HOUR_US;
    assert_int_equal(autopay_verdict(&declined), AUTOPAY_CHARGE);
    autopay_inputs_t succeeded = in;
    succeeded.flags = 0;
    succeeded.count = 3;
    succeeded.sum = 150000;
    assert_int_equal(autopay_verdict(&succeeded), AUTOPAY_NO_COUNT_CAP);
}

static void limits_are_reached_exactly(void **state)
{
    (void)state;
    autopay_inputs_t in = charged();
    in.count = 2;
    in.sum = 100000;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
    in.sum_max = 149999;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_SUM_CAP);
    in = charged();
    in.attempts = 4;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
    in.sum = INT64_MAX - 1;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_SUM_CAP);
}

static void waits_end_to_the_microsecond(void **state)
{
    (void)state;
    autopay_inputs_t in = charged();
    set_interval(&in);
    assert_int_equal(autopay_verdict_until(&in, AUTOPAY_NO_INTERVAL), in.now + 1);
    in.now += 1;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
    in = charged();
    in.declines = 2;
    in.declined = in.now - 6 * HOUR_US + 1;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_BACKOFF);
    assert_int_equal(autopay_verdict_until(&in, AUTOPAY_NO_BACKOFF), in.now + 1);
    in.now += 1;
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
    assert_int_equal(autopay_verdict_until(&in, AUTOPAY_NO_PENDING), INT64_MAX);
}

// --- stored decisions ---

static void a_stored_decision_is_decided_again_from_its_fields(void **state)
{
    (void)state;
    event_t requested = {.type = EVENT_autopay_payment_requested, .at = at("2026-03-15T12:00:00Z")};
    requested.autopay_payment_requested = (event_autopay_payment_requested_t){
        .amount = 50000,
        .balance = 4999,
        .threshold = 5000, // of the day; not that of the policy handed in
        .count = 2,
        .sum = 100000,
        .count_max = 3,
        .sum_max = 150000,
        .last = requested.at - HOUR_US,
        .rule = AUTOPAY_RULE,
    };
    autopay_inputs_t in = autopay_inputs_from_event(&requested, &policy);
    assert_int_equal(autopay_verdict(&in), AUTOPAY_CHARGE);
    assert_int_equal(autopay_verdict_stated(&requested), AUTOPAY_CHARGE);
    requested.autopay_payment_requested.balance = 5000;
    in = autopay_inputs_from_event(&requested, &policy);
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_ABOVE_THRESHOLD);

    event_t withheld = {.type = EVENT_autopay_withheld, .at = requested.at};
    withheld.autopay_withheld = (event_autopay_withheld_t){
        .reason = AUTOPAY_NO_BACKOFF,
        .amount = 50000,
        .balance = 0,
        .threshold = 10000,
        .count_max = 3,
        .sum_max = 150000,
        .declines = 2,
        .declined = withheld.at - 6 * HOUR_US + 1,
        .rule = AUTOPAY_RULE,
    };
    in = autopay_inputs_from_event(&withheld, &policy);
    assert_int_equal(autopay_verdict(&in), autopay_verdict_stated(&withheld));
    withheld.autopay_withheld.flags = AUTOPAY_SUSPENDED;
    in = autopay_inputs_from_event(&withheld, &policy);
    assert_int_equal(autopay_verdict(&in), AUTOPAY_NO_SUSPENDED);
}

static void only_what_the_card_was_asked_counts_as_a_decline(void **state)
{
    (void)state;
    static const struct {
        decline_t reason;
        bool declines;
    } table[] = {
        {DECLINE_REJECTED, true}, {DECLINE_STATE_10, true},    {DECLINE_STATE_60, true},
        {DECLINE_STALE, false},   {DECLINE_NOT_ARRIVED, true}, {DECLINE_EXPIRED, false},
        {DECLINE_BUSY, false},    {DECLINE_REVOKED, false},    {DECLINE_AMOUNT, false},
        {DECLINE_OPERATOR, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(autopay_reason_declines(table[i].reason), table[i].declines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_of_the_closed_list_has_a_row_in_its_order),
        cmocka_unit_test(each_reason_alone_is_the_verdict),
        cmocka_unit_test(of_two_reasons_the_earlier_is_the_verdict),
        cmocka_unit_test(rule_1_did_not_know_what_was_given_back),
        cmocka_unit_test(only_a_drop_that_refunds_caused_is_theirs),
        cmocka_unit_test(exactly_the_threshold_is_not_below_it),
        cmocka_unit_test(a_count_used_up_waits_for_the_month_of_moscow),
        cmocka_unit_test(a_raised_amount_does_not_raise_the_sum),
        cmocka_unit_test(an_unknown_outcome_stays_reserved),
        cmocka_unit_test(limits_are_reached_exactly),
        cmocka_unit_test(waits_end_to_the_microsecond),
        cmocka_unit_test(a_stored_decision_is_decided_again_from_its_fields),
        cmocka_unit_test(only_what_the_card_was_asked_counts_as_a_decline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
