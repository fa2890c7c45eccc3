// The ledger through the table of its core: the first posting, and the one fact that is refused.
#include "tests/unit/ledger_words.h"

static void the_first_posting_opens_the_account(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 50000);
    assert_int_equal(h->count, 2);
    event_t opened = harness_caused(h, 0, EVENT_account_opened);
    event_t posted = harness_caused(h, 1, EVENT_posted);
    uid_t16 account = customer(1);
    assert_true(uid_equal(&opened.account_opened.account, &account));
    assert_int_equal(opened.account_opened.number, 64);
    assert_true(uid_equal(&posted.posted.account, &account));
    assert_int_equal(posted.posted.debit, SYSTEM_CLEARING);
    assert_int_equal(posted.posted.credit, 64);
    assert_int_equal(posted.posted.amount, 50000);
    assert_int_equal(posted.posted.kind, POSTING_TOPUP);
    assert_int_equal(posted.posted.cash, 50000);
    assert_int_equal(posted.posted.bonus, 0);
    assert_int_equal(posted.posted.ordinal, 1);
    assert_int_equal(posted.posted.previous, 0);
    assert_int_equal(posted.posted.skip, 0);
    assert_int_equal(posted.cause.stream, STREAM_PAYMENT);
    assert_int_equal(posted.cause.sequence, 1);
    paid(h, customer(2), 1);
    assert_int_equal(harness_caused(h, 0, EVENT_account_opened).account_opened.number, 65);
    paid(h, customer(1), 1);
    assert_int_equal(h->count, 1);
    assert_int_equal(harness_caused(h, 0, EVENT_posted).posted.previous, 3);
}

static void a_fact_that_int64_cannot_hold_is_refused_and_changes_nothing(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), INT64_MAX); // clearing is at its end now
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), INT64_MAX);
    uint64_t last = h->last;
    event_t event = payment(customer(1), 1, 1);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, 2, &event), FAIL_OVERFLOW);
    assert_int_equal(h->last, last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_posting_opens_the_account),
        TEST(a_fact_that_int64_cannot_hold_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
