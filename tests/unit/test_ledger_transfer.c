// What a posting comes to: which part of it the bonus bears.
#include "tests/unit/ledger_words.h"

static void usage_takes_the_bonus_first_and_the_rest_from_cash(void **state)
{
    static const struct {
        kopecks_t cash, bonus, amount, cash_after, bonus_after;
        size_t postings;
    } rows[] = {
        {500, 100, 60, 500, 40, 1},  // bonus alone
        {500, 100, 100, 500, 0, 1},  // exactly the bonus
        {500, 100, 101, 499, 0, 2},  // over both
        {500, 100, 700, -100, 0, 2}, // over both and below zero
        {500, 0, 700, -200, 0, 1},   // cash alone
        {0, 100, 101, -1, 0, 2},
    };
    harness_t *h = *state;
    for (uint8_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uid_t16 account = customer(i + 1);
        if (rows[i].cash)
            paid(h, account, rows[i].cash);
        if (rows[i].bonus)
            given(h, account, rows[i].bonus);
        uint64_t before = balance_of(h, account).head;
        used(h, account, rows[i].amount);
        assert_int_equal(h->count, rows[i].postings);
        event_t first = harness_caused(h, 0, EVENT_posted);
        event_t last = harness_caused(h, h->count - 1, EVENT_posted);
        assert_int_equal(first.posted.previous, before);
        assert_int_equal(last.posted.cash, rows[i].cash_after);
        assert_int_equal(last.posted.bonus, rows[i].bonus_after);
        if (h->count == 2) { // two adjacent postings with one cause, bonus first
            assert_int_equal(first.posted.amount, rows[i].bonus);
            assert_int_equal(first.posted.cash, rows[i].cash);
            assert_int_equal(last.posted.amount, rows[i].amount - rows[i].bonus);
            assert_int_equal(last.posted.previous, h->first);
            assert_int_equal(last.posted.ordinal, first.posted.ordinal + 1);
            assert_memory_equal(&first.cause, &last.cause, sizeof first.cause);
        }
    }
}

// As it stands in journals from when more could be taken back than was there.
static void a_negative_bonus_is_not_used_up_further(void **state)
{
    harness_t *h = *state;
    event_t opened = {.type = EVENT_account_opened,
                      .account_opened = {.account = customer(1), .number = SYSTEM_END}};
    event_t taken = {.type = EVENT_posted,
                     .posted = {.account = customer(1),
                                .debit = SYSTEM_END,
                                .credit = SYSTEM_PROMO,
                                .amount = 10,
                                .kind = POSTING_BONUS,
                                .bonus = -10,
                                .ordinal = 1}};
    harness_append(h, &opened);
    harness_append(h, &taken);
    used(h, customer(1), 5);
    assert_int_equal(balance_of(h, customer(1)).bonus, -10);
    assert_int_equal(balance_of(h, customer(1)).cash, -5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(usage_takes_the_bonus_first_and_the_rest_from_cash),
        TEST(a_negative_bonus_is_not_used_up_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
