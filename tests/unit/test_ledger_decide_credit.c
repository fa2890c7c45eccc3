// Usage that metering gives back goes where its line took it from, by recall of its own posting.
#include "tests/unit/ledger_words.h"

static void what_cash_paid_comes_back_as_cash_and_is_noted_first(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 1000);
    used(h, customer(1), 157);
    credited(h, customer(1), stream_sequence, 137, 157, 0);
    assert_int_equal(h->count, 1);
    assert_int_equal(harness_caused(h, 0, EVENT_credit_noted).credit_noted.amount, 137);
    assert_int_equal(balance_of(h, customer(1)).cash, 843); // nothing moves before the recall
    assert_int_equal(harness_recall(h), 3);                 // noted again, posted, made
    event_t posted = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(posted.posted.kind, POSTING_CREDIT);
    assert_int_equal(posted.posted.debit, SYSTEM_REVENUE);
    assert_int_equal(posted.posted.amount, 137);
    event_t made = harness_caused(h, 1, EVENT_credit_made);
    assert_int_equal(made.credit_made.credit, stream_sequence);
    assert_int_equal(made.credit_made.cash, 137);
    assert_int_equal(balance_of(h, customer(1)).cash, 980);
    assert_int_equal(system_of(h, SYSTEM_REVENUE), 20);
}

static void a_crash_before_the_recall_gives_back_once(void **state)
{
    paid(*state, customer(1), 1000);
    used(*state, customer(1), 157);
    credited(*state, customer(1), stream_sequence, 137, 157, 0);
    harness_restart((harness_t **)state);
    harness_t *h = *state;
    assert_int_equal(harness_recall(h), 3);
    harness_restart((harness_t **)state);
    h = *state;
    assert_int_equal(harness_recall(h), 0);
    assert_int_equal(balance_of(h, customer(1)).cash, 980);
}

// A line of 50 in front of every share of bonus and cash, given back in two parts of any size.
static void what_is_given_back_is_as_if_less_had_been_charged(void **state)
{
    harness_t *h = *state;
    uint8_t n = 0;
    for (kopecks_t bonus = -10; bonus <= 60; bonus += 10)
        for (kopecks_t first = 10; first < 50; first += 15) {
            uid_t16 account = customer(++n);
            kopecks_t before = bonus > 0 ? bonus : 0;
            paid(h, account, 1000);
            if (bonus > 0)
                given(h, account, bonus);
            used(h, account, 50);
            uint64_t line = stream_sequence;
            kopecks_t cash = balance_of(h, account).cash;
            assert_int_equal(cash, 1000 - (before < 50 ? 50 - before : 0));
            credited(h, account, line, first, 50, 0);
            (void)harness_recall(h);
            kopecks_t left = 50 - first;
            assert_int_equal(balance_of(h, account).bonus,
                             before - (left < before ? left : before));
            assert_int_equal(balance_of(h, account).cash,
                             1000 - (left > before ? left - before : 0));
            credited(h, account, line, left, 50, first);
            (void)harness_recall(h);
            assert_int_equal(balance_of(h, account).bonus, before);
            assert_int_equal(balance_of(h, account).cash, 1000);
        }
}

static void the_posting_before_tells_bonus_from_cash(void **state)
{
    harness_t *h = *state;
    given(h, customer(1), 50);
    used(h, customer(1), 50); // all of the bonus
    uint64_t bonus = stream_sequence;
    used(h, customer(1), 50); // all of it cash, and the bonus is 0 after this one too
    uint64_t cash = stream_sequence;
    credited(h, customer(1), cash, 50, 50, 0);
    assert_int_equal(harness_recall(h), 3);
    assert_int_equal(balance_of(h, customer(1)).cash, 0);
    assert_int_equal(balance_of(h, customer(1)).bonus, 0);
    credited(h, customer(1), bonus, 50, 50, 0);
    (void)harness_recall(h);
    assert_int_equal(balance_of(h, customer(1)).bonus, 50);
}

static void a_kopeck_more_than_the_line_took_is_cash(void **state)
{
    harness_t *h = *state;
    given(h, customer(1), 100);
    used(h, customer(1), 40);
    credited(h, customer(1), stream_sequence, 41, 40, 0);
    (void)harness_recall(h);
    assert_int_equal(balance_of(h, customer(1)).bonus, 100);
    assert_int_equal(balance_of(h, customer(1)).cash, 1);
    used(h, customer(2), 0); // a line of no kopecks has no posting, nor an account
    credited(h, customer(2), stream_sequence, 1, 0, 0);
    (void)harness_recall(h);
    assert_int_equal(balance_of(h, customer(2)).cash, 1);
}

static void an_emptied_account_is_restored_by_what_comes_back(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 100);
    used(h, customer(1), 150);
    uint64_t line = stream_sequence;
    (void)harness_tick(h);
    assert_true(balance_of(h, customer(1)).exhausted);
    credited(h, customer(1), line, 60, 150, 0);
    (void)harness_recall(h);
    (void)harness_caused(h, 1, EVENT_account_restored);
    assert_int_equal(balance_of(h, customer(1)).cash, 10);
}

static void what_suspense_took_goes_back_to_suspense(void **state)
{
    harness_t *h = *state;
    used(h, nobody(), 30);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), -30);
    credited(h, nobody(), stream_sequence, 20, 30, 0);
    (void)harness_recall(h);
    assert_int_equal(harness_caused(h, 1, EVENT_credit_made).credit_made.suspense, 20);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), -10);
}

static void a_credit_of_nothing_leaves_no_trace(void **state)
{
    harness_t *h = *state;
    used(h, customer(1), 3);
    credited(h, customer(1), stream_sequence, 0, 3, 0);
    assert_int_equal(h->count, 0);
    assert_int_equal(harness_recall(h), 0);
}

static void no_person_posts_what_metering_gives_back(void **state)
{
    harness_t *h = *state;
    for (uint64_t kind = POSTING_CREDIT; kind <= POSTING_CREDIT_BONUS; kind++) {
        event_t event = wish(posting_system_id(SYSTEM_REVENUE), customer(1), 5, kind);
        assert_int_equal(harness_item(h, POSTER, 1, &event), FAIL_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_cash_paid_comes_back_as_cash_and_is_noted_first),
        TEST(a_crash_before_the_recall_gives_back_once),
        TEST(what_is_given_back_is_as_if_less_had_been_charged),
        TEST(the_posting_before_tells_bonus_from_cash),
        TEST(a_kopeck_more_than_the_line_took_is_cash),
        TEST(an_emptied_account_is_restored_by_what_comes_back),
        TEST(what_suspense_took_goes_back_to_suspense),
        TEST(a_credit_of_nothing_leaves_no_trace),
        TEST(no_person_posts_what_metering_gives_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
