// What is answered of an account, and the counters.
#include "notify_words.h"

static answer_notices_t notices(harness_t *h, uint8_t account)
{
    answer_t answer;
    request_t request = {.type = REQUEST_notices};
    request.notices.account = customer(account);
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    return answer.notices;
}

static void an_account_is_answered_with_what_comes_next(void **state)
{
    harness_t *h = *state;
    hour_cost(h, 1, NOON - HOUR_US, 720 * 1000, 30000);
    assert_int_equal(tick_at(h, NOON), 0);
    answer_notices_t answer = notices(h, 1);
    assert_int_equal(answer.rung, LADDER_NONE);
    assert_int_equal(answer.since, 0);
    assert_int_equal(answer.next, NOON + 6 * HOUR_US + 1);
    assert_int_equal(answer.lasts, NOON + 30 * HOUR_US);
    assert_int_equal(answer.balance, 30000);
    assert_int_equal(answer.balance_sequence, said.ledger);
    balance_is(h, 1, -3);
    payment_begins(h, 1, 17, PAYMENT_KIND_AUTOPAY);
    assert_int_equal(tick_at(h, NOON + 5), 1);
    answer = notices(h, 1);
    assert_int_equal(answer.rung, LADDER_EXHAUSTED);
    assert_int_equal(answer.since, NOON + 5);
    assert_int_equal(answer.next, NOON + 5 + MINUTE_US);
    assert_int_equal(answer.moved, h->last);
    assert_int_equal(answer.pending, 17);
    assert_int_equal(answer.grace, 0);
}

static void who_was_never_heard_of_is_unknown(void **state)
{
    harness_t *h = *state;
    answer_t answer;
    request_t request = {.type = REQUEST_notices};
    request.notices.account = customer(9);
    assert_int_equal(harness_query(h, &request, &answer), FAIL_UNKNOWN_ACCOUNT);
    request.type = REQUEST_balance;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_INVALID);
    query_t own = {.answer = &answer, .owner = &request.notices.account};
    request.type = REQUEST_notices;
    assert_int_equal(notify_core.query(h->state, &request, NULL, 0, &own), FAIL_NONE);
    assert_int_equal(answer.notices.rung, LADDER_NONE);
}

static void counters_say_who_stands_where(void **state)
{
    harness_t *h = *state;
    balance_is(h, 1, 50);
    balance_is(h, 2, -1);
    balance_is(h, 3, 50000);
    assert_int_equal(tick_at(h, NOON), 2);
    assert_int_equal(tick_at(h, NOON + MINUTE_US), 1);
    balance_is(h, 4, -1);
    assert_int_equal(tick_at(h, NOON + MINUTE_US), 1);
    char text[512];
    text[notify_core.counters(h->state, text, sizeof text - 1)] = '\0';
    assert_string_equal(text, "accounts 4\nladder_warned 1\nladder_exhausted 1\nladder_stopped 1\n"
                              "ladder_moves 4\ncontacts 0\ncontacts_off 0\nnotices_waiting 0\n"
                              "notices_oldest_us 0\nmails_waiting 0\nmails_failing_us 0\n"
                              "notices_delivered 0\nnotices_given_up 0\n");
}

static void a_policys_answer_has_no_fields(void **state)
{
    harness_t *h = *state;
    answer_t answer = {0};
    request_t request = {.type = REQUEST_ladder_policy};
    query_t out = {.answer = &answer};
    assert_int_equal(notify_core.query(h->state, &request, NULL, 0, &out), FAIL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_account_is_answered_with_what_comes_next),
        TEST(who_was_never_heard_of_is_unknown),
        TEST(counters_say_who_stands_where),
        TEST(a_policys_answer_has_no_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
