// Postings that somebody wishes: which break a rule, and what the others come to.
#include "tests/unit/ledger_words.h"

static void wishes_that_break_a_rule_are_refused_and_change_nothing(void **state)
{
    harness_t *h = *state;
    uid_t16 a = customer(1), b = customer(2), bank = posting_system_id(SYSTEM_BANK),
            fees = posting_system_id(SYSTEM_FEES), clearing = posting_system_id(SYSTEM_CLEARING),
            suspense = posting_system_id(SYSTEM_SUSPENSE), unknown = posting_system_id(33),
            promo = posting_system_id(SYSTEM_PROMO), revenue = posting_system_id(SYSTEM_REVENUE);
    const struct {
        event_t wish;
        const char *refused; // words of the detail, NULL if it is accepted
    } rows[] = {
        {wish(bank, a, 1, POSTING_BANK), NULL},
        {wish(bank, a, POSTING_AMOUNT_MAX, POSTING_BANK), NULL},
        {wish(bank, a, 0, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, -1, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, INT64_MIN, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, POSTING_AMOUNT_MAX + 1, POSTING_BANK), "above what one posting"},
        {wish(a, b, 1, POSTING_CORRECTION),
         "between customers"}, // the law: no transfers between users
        {wish(a, a, 1, POSTING_CORRECTION), "between customers"},
        {wish(bank, bank, 1, POSTING_SETTLEMENT), "same account"},
        {wish(unknown, a, 1, POSTING_CORRECTION), "no system account"},
        {wish(a, unknown, 1, POSTING_CORRECTION), "no system account"},
        {wish(nobody(), bank, 1, POSTING_CORRECTION), "must name an account"},
        {wish(bank, nobody(), 1, POSTING_CORRECTION), "must name an account"},
        {wish(bank, a, 1, 0), "of that kind"},
        {wish(bank, a, 1, 11), "of that kind"},
        {wish(bank, a, 1, UINT64_MAX), "of that kind"},
        {wish(bank, a, 1, POSTING_SETTLEMENT), "moves no customer's"}, // moves no customer's money
        {wish(a, fees, 1, POSTING_FEE), "moves no customer's"},
        {wish(bank, clearing, 1, POSTING_SETTLEMENT), NULL},
        {wish(fees, clearing, 1, POSTING_FEE), NULL},
        {wish(bank, clearing, 1, POSTING_BANK), "suspense"}, // a customer's kind, and no customer
        {wish(bank, suspense, 1, POSTING_BANK), NULL},
        {wish(suspense, clearing, 1, POSTING_REFUND), NULL},
        {wish(promo, a, 1, POSTING_BONUS), NULL},
        {wish(a, revenue, 1, POSTING_CHARGE), NULL},
        {wish(revenue, a, 1, POSTING_CHARGE), "usage debits"},
    };
    paid(h, b, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t last = h->last;
        const event_posting_requested_t *body = &rows[i].wish.posting_requested;
        request_t request = {.type = REQUEST_post};
        request.post.debit = body->debit;
        request.post.credit = body->credit;
        request.post.amount = body->amount;
        request.post.kind = body->kind;
        fail_t expected = rows[i].refused ? FAIL_INVALID : FAIL_NONE;
        assert_int_equal(harness_check(h, &rows[i].wish), expected);
        assert_int_equal(harness_command(h, &request), expected);
        if (rows[i].refused) {
            assert_non_null(h->detail);
            assert_non_null(strstr(h->detail, rows[i].refused));
            assert_int_equal(h->last, last);
        }
        assert_int_equal(harness_item(h, POSTER, i + 1, &rows[i].wish), expected);
        if (rows[i].refused)
            assert_int_equal(h->last, last);
        harness_t *replayed = harness_replay(h);
        harness_compare(h, replayed); // a refusal left no trace in the state
        harness_destroy(&replayed);
    }
    event_t stranger = payment(a, 1, 1);
    assert_int_equal(harness_item(h, POSTER, 1, &stranger), FAIL_INVALID);
    assert_int_equal(harness_check(h, &stranger), FAIL_INVALID);
}

static void the_answer_to_post_names_the_posting(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_post};
    request.post.debit = posting_system_id(SYSTEM_BANK);
    request.post.credit = customer(1);
    request.post.amount = 100;
    request.post.kind = POSTING_BANK;
    request.post.reference = customer(77);
    for (int i = 0; i < 2; i++) { // first with account.opened before it, then alone
        answer_t answer;
        assert_int_equal(harness_command(h, &request), FAIL_NONE);
        assert_int_equal(harness_answer(h, &request, &answer), FAIL_NONE);
        event_t event = harness_read(h, answer.post.sequence);
        assert_int_equal(event.type, EVENT_posted);
        assert_true(uid_equal(&event.posted.reference, &request.post.reference));
    }
}

static void what_check_accepts_the_whole_batch_can_post(void **state)
{
    harness_t *h = *state;
    const kopecks_t headroom = 8189 * POSTING_AMOUNT_MAX;
    uid_t16 account = customer(1);
    event_t item = wish(posting_system_id(SYSTEM_BANK), account, POSTING_AMOUNT_MAX, POSTING_BANK);
    paid(h, account, LEDGER_BALANCE_MAX - headroom + 1);
    assert_int_equal(harness_check(h, &item), FAIL_OVERFLOW);
    assert_non_null(h->detail);
    used(h, account, 1); // now exactly a batch fits
    assert_int_equal(harness_check(h, &item), FAIL_NONE);
    for (uint64_t i = 1; i <= 8189; i++)
        assert_int_equal(harness_item(h, POSTER, i, &item), FAIL_NONE);
    assert_int_equal(balance_of(h, account).cash, LEDGER_BALANCE_MAX);
    uint64_t last = h->last;
    assert_int_equal(harness_item(h, POSTER, 9000, &item), FAIL_OVERFLOW);
    assert_int_equal(h->last, last);
    item = wish(account, posting_system_id(SYSTEM_BANK), 1, POSTING_CORRECTION);
    assert_int_equal(harness_item(h, POSTER, 9001, &item), FAIL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wishes_that_break_a_rule_are_refused_and_change_nothing),
        TEST(the_answer_to_post_names_the_posting),
        TEST(what_check_accepts_the_whole_batch_can_post),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
