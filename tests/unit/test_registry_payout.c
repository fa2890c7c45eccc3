// test_registry_payout - which days a transfer of Robokassa brought, and what is named where they
// do not come out: short, twice, late, with another fee; and that clearing is nought when all do.
#include "registry_words.h"

#define TUESDAY (MONDAY + 1)
#define WEDNESDAY (MONDAY + 2)

// 500.00 on each of three days, of which 19.50 are kept.
static int three_days(void **state)
{
    begin(state);
    terms.to = WEDNESDAY;
    terms.payout = true;
    for (day_t day = MONDAY; day <= WEDNESDAY; day++)
        paid(day, 17 + (uint64_t)(day - MONDAY), 50000)->fee = 1950;
    return 0;
}

static void brought(day_t day, kopecks_t amount, kopecks_t fee)
{
    posted(day, POSTING_SETTLEMENT, SYSTEM_SUSPENSE, SYSTEM_CLEARING, ledger_sequence + 1000,
           amount);
    if (!fee)
        return;
    event_t event = {.type = EVENT_posted, .at = registry_day_start(day) + 3 * HOUR_US};
    event.posted = (event_posted_t){.kind = POSTING_FEE,
                                    .debit = SYSTEM_FEES,
                                    .credit = SYSTEM_CLEARING,
                                    .amount = fee,
                                    .reference = books.payouts[books.payouts_count - 1].reference};
    registry_books_ledger(&books, ++ledger_sequence, &event);
}

static void days_paid_out_one_by_one_or_together_leave_nothing(void **state)
{
    (void)state;
    brought(TUESDAY, 48050, 1950);
    brought(WEDNESDAY + 1, 96100, 3900); // two days at once
    compare();
    assert_int_equal(report.count, 0);
    assert_int_equal(report.clearing.left, 0);
    assert_int_equal(report.clearing.captured, 150000);
    assert_int_equal(report.clearing.paid_out, 144150);
    assert_int_equal(report.clearing.fees, 5850);
}

static void what_went_back_is_paid_out_no_more(void **state)
{
    (void)state;
    gave_back(WEDNESDAY, 99, 19, 20000);
    there(WEDNESDAY, 19, 20000, true);
    brought(WEDNESDAY + 1, 124150, 5850);
    compare();
    assert_int_equal(report.count, 0);
    assert_int_equal(report.clearing.left, 0);
}

static const registry_finding_t *found(registry_difference_t what)
{
    for (size_t i = 0; i < report.count; i++)
        if (report.findings[i].what == what)
            return &report.findings[i];
    fail_msg("%s is not named", registry_difference_name(what));
    return NULL;
}

static void a_day_that_is_late_is_named(void **state)
{
    (void)state;
    brought(TUESDAY, 48050, 1950);
    brought(WEDNESDAY, 48050, 1950);
    compare();
    assert_int_equal(report.count, 2);
    assert_int_equal(found(REGISTRY_NOT_PAID_OUT)->day, WEDNESDAY);
    assert_int_equal(found(REGISTRY_NOT_PAID_OUT)->there, 48050);
    assert_int_equal(found(REGISTRY_CLEARING_LEFT)->here, 50000);
}

static void a_short_transfer_is_named(void **state)
{
    (void)state;
    brought(TUESDAY, 48040, 1950);
    brought(WEDNESDAY, 96100, 3900);
    compare();
    assert_int_equal(report.count, 2);
    assert_int_equal(found(REGISTRY_PAYOUT_DIFFERS)->day, MONDAY);
    assert_int_equal(found(REGISTRY_PAYOUT_DIFFERS)->there, 48050);
    assert_int_equal(found(REGISTRY_PAYOUT_DIFFERS)->here, 48040);
    assert_int_equal(found(REGISTRY_CLEARING_LEFT)->here, 10);
}

static void a_day_paid_twice_is_named(void **state)
{
    (void)state;
    brought(TUESDAY, 144150, 5850);
    brought(WEDNESDAY, 48050, 0);
    compare();
    assert_int_equal(report.count, 2);
    assert_int_equal(found(REGISTRY_PAYOUT_TWICE)->here, 48050);
    assert_int_equal(found(REGISTRY_CLEARING_LEFT)->here, -48050);
}

static void another_fee_is_named(void **state)
{
    (void)state;
    brought(TUESDAY, 144150, 5800);
    compare();
    assert_int_equal(report.count, 2);
    assert_int_equal(found(REGISTRY_PAYOUT_FEE)->there, 5850);
    assert_int_equal(found(REGISTRY_PAYOUT_FEE)->here, 5800);
    assert_int_equal(found(REGISTRY_CLEARING_LEFT)->here, 50);
}

static void what_came_since_these_days_is_not_awaited(void **state)
{
    (void)state;
    made(WEDNESDAY + 1, 30, 700);
    came(WEDNESDAY + 1, 30, 700);
    credited(WEDNESDAY + 1, 30, 700);
    brought(WEDNESDAY + 1, 144150, 5850);
    compare();
    assert_int_equal(report.count, 0);
    assert_int_equal(report.clearing.left, 700);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, three_days, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(days_paid_out_one_by_one_or_together_leave_nothing),
        TEST(what_went_back_is_paid_out_no_more),
        TEST(a_day_that_is_late_is_named),
        TEST(a_short_transfer_is_named),
        TEST(a_day_paid_twice_is_named),
        TEST(another_fee_is_named),
        TEST(what_came_since_these_days_is_not_awaited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
