// What a run's journals come to: charges, what was given back of them, and what fits nothing.
#include "tools/tracing/reckoning_sums.h"
#include "proto/posting.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static reckoning_t reckoning;
static reckoning_sums_t sums;
static char error[RECKONING_ERROR_MAX];

static int begin(void **state)
{
    (void)state;
    reckoning = (reckoning_t){0};
    error[0] = '\0';
    reckoning_sums_init(&sums, &reckoning, error);
    return 0;
}

static int end(void **state)
{
    (void)state;
    reckoning_sums_release(&sums);
    return 0;
}

static bool posted(uint64_t kind, uint64_t debit, uint64_t credit, kopecks_t amount, kopecks_t cash,
                   kopecks_t bonus)
{
    event_t event = {.type = EVENT_posted};
    event.posted = (event_posted_t){.account = usage_account(7),
                                    .debit = debit,
                                    .credit = credit,
                                    .amount = amount,
                                    .kind = kind,
                                    .cash = cash,
                                    .bonus = bonus};
    return reckoning_take(&sums, &event);
}

static bool line(kopecks_t amount, uint64_t minutes)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = usage_account(7);
    event.usage_charged.amount = amount;
    event.usage_charged.minutes = minutes;
    return reckoning_take(&sums, &event);
}

static bool credited(uid_t16 account, kopecks_t amount, uint64_t minutes)
{
    event_t event = {.type = EVENT_usage_credited};
    event.usage_credited.account = account;
    event.usage_credited.amount = amount;
    event.usage_credited.minutes = minutes;
    return reckoning_take(&sums, &event);
}

static void what_was_given_back_is_no_charge(void **state)
{
    (void)state;
    assert_true(posted(POSTING_TOPUP, SYSTEM_CLEARING, 70, 1000, 1000, 0));
    assert_true(line(157, 235));
    assert_true(posted(POSTING_CHARGE, 70, SYSTEM_REVENUE, 157, 843, 0));
    assert_true(credited(usage_account(7), 137, 205));
    assert_true(posted(POSTING_CREDIT, SYSTEM_REVENUE, 70, 100, 943, 0));
    assert_true(posted(POSTING_CREDIT_BONUS, SYSTEM_REVENUE, 70, 37, 943, 37));
    const reckoning_account_t *account = &reckoning.accounts[7];
    assert_int_equal(account->charged, 20);
    assert_int_equal(sums.charged_by_metering[7], 20);
    assert_int_equal(reckoning.minutes, 30);
    assert_int_equal(account->topped_up - account->charged, account->cash + account->bonus);
    assert_int_equal(sums.system + account->cash + account->bonus, 0);
}

static void what_should_come_back_and_does_not_is_counted(void **state)
{
    (void)state;
    event_t event = {.type = EVENT_usage_uncredited};
    event.usage_uncredited.minutes = 5;
    assert_true(reckoning_take(&sums, &event));
    event = (event_t){.type = EVENT_usage_taking_back};
    event.usage_taking_back.untold = 7;
    assert_true(reckoning_take(&sums, &event));
    assert_int_equal(reckoning.uncredited, 12);
}

static void what_the_trace_never_does_is_refused(void **state)
{
    (void)state;
    assert_false(posted(POSTING_CORRECTION, SYSTEM_BANK, 70, 1, 1, 0));
    assert_non_null(strstr(error, "kind 8 was not expected"));
    assert_false(credited((uid_t16){{1}}, 1, 1));
    assert_non_null(strstr(error, "none of ours"));
    event_t event = {.type = EVENT_posted};
    assert_false(reckoning_take(&sums, &event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_given_back_is_no_charge, begin, end),
        cmocka_unit_test_setup_teardown(what_should_come_back_and_does_not_is_counted, begin, end),
        cmocka_unit_test_setup_teardown(what_the_trace_never_does_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
