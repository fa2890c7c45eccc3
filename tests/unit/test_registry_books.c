// test_registry_books - a registry against the journals, three ways: every difference by its name,
// and no difference where both say the same.
#include "registry_words.h"

static void what_both_have_is_no_difference(void **state)
{
    (void)state;
    paid(MONDAY, 17, 50000)->fee = 1950;
    paid(MONDAY, 18, 30000);
    gave_back(MONDAY, 99, 18, 10000);
    there(MONDAY, 18, 10000, true);
    there(MONDAY - 1, 5, 700, false);                          // of another day
    there(MONDAY, 17, 50000, false)->state = REGISTRY_NOTHING; // a try that failed before
    compare();
    assert_int_equal(report.count, 0);
    assert_int_equal(report.rows, 4);
    assert_int_equal(report.paid_there, 80000);
    assert_int_equal(report.paid_here, 80000);
    assert_int_equal(report.returned_there, 10000);
    assert_int_equal(report.returned_here, 10000);
    assert_int_equal(report.fees_there, 1950);
    assert_int_equal(report.clearing.left, 70000);
    assert_int_equal(report.clearing.after, 0);
}

static void what_is_missing_on_a_side_is_named(void **state)
{
    (void)state;
    paid(MONDAY, 17, 50000);
    there(MONDAY, 18, 30000, false);
    const registry_finding_t *found = only(REGISTRY_MISSING_HERE);
    assert_int_equal(found->line, 3);
    assert_int_equal(found->number, 18);
    assert_int_equal(found->there, 30000);
    assert_false(found->resolvable);
    end(state);
    begin(state);
    paid(MONDAY, 17, 50000);
    file.count = 0;
    found = only(REGISTRY_MISSING_THERE);
    assert_int_equal(found->number, 17);
    assert_int_equal(found->here, 50000);
}

static void one_made_before_these_days_may_be_of_a_day_before(void **state)
{
    (void)state;
    made(MONDAY - 1, 17, 50000);
    came(MONDAY, 17, 50000);
    credited(MONDAY, 17, 50000);
    compare();
    assert_int_equal(report.count, 0);
    assert_int_equal(report.earlier, 1);
    terms.from = MONDAY - 1; // with that day's registry it is none
    only(REGISTRY_MISSING_THERE);
}

static void a_payment_heard_on_the_next_day_is_found(void **state)
{
    (void)state;
    made(MONDAY, 17, 50000);
    came(MONDAY + 1, 17, 50000);
    credited(MONDAY + 1, 17, 50000);
    there(MONDAY, 17, 50000, false);
    compare();
    assert_int_equal(report.count, 0);
    assert_int_equal(report.clearing.after, 50000);
}

static void another_sum_is_named(void **state)
{
    (void)state;
    paid(MONDAY, 17, 50000)->amount = 50001;
    const registry_finding_t *found = only(REGISTRY_SUM_DIFFERS);
    assert_int_equal(found->there, 50001);
    assert_int_equal(found->here, 50000);
}

static void what_is_paid_there_and_open_here_can_be_resolved(void **state)
{
    (void)state;
    made(MONDAY, 17, 50000);
    there(MONDAY, 17, 50000, false);
    const registry_finding_t *found = only(REGISTRY_STATE_DIFFERS);
    assert_true(found->resolvable);
    assert_int_equal(found->there, 50000);
    file.rows[0].amount = 40000; // not what was asked for
    assert_false(only(REGISTRY_SUM_DIFFERS)->resolvable);
    end(state);
    begin(state);
    made(MONDAY, 17, 50000);
    event_t event = {.type = EVENT_payment_mismatch};
    event.payment_mismatch.invoice = 17;
    event.payment_mismatch.received = 40000;
    event.payment_mismatch.what = MISMATCH_AMOUNT;
    registry_books_payment(&books, &event);
    there(MONDAY, 17, 40000, false); // but a signed notice said it
    assert_true(only(REGISTRY_STATE_DIFFERS)->resolvable);
}

static void what_came_to_nothing_there_and_is_paid_here_is_named(void **state)
{
    (void)state;
    static const registry_state_t states[] = {REGISTRY_NOTHING, REGISTRY_UNDER_WAY};
    for (size_t i = 0; i < 2; i++) {
        end(state);
        begin(state);
        paid(MONDAY, 17, 50000)->state = states[i];
        assert_false(only(REGISTRY_STATE_DIFFERS)->resolvable);
    }
    made(MONDAY, 18, 100); // open here as there
    there(MONDAY, 18, 100, false)->state = REGISTRY_UNDER_WAY;
    only(REGISTRY_STATE_DIFFERS);
}

static void a_second_payment_is_named(void **state)
{
    (void)state;
    paid(MONDAY, 17, 50000);
    there(MONDAY, 17, 60000, false);
    const registry_finding_t *found = only(REGISTRY_TWICE);
    assert_int_equal(found->line, 3);
    assert_int_equal(found->there, 60000);
}

static void a_second_payment_that_went_back_by_itself_is_none(void **state)
{
    (void)state;
    paid(MONDAY, 17, 50000);
    there(MONDAY, 17, 60000, false);
    event_t event = {.type = EVENT_refund_requested,
                     .at = registry_day_start(MONDAY) + 4 * HOUR_US};
    event.refund_requested = (event_refund_requested_t){
        .refund = 99, .invoice = 17, .amount = 60000, .why = UNWANTED_SECOND};
    registry_books_payment(&books, &event);
    only(REGISTRY_TWICE); // not yet
    event.type = EVENT_refund_done;
    event.refund_done = (event_refund_done_t){.refund = 99, .invoice = 17, .amount = 60000};
    registry_books_payment(&books, &event);
    only(REGISTRY_REFUND_HERE);
    there(MONDAY, 17, 60000, true);
    compare();
    assert_int_equal(report.count, 0);
    assert_int_equal(report.clearing.left, 50000);
}

static void another_commission_is_named_where_one_was_agreed(void **state)
{
    (void)state;
    registry_row_t *row = paid(MONDAY, 17, 50000);
    row->has_fee = true;
    row->fee = 1951; // 1950 are agreed, and one kopeck is how they round
    terms.fee_ppm = 39000;
    compare();
    assert_int_equal(report.count, 0);
    row->fee = 1952;
    const registry_finding_t *found = only(REGISTRY_FEE_DIFFERS);
    assert_int_equal(found->there, 1952);
    assert_int_equal(found->here, 1950);
    terms.fee_ppm = -1;
    compare();
    assert_int_equal(report.count, 0);
}

static void what_went_back_on_one_side_is_named(void **state)
{
    (void)state;
    paid(MONDAY, 17, 50000);
    there(MONDAY, 17, 20000, true);
    assert_int_equal(only(REGISTRY_REFUND_THERE)->there, 20000);
    posted(MONDAY, POSTING_REFUND, SYSTEM_END, SYSTEM_CLEARING, 17, 20000); // by hand
    compare();
    assert_int_equal(report.count, 0);
    end(state);
    begin(state);
    paid(MONDAY, 17, 50000);
    gave_back(MONDAY, 99, 17, 20000);
    assert_int_equal(only(REGISTRY_REFUND_HERE)->here, 20000);
    there(MONDAY, 17, 19999, true);
    const registry_finding_t *found = only(REGISTRY_REFUND_SUM);
    assert_int_equal(found->there, 19999);
    assert_int_equal(found->here, 20000);
}

static void each_refund_is_of_one_row(void **state)
{
    (void)state;
    paid(MONDAY, 17, 50000);
    gave_back(MONDAY, 98, 17, 10000);
    gave_back(MONDAY, 99, 17, 10000);
    there(MONDAY, 17, 10000, true);
    only(REGISTRY_REFUND_HERE);
    end(state);
    begin(state);
    paid(MONDAY, 17, 50000);
    gave_back(MONDAY, 98, 17, 10000);
    there(MONDAY, 17, 10000, true);
    there(MONDAY, 17, 10000, true);
    only(REGISTRY_REFUND_THERE);
}

static void what_the_ledger_did_not_post_is_named(void **state)
{
    (void)state;
    made(MONDAY, 17, 50000);
    came(MONDAY, 17, 50000);
    there(MONDAY, 17, 50000, false);
    only(REGISTRY_NOT_CREDITED);
    credited(MONDAY, 17, 49999);
    const registry_finding_t *found = only(REGISTRY_CREDITED_OTHER);
    assert_int_equal(found->there, 50000);
    assert_int_equal(found->here, 49999);
    end(state);
    begin(state);
    paid(MONDAY, 17, 50000);
    event_t event = {.type = EVENT_refund_requested, .at = registry_day_start(MONDAY) + 9};
    event.refund_requested = (event_refund_requested_t){.refund = 9, .invoice = 17, .amount = 5};
    registry_books_payment(&books, &event);
    event.type = EVENT_refund_done;
    event.refund_done = (event_refund_done_t){.refund = 9, .invoice = 17, .amount = 5};
    registry_books_payment(&books, &event);
    there(MONDAY, 17, 5, true);
    only(REGISTRY_REFUND_UNPOSTED);
    terms.ledger = false;
    compare();
    assert_int_equal(report.count, 0);
}

static void every_difference_says_what_to_do(void **state)
{
    (void)state;
    for (registry_difference_t what = 0; what < REGISTRY_DIFFERENCES_COUNT; what++) {
        assert_true(strlen(registry_difference_name(what)) > 4);
        assert_true(strlen(registry_difference_meaning(what)) > 10);
        assert_true(strlen(registry_difference_remedy(what)) > 10);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_both_have_is_no_difference),
        TEST(what_is_missing_on_a_side_is_named),
        TEST(one_made_before_these_days_may_be_of_a_day_before),
        TEST(a_payment_heard_on_the_next_day_is_found),
        TEST(another_sum_is_named),
        TEST(what_is_paid_there_and_open_here_can_be_resolved),
        TEST(what_came_to_nothing_there_and_is_paid_here_is_named),
        TEST(a_second_payment_is_named),
        TEST(a_second_payment_that_went_back_by_itself_is_none),
        TEST(another_commission_is_named_where_one_was_agreed),
        TEST(what_went_back_on_one_side_is_named),
        TEST(each_refund_is_of_one_row),
        TEST(what_the_ledger_did_not_post_is_named),
        TEST(every_difference_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
