// The fold of autopay's events, one by one: what each of them leaves in an account's row.
#include "services/autopay/autopay_state.h"
#include "proto/month.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const uid_t16 who = {{1}}, consented = {{2}};
static autopay_state_t *fold;
static uint64_t sequence;

static int begin(void **state)
{
    (void)state;
    fold = autopay_state_create(NULL);
    sequence = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    autopay_state_destroy(fold);
    return 0;
}

static uint64_t say(event_t event)
{
    autopay_state_apply(fold, &event, ++sequence);
    return sequence;
}

static void say_mandate(uint64_t mandate_state, uint64_t credit)
{
    event_t event = {.type = EVENT_autopay_mandate_noted};
    event.autopay_mandate_noted =
        (event_autopay_mandate_noted_t){who, consented, 50000, 3, 150000, mandate_state, credit};
    say(event);
}

static uint64_t say_requested(instant_t at)
{
    event_t event = {.type = EVENT_autopay_payment_requested, .at = at};
    event.autopay_payment_requested = (event_autopay_payment_requested_t){
        .account = who, .mandate = consented, .amount = 50000, .month = month_of(at)};
    return say(event);
}

static void say_settled(uint64_t request, uint64_t outcome, uint64_t reason, instant_t at)
{
    event_t event = {.type = EVENT_autopay_settled, .at = at};
    event.autopay_settled =
        (event_autopay_settled_t){.account = who,
                                  .request = request,
                                  .outcome = outcome,
                                  .reason = reason,
                                  .amount = 50000,
                                  .month = autopay_request_month(fold, request),
                                  .credit = outcome == OUTCOME_SUCCEEDED ? 90 : 0};
    say(event);
}

static void a_request_is_in_flight_until_it_is_settled(void **state)
{
    (void)state;
    say_mandate(MANDATE_LIVE, 80);
    assert_int_equal(fold->live, 1);
    instant_t at = month_start(24312) + DAY_US;
    uint64_t request = say_requested(at);
    const autopay_account_t *row = autopay_account(fold, &who);
    assert_int_equal(row->request, request);
    assert_int_equal(row->decision, request);
    assert_int_equal(fold->in_flight, 1);
    say_settled(request, OUTCOME_SUCCEEDED, 0, at + HOUR_US);
    row = autopay_account(fold, &who);
    assert_int_equal(row->request, 0);
    assert_int_equal(row->credit, 90);
    assert_int_equal(row->count, 1);
    assert_int_equal(row->sum, 50000);
    assert_int_equal(fold->in_flight, 0);
}

static void a_success_of_last_month_is_not_counted_in_this_one(void **state)
{
    (void)state;
    say_mandate(MANDATE_LIVE, 80);
    uint64_t old = say_requested(month_start(24312) + DAY_US);
    uint64_t young = say_requested(month_start(24313) + DAY_US);
    assert_int_equal(autopay_request_month(fold, old), 24312);
    assert_int_equal(autopay_request_month(fold, young), 24313);
    say_settled(old, OUTCOME_SUCCEEDED, 0, month_start(24313) + 2 * DAY_US);
    const autopay_account_t *row = autopay_account(fold, &who);
    assert_int_equal(row->count, 0);
    assert_int_equal(row->request, young); // it was another that was settled
}

static void only_a_decline_that_speaks_of_the_card_is_counted(void **state)
{
    (void)state;
    say_mandate(MANDATE_LIVE, 80);
    instant_t at = month_start(24312) + DAY_US;
    say_settled(say_requested(at), OUTCOME_DECLINED, DECLINE_BUSY, at);
    assert_int_equal(autopay_account(fold, &who)->declines, 0);
    say_settled(say_requested(at), OUTCOME_DECLINED, DECLINE_REJECTED, at + HOUR_US);
    const autopay_account_t *row = autopay_account(fold, &who);
    assert_int_equal(row->declines, 1);
    assert_int_equal(row->attempts, 1);
    assert_true(row->declined == at + HOUR_US);
}

static void a_revoked_mandate_is_live_no_more(void **state)
{
    (void)state;
    const autopay_view_row_t *row;
    say_mandate(MANDATE_LIVE, 80);
    say_mandate(MANDATE_REVOKED, 0);
    assert_int_equal(fold->live, 0);
    autopay_inputs_t in =
        autopay_inputs(fold, autopay_account(fold, &who), month_start(24312), &row);
    assert_null(row);
    assert_int_equal(in.flags & AUTOPAY_REVOKED, AUTOPAY_REVOKED);
    assert_int_equal(in.flags & AUTOPAY_STALE, AUTOPAY_STALE); // no balance was heard
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_in_flight_until_it_is_settled),
        TEST(a_success_of_last_month_is_not_counted_in_this_one),
        TEST(only_a_decline_that_speaks_of_the_card_is_counted),
        TEST(a_revoked_mandate_is_live_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
