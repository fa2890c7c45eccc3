// What the ledger answers: balances, totals, its table, its counters.
#include "tests/unit/ledger_words.h"

static void a_balance_says_what_it_is_true_at(void **state)
{
    harness_t *h = *state;
    answer_balance_t answer;
    assert_int_equal(balance(h, customer(1), &answer), FAIL_UNKNOWN_ACCOUNT);
    paid(h, customer(9), 1); // so that sequences differ
    event_t autopay = payment(customer(1), 100, 2);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, 555, &autopay), FAIL_NONE);
    uint64_t head = h->last;
    given(h, customer(1), 7);
    answer = balance_of(h, customer(1));
    assert_int_equal(answer.sequence, h->last);
    assert_int_equal(answer.cash, 100);
    assert_int_equal(answer.bonus, 7);
    assert_int_equal(answer.number, 65);
    assert_int_equal(answer.head, head + 1);
    assert_int_equal(answer.postings, 2);
    assert_int_equal(answer.credit, 555); // a bonus is no credit of payment's
    request_t request = {.type = REQUEST_balance};
    answer_t later;
    request.balance.account = customer(1);
    request.balance.min_sequence = h->last;
    assert_int_equal(harness_query(h, &request, &later), FAIL_NONE);
    request.balance.min_sequence = h->last + 1;
    assert_int_equal(harness_query(h, &request, &later), FAIL_LATER);
    request.balance.account = customer(3); // it may come by then
    assert_int_equal(harness_query(h, &request, &later), FAIL_LATER);
}

static void totals_sum_to_zero(void **state)
{
    harness_t *h = *state;
    kopecks_t systems[SYSTEM_END];
    paid(h, customer(1), 1000);
    given(h, customer(2), 50);
    used(h, customer(1), 300);
    answer_totals_t totals = totals_of(h, systems);
    assert_int_equal(totals.sequence, h->last);
    assert_int_equal(totals.accounts, 2);
    assert_int_equal(totals.customers, 750);
    assert_int_equal(systems[SYSTEM_CLEARING], -1000);
    assert_int_equal(systems[SYSTEM_PROMO], -50);
    assert_int_equal(systems[SYSTEM_REVENUE], 300);
}

static void the_table_pages_through_every_account_once(void **state)
{
    harness_t *h = *state;
    enum { ACCOUNTS = 2 * LEDGER_PAGE_ROWS + 1, PAGE = 48 * 1024 };
    static uint8_t page[PAGE];
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        uid_t16 account = customer(1);
        memcpy(account.bytes + 4, &i, sizeof i);
        event_t event = payment(account, INT64_C(1) << 40, 1);
        assert_int_equal(harness_event(h, STREAM_PAYMENT, UINT64_MAX - i, &event), FAIL_NONE);
    }
    uint64_t from = 0, seen = 0, pages = 0;
    do {
        pack_t rows;
        wire_t wire;
        size_t count;
        pack_start(&rows, page, sizeof page);
        from = h->core->table(h->state, from, &rows, &count);
        assert_true(pack_end(&rows) > 0);
        wire_start(&wire, page, pack_end(&rows));
        for (size_t i = 0; i < count; i++, seen++) {
            uint64_t number, head, credit;
            uid_t16 account;
            kopecks_t cash, bonus;
            assert_int_equal(wire_array(&wire, 6), 6);
            wire_u64(&wire, &number);
            wire_uid(&wire, &account);
            wire_i64(&wire, &cash);
            wire_i64(&wire, &bonus);
            wire_u64(&wire, &head);
            wire_u64(&wire, &credit);
            assert_int_equal(number, seen + 64);
            assert_int_equal(cash, INT64_C(1) << 40);
            assert_int_equal(bonus, 0);
            assert_int_equal(credit, UINT64_MAX - seen);
            event_t event = harness_read(h, head);
            assert_true(uid_equal(&event.posted.account, &account));
        }
        assert_int_equal(wire_end(&wire), FAIL_NONE);
        pages++;
    } while (from);
    assert_int_equal(seen, ACCOUNTS);
    assert_int_equal(pages, 3);
    size_t count = 1;
    pack_t rows;
    pack_start(&rows, page, sizeof page);
    assert_int_equal(h->core->table(h->state, ACCOUNTS, &rows, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(h->core->table(h->state, UINT64_MAX, &rows, &count), 0);
}

static void counters_are_lines_of_name_and_value(void **state)
{
    harness_t *h = *state;
    char text[256];
    used(h, customer(1), 1);
    paid(h, customer(2), 20000);
    size_t size = h->core->counters(h->state, text, sizeof text);
    static const char expected[] = "accounts 2\npostings 2\njudgements_pending 1\n";
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(text, expected, size);
    assert_int_equal(h->core->counters(h->state, text, 11), 11); // whole lines that fit
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_balance_says_what_it_is_true_at),
        TEST(totals_sum_to_zero),
        TEST(the_table_pages_through_every_account_once),
        TEST(counters_are_lines_of_name_and_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
